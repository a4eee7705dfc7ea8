import { startCommand } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { killBelow } from '../harness/process-tree.js';
import { SOURCE } from '../harness/source-server.js';
import { bytesText } from '../harness/text.js';
import { fileVault } from '../harness/vault-place.js';

/** The programs that a backup may start to compress. */
const COMPRESSORS = ['igzip', 'pigz', 'zstd', 'gzip'];

/** The kernel does it when memory runs out: what was written so far looks like a dump that has ended. */
export const killPgDump: FaultKind = {
  name: 'kill-pg-dump',
  about: 'SIGKILL to pg_dump, or to the compressor, at a random byte of the dump',
  variants: 4,
  inject: (scene) => (scene.number % 4 === 3 ? killCompressor(scene) : killDump(scene)),
};

function killDump(scene: Scene): Promise<Outcome> {
  return killChild(scene, ['pg_dump', 'pg_dumpall'], ['DUMP_FAILED', 'DUMP_TRUNCATED'], /SIGKILL/);
}

function killCompressor(scene: Scene): Promise<Outcome> {
  return killChild(scene, COMPRESSORS, ['COMPRESSION_FAILED'], /SIGKILL/);
}

async function killChild(
  scene: Scene,
  commands: readonly string[],
  expected: readonly ['DUMP_FAILED', 'DUMP_TRUNCATED'] | readonly ['COMPRESSION_FAILED'],
  words: RegExp,
): Promise<Outcome> {
  const { world, random } = scene;
  const vault = fileVault(scene);
  const bytes = random.between(1, world.measured.backup.bytes('to-client', 'libpq'));
  const compression =
    expected[0] === 'DUMP_FAILED' ? random.pick(['gzip', 'zstd', 'none']) : random.pick(['gzip', 'zstd']);
  const proxy = await world.openProxy();
  try {
    const url = world.source.url(SOURCE, proxy.port);
    const args = ['backup', '--url', url, '--name', 'db', '--vault', vault.url, '--compression', compression];
    const started = startCommand(scene, args);
    let killed = 0;
    const act = () => {
      killed = killBelow(started.pid, commands);
      return 'go-on' as const;
    };
    proxy.arm({ direction: 'to-client', of: 'libpq', bytes, act });
    const run = await started.result;
    const silent =
      killed > 0 && run.code !== 0 && !words.test(run.stderr) ? [`the message does not tell of the kill`] : [];
    return await judge(scene, {
      plan: `SIGKILL to ${commands.join(' or ')} after ${bytesText(bytes)} from the server (${compression})`,
      struck: killed > 0,
      runs: [{ ...run, expected, maySucceed: killed === 0 }],
      vault,
      proxy,
      violations: silent,
    });
  } finally {
    await proxy.stop();
  }
}
