import { fileURLToPath } from 'node:url';
import { openFileStore } from '../../../src/vault/file/file-store.js';
import { backupHere } from '../harness/backup-here.js';
import { startCommand } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { SOURCE } from '../harness/source-server.js';
import { judgeTarget, toldOfTarget } from '../harness/target.js';
import type { Direction, Verdict } from '../harness/tcp-proxy.js';
import { bytesText } from '../harness/text.js';
import { fileVault } from '../harness/vault-place.js';
import { vaultWithBackup } from '../harness/vault-with-backup.js';

const WORDS = { reset: 'is reset', end: 'is closed', freeze: 'goes silent', 'go-on': '' } as const;

/** Networks lose connections in three ways: loudly, politely, and without a word. */
export const connection: FaultKind = {
  name: 'connection',
  about: 'a connection to the server is reset, closed, or goes silent (half-open) at a random byte, either way',
  variants: 7,
  inject: (scene) => {
    const number = scene.number % 7;
    const variants: readonly Verdict[] = ['reset', 'freeze', 'end'];
    if (number < 3) return loseBackup(scene, variants[number] ?? 'reset');
    return number < 5
      ? loseRestore(scene, number === 3 ? 'reset' : 'end')
      : loseReader(scene, number === 5 ? 'reset' : 'end');
  },
};

/** One of the sessions that read tables beside pg_dump, or pg_dump's own. */
async function loseReader(scene: Scene, verdict: 'reset' | 'end'): Promise<Outcome> {
  const { world, random } = scene;
  const vault = fileVault(scene);
  const bytes = random.between(1, world.measured.backup.bytes('to-client'));
  const proxy = await world.openProxy();
  try {
    proxy.arm({ direction: 'to-client', bytes, act: () => verdict });
    const expected = ['DUMP_FAILED', 'DUMP_TRUNCATED', 'QUERY_FAILED', 'CONNECT_FAILED'] as const;
    const store = openFileStore(fileURLToPath(vault.url));
    const run = await backupHere(scene, { store, database: SOURCE, port: proxy.port, jobs: 3, expected });
    return await judge(scene, {
      plan: `a connection of three readers or pg_dump ${WORDS[verdict]} after ${bytesText(bytes)} to-client`,
      struck: proxy.struck,
      runs: [run],
      vault,
      proxy,
    });
  } finally {
    await proxy.stop();
  }
}

async function loseBackup(scene: Scene, verdict: Verdict): Promise<Outcome> {
  const { world, random } = scene;
  const vault = fileVault(scene);
  const direction: Direction = random.chance(0.7) ? 'to-client' : 'to-server';
  const bytes = random.between(1, world.measured.backup.bytes(direction));
  // A silent network is noticed by a limit of time, or by a person.
  const limited = verdict === 'freeze' && random.chance(0.5);
  const freezeAll = verdict === 'freeze' && random.chance(0.5);
  const proxy = await world.openProxy();
  try {
    const url = world.source.url(SOURCE, proxy.port);
    const limit = limited ? ['--max-duration', '8s'] : [];
    const args = ['backup', '--url', url, '--name', 'db', '--vault', vault.url, ...limit];
    const started = startCommand(scene, args);
    const act = () => {
      if (verdict === 'freeze' && !limited) setTimeout(() => started.send('SIGTERM'), 300);
      return verdict;
    };
    proxy.arm({ direction, bytes, freezeAll, act });
    const run = await started.result;
    const lost = ['DUMP_FAILED', 'DUMP_TRUNCATED', 'QUERY_FAILED', 'CONNECT_FAILED'] as const;
    const end = limited ? ' with a limit of 8 s' : ', and SIGTERM';
    return await judge(scene, {
      plan: `a connection ${WORDS[verdict]} after ${bytesText(bytes)} ${direction}${verdict === 'freeze' ? end : ''}`,
      struck: proxy.struck,
      runs: [{ ...run, expected: verdict === 'freeze' ? [limited ? 'DUMP_TIMEOUT' : 'INTERRUPTED'] : lost }],
      vault,
      // Frozen connections are this proxy's own.
      ...(verdict === 'freeze' ? {} : { proxy }),
    });
  } finally {
    await proxy.stop();
  }
}

async function loseRestore(scene: Scene, verdict: 'reset' | 'end'): Promise<Outcome> {
  const { world, random } = scene;
  const vault = vaultWithBackup(scene);
  const target = await world.createTarget();
  const direction: Direction = random.chance(0.7) ? 'to-server' : 'to-client';
  const bytes = random.between(1, world.measured.restore.bytes(direction));
  const proxy = await world.openProxy();
  try {
    const url = world.source.url(target.name, proxy.port);
    const started = startCommand(scene, ['restore', 'db', '--to', url, '--vault', vault.url]);
    proxy.arm({ direction, bytes, act: () => verdict });
    const run = await started.result;
    return await judge(scene, {
      plan: `a connection of a restore ${WORDS[verdict]} after ${bytesText(bytes)} ${direction}`,
      struck: proxy.struck,
      // After the commit, or while it is on its way, the failure says so.
      runs: [
        {
          ...run,
          expected: ['RESTORE_CUT_OFF', 'QUERY_FAILED', 'CONNECT_FAILED', 'COMMIT_UNKNOWN', 'RESTORE_UNFINISHED'],
        },
      ],
      vault,
      backupsBefore: 1,
      proxy,
      violations: await judgeTarget(world, target, toldOfTarget(run)),
    });
  } finally {
    await proxy.stop();
  }
}
