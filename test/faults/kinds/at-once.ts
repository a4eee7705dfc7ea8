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
    const delays = [0, random.between(0, 400), random.between(0, 1000)];
    const backup = ['backup', '--url', world.source.url(SOURCE), '--name', 'db', '--vault', vault.url];
    const commands = [backup, backup, ['verify', 'db', '--vault', vault.url]];
    const runs = await Promise.all(
      commands.map(async (args, n) => {
        await new Promise((resolve) => setTimeout(resolve, delays[n]));
        return startCommand(scene, args).result;
      }),
    );
    return judge(scene, {
      plan: `two backups ${delays[1]} ms apart, and a verification after ${delays[2]} ms`,
      struck: true,
      // Of two that begin within one second, one finds its key taken.
      runs: runs.map((run) => ({ ...run, expected: ['OBJECT_EXISTS'] as const })),
      vault,
      backupsBefore: 1,
    });
  },
};
