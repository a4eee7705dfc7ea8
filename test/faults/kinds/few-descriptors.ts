import { runCommand, startCommand, type CommandRun } from '../harness/commands.js';
import { fillDescriptors } from '../harness/descriptors.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { excerpt } from '../harness/judge-run.js';
import { SOURCE } from '../harness/source-server.js';
import { bytesText } from '../harness/text.js';
import { fileVault, type VaultPlace } from '../harness/vault-place.js';
import { vaultWithBackup } from '../harness/vault-with-backup.js';

/** Fewer, and Node.js does not come as far as to run a line of ours. */
const FEWEST = 24;
/** More than any command needs at a time. */
const MOST = 56;

/** From the start, which mostly ends a command before it has begun; or in the middle of its work. */
export const fewDescriptors: FaultKind = {
  name: 'few-descriptors',
  about: `a full table of file descriptors: ${FEWEST} to ${MOST} from the start of a backup or verification, or no more than are open at a random moment`,
  variants: 4,
  inject: (scene) => {
    const variants = [limitBackup, fillBackup, limitVerify, fillVerify] as const;
    return variants[scene.number % variants.length]!(scene);
  },
};

const backupArgs = (scene: Scene, vault: VaultPlace, port?: number) =>
  ['backup', '--url', scene.world.source.url(SOURCE, port), '--name', 'db', '--vault', vault.url] as const;

async function limitBackup(scene: Scene): Promise<Outcome> {
  const descriptors = scene.random.between(FEWEST, MOST);
  const vault = fileVault(scene);
  const run = await runCommand(scene, backupArgs(scene, vault), { limit: `ulimit -n ${descriptors}` });
  return judged(scene, `a backup with ${descriptors} file descriptors`, run, vault, 0);
}

async function limitVerify(scene: Scene): Promise<Outcome> {
  const descriptors = scene.random.between(FEWEST, MOST);
  const vault = vaultWithBackup(scene);
  const run = await runCommand(scene, ['verify', 'db', '--vault', vault.url], { limit: `ulimit -n ${descriptors}` });
  return judged(scene, `a verification with ${descriptors} file descriptors`, run, vault, 1);
}

/** At a byte that the server sends. */
async function fillBackup(scene: Scene): Promise<Outcome> {
  const { world, random } = scene;
  const vault = fileVault(scene);
  const bytes = random.between(1, world.measured.backup.bytes('to-client'));
  const spare = random.between(0, 3);
  const proxy = await world.openProxy();
  try {
    const started = startCommand(scene, backupArgs(scene, vault, proxy.port));
    proxy.arm({ direction: 'to-client', bytes, act: () => (fillDescriptors(started.pid, spare), 'go-on') });
    const plan = `a backup that may open ${spare} more files after ${bytesText(bytes)} from the server`;
    return await judged(scene, plan, await started.result, vault, 0);
  } finally {
    await proxy.stop();
  }
}

async function fillVerify(scene: Scene): Promise<Outcome> {
  const { world, random } = scene;
  const vault = vaultWithBackup(scene);
  const delay = random.between(1, Math.floor(world.measured.verify.milliseconds));
  const spare = random.between(0, 3);
  const started = startCommand(scene, ['verify', 'db', '--vault', vault.url]);
  const timer = setTimeout(() => fillDescriptors(started.pid, spare), delay);
  const run = await started.result;
  clearTimeout(timer);
  return judged(scene, `a verification that may open ${spare} more files after ${delay} ms`, run, vault, 1);
}

function judged(
  scene: Scene,
  plan: string,
  run: CommandRun,
  vault: VaultPlace,
  backupsBefore: number,
): Promise<Outcome> {
  return judge(scene, {
    plan,
    // Who has all files open that it needs notices nothing.
    struck: run.code !== 0,
    runs: [
      {
        ...run,
        expected: [
          ...(['CONNECT_FAILED', 'PROGRAM_FAILED', 'PROGRAM_MISSING', 'DUMP_FAILED'] as const),
          ...(['VAULT_UNWRITABLE', 'VAULT_UNREADABLE', 'COMPRESSION_FAILED', 'THROWAWAY_FAILED'] as const),
          ...(['QUERY_FAILED', 'RESTORE_CUT_OFF', 'TOO_FEW_DESCRIPTORS'] as const),
        ],
      },
    ],
    vault,
    backupsBefore,
    violations:
      run.code === 0 || /EMFILE|too many open files|file descriptors/i.test(run.stderr.replace(/\s+/g, ' '))
        ? []
        : [`it does not say why: ${excerpt(run.stderr)}`],
  });
}
