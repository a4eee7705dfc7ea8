import { startCommand } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { SOURCE } from '../harness/source-server.js';
import { vaultWithBackup } from '../harness/vault-with-backup.js';

/** Schedules overlap, and someone verifies meanwhile. */
export const atOnce: FaultKind = {
  name: 'at-once',
  about: 'two backups of one database and a verification in one vault at once, some milliseconds apart',
  inject: async (scene: Scene): Promise<Outcome> => {
    const { world, random } = scene;
    const vault = vaultWithBackup(scene);
    // All three are under way at some moment, as long as no machine is far slower than it was a minute ago.
    const half = Math.floor(Math.min(world.measured.backup.milliseconds, world.measured.verify.milliseconds) / 2);
    const delays = [0, random.between(0, half), random.between(0, half)];
    const began: number[] = [];
    const ended: number[] = [];
    const backup = ['backup', '--url', world.source.url(SOURCE), '--name', 'db', '--vault', vault.url];
    const commands = [backup, backup, ['verify', 'db', '--vault', vault.url]];
    const runs = await Promise.all(
      commands.map(async (args, n) => {
        await new Promise((resolve) => setTimeout(resolve, delays[n]));
        began.push(performance.now());
        const run = await startCommand(scene, args).result;
        ended.push(performance.now());
        return run;
      }),
    );
    return judge(scene, {
      plan: `two backups ${delays[1]} ms apart, and a verification after ${delays[2]} ms`,
      struck: Math.max(...began) < Math.min(...ended),
      // Of two that begin within one second, one finds its key taken.
      runs: runs.map((run) => ({ ...run, expected: ['OBJECT_EXISTS'] as const })),
      vault,
      backupsBefore: 1,
    });
  },
};
