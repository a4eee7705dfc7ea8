import { runCommand } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { SOURCE } from '../harness/source-server.js';
import { fileVault } from '../harness/vault-place.js';
import { vaultWithBackup } from '../harness/vault-with-backup.js';

/** Fewer, and Node.js does not come as far as to run a line of ours. */
const FEWEST = 24;
/** More than any command needs at a time. */
const MOST = 56;

export const fewDescriptors: FaultKind = {
  name: 'few-descriptors',
  about: `a table of ${FEWEST} to ${MOST} file descriptors for a backup or a verification (ulimit -n)`,
  variants: 2,
  inject: (scene) => limitCommand(scene, scene.number % 2 === 0 ? 'backup' : 'verify'),
};

async function limitCommand(scene: Scene, command: 'backup' | 'verify'): Promise<Outcome> {
  const { world, random } = scene;
  const descriptors = random.between(FEWEST, MOST);
  const vault = command === 'backup' ? fileVault(scene) : vaultWithBackup(scene);
  const args =
    command === 'backup'
      ? ['backup', '--url', world.source.url(SOURCE), '--name', 'db', '--vault', vault.url]
      : ['verify', 'db', '--vault', vault.url];
  const run = await runCommand(scene, args, { limit: `ulimit -n ${descriptors}` });
  return judge(scene, {
    plan: `a ${command} with ${descriptors} file descriptors`,
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
    backupsBefore: command === 'backup' ? 0 : 1,
  });
}
