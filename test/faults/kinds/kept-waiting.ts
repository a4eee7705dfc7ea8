import { startCommand } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { bytesText } from '../harness/text.js';
import { fileVault } from '../harness/vault-place.js';

/** A network that is stuck keeps a dump, and its locks, for as long as it likes. */
export const keptWaiting: FaultKind = {
  name: 'kept-waiting',
  about: 'the connection of pg_dump stands still at a random byte, and somebody waits for its locks: --give-way',
  inject: async (scene: Scene): Promise<Outcome> => {
    const { world, random } = scene;
    const vault = fileVault(scene);
    const proxy = await world.openProxy();
    const target = await world.createTarget();
    try {
      await world.source.query(
        target.name,
        `CREATE TABLE wanted AS SELECT i, repeat(md5(i::text), 40) AS t FROM generate_series(1, 4000) i`,
      );
      // Behind what the roles and settings take, so that pg_dump has its locks.
      const bytes = random.between(1_000_000, 4_000_000);
      let truncated: Promise<unknown> | undefined;
      const act = async () => {
        truncated = world.source.query(target.name, 'TRUNCATE wanted');
        await truncated;
        return 'go-on' as const;
      };
      proxy.arm({ direction: 'to-client', of: 'libpq', bytes, act });
      const run = await startCommand(scene, [
        ...['backup', '--url', world.source.url(target.name, proxy.port), '--name', 'db', '--vault', vault.url],
        ...['--give-way', '1s'],
      ]).result;
      await truncated;
      return await judge(scene, {
        plan: `TRUNCATE when ${bytesText(bytes)} have passed, and no more do`,
        struck: truncated !== undefined,
        runs: [{ ...run, expected: ['GAVE_WAY'], maySucceed: truncated === undefined }],
        vault,
        proxy,
      });
    } finally {
      await proxy.stop();
      await target.drop();
    }
  },
};
