import { ALL_ROWS, KIND_NAMES, SET_UP, startWorkload } from '../../../bench/guest/workload.mjs';
import { startCommand, type CommandRun } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { parseAnswer } from '../harness/judge-run.js';
import { fileVault } from '../harness/vault-place.js';

/** What takes a dump some time, so that changes come while it runs. */
const QUIET_ROWS = 20_000;
const QUIET = `CREATE TABLE quiet AS SELECT i, md5(i::text) AS t FROM generate_series(1, ${QUIET_ROWS}) i`;

/** A database is in use while it is backed up. */
export const churn: FaultKind = {
  name: 'churn',
  about:
    'while a backup runs, tables are truncated, rewritten, made anew, attached, indexed, reindexed, refreshed or vacuumed all the time',
  variants: KIND_NAMES.length + 1,
  inject: async (scene: Scene): Promise<Outcome> => {
    const { world, random } = scene;
    const vault = fileVault(scene);
    const kinds = [KIND_NAMES[scene.number % (KIND_NAMES.length + 1)] ?? KIND_NAMES].flat();
    const perSecond = random.pick([2, 10, 50]);
    const target = await world.createTarget();
    try {
      await world.source.query(target.name, `${SET_UP}; ${QUIET}`);
      const connection = world.source.server.connection(target.name);
      const workload = await startWorkload({ connection, kinds, perSecond });
      const before = workload.changes();
      let run: CommandRun;
      try {
        run = await startCommand(scene, [
          ...['backup', '--url', world.source.url(target.name), '--name', 'db', '--vault', vault.url],
          ...['--lock-wait-timeout', '20s'],
        ]).result;
      } finally {
        await workload.stop();
      }
      return await judge(scene, {
        plan: `${kinds.join(', ')}: ${perSecond} times a second each`,
        struck: workload.changes() > before,
        // Indexes are locked by nobody, and pg_dump says nothing of one that is gone.
        runs: [{ ...run, expected: ['DUMP_OVERTAKEN'] }],
        vault,
        violations: missingRows(run, ALL_ROWS + QUIET_ROWS),
      });
    } finally {
      await target.drop();
    }
  },
};

interface Answer {
  readonly backups?: ReadonlyArray<{ readonly rows: number; readonly warnings: readonly string[] }>;
}

/** In every committed state each table has its rows. */
function missingRows(run: CommandRun, rows: number): string[] {
  const [backup] = parseAnswer<Answer>(run.stdout)?.backups ?? [];
  if (!backup || backup.rows === rows) return [];
  if (backup.warnings.some((warning) => warning.includes('just as the dump began'))) return [];
  return [`the backup has ${backup.rows} rows of ${rows}, and says nothing about it`];
}
