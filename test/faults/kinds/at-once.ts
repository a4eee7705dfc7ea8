import { startCommand, type CommandRun } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { SOURCE } from '../harness/source-server.js';
import { bytesText } from '../harness/text.js';
import { vaultWithBackup } from '../harness/vault-with-backup.js';

/** Schedules overlap, and someone verifies meanwhile. */
export const atOnce: FaultKind = {
  name: 'at-once',
  about: 'while a backup is at a random byte, a second one of the same database and a verification in the same vault',
  inject: async (scene: Scene): Promise<Outcome> => {
    const { world, random } = scene;
    const vault = vaultWithBackup(scene);
    const bytes = random.between(1, world.measured.backup.bytes('to-client'));
    const delays = [random.between(0, 100), random.between(0, 100)];
    const began: number[] = [];
    const ended: number[] = [];
    const run = async (args: readonly string[]) => {
      began.push(performance.now());
      const result = await startCommand(scene, [...args, '--vault', vault.url]).result;
      ended.push(performance.now());
      return result;
    };
    const later = async (delay: number | undefined, args: readonly string[]) => {
      await new Promise((resolve) => setTimeout(resolve, delay));
      return run(args);
    };
    const backup = (port: number) => ['backup', '--url', world.source.url(SOURCE, port), '--name', 'db'];
    const proxy = await world.openProxy();
    try {
      const others: Promise<CommandRun>[] = [];
      // The first goes on when both others have begun.
      const act = async () => {
        others.push(later(delays[0], backup(proxy.port)), later(delays[1], ['verify', 'db']));
        await new Promise((resolve) => setTimeout(resolve, Math.max(...delays)));
        return 'go-on' as const;
      };
      proxy.arm({ direction: 'to-client', bytes, act });
      const first = await run(backup(proxy.port));
      const runs = [first, ...(await Promise.all(others))];
      return await judge(scene, {
        plan: `at ${bytesText(bytes)} of a backup another after ${delays[0]} ms, and a verification after ${delays[1]} ms`,
        struck: runs.length === 3 && Math.max(...began) < Math.min(...ended),
        // Of two that begin within one second, one finds its key taken.
        runs: runs.map((each) => ({ ...each, expected: ['OBJECT_EXISTS'] as const })),
        vault,
        backupsBefore: 1,
      });
    } finally {
      await proxy.stop();
    }
  },
};
