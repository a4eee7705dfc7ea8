/** The database that a restore with a fault was meant for. */
import { eventually } from '../../helpers/processes.js';
import type { CommandRun } from './commands.js';
import { parseAnswer, type Answer } from './judge-run.js';
import { SOURCE } from './source-server.js';
import type { Target, World } from './world.js';

const ROWS = 'SELECT count(*)::integer AS n FROM shop.log';

/** What a restore has said of its target: by success, or by a failure that says where the data is. */
export function toldOfTarget({ code, stdout }: Pick<CommandRun, 'code' | 'stdout'>): 'empty' | 'whole' | undefined {
  const failure = parseAnswer<Answer>(stdout)?.error?.code;
  if (code === 0 || failure === 'RESTORE_UNFINISHED' || failure === 'RESTORE_UNCHECKED') return 'whole';
  return failure === 'RESTORE_CUT_OFF' ? 'empty' : undefined;
}

/**
 * It must be empty, or hold everything. Drops it.
 *
 * @param mustBe when the command has said which
 */
export async function judgeTarget(world: World, target: Target, mustBe?: 'empty' | 'whole'): Promise<string[]> {
  const { source } = world;
  // A server learns of a killed client when it writes to it next.
  const sessions = `SELECT 1 FROM pg_stat_activity WHERE datname = '${target.name}' AND backend_type = 'client backend'`;
  try {
    await eventually('no session is left', async () => (await source.query('postgres', sessions)).length === 0, 20);
    const [{ n: schemas } = { n: 0 }] = await source.query(
      target.name,
      `SELECT count(*)::integer AS n FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('public', 'information_schema')`,
    );
    if (schemas === 0)
      return mustBe === 'whole' ? ['the restore said that the data is there, and its target is empty'] : [];
    const [wanted] = await source.query(SOURCE, ROWS);
    const found = await source.query(target.name, ROWS).catch(() => [{ n: 'no table' }]);
    if (found[0]?.n !== wanted?.n)
      return [`the target holds a part: ${String(found[0]?.n)} of ${String(wanted?.n)} rows`];
    return mustBe === 'empty' ? ['the restore said that nothing was left, and its target holds everything'] : [];
  } catch (error) {
    return [`the target cannot be judged: ${error instanceof Error ? error.message : String(error)}`];
  } finally {
    await target.drop();
  }
}
