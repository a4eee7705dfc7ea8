import { execFileSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { verifyDocument } from '../../../src/cli/json/documents.js';
import { runCommand } from '../harness/commands.js';
import type { FaultKind, Outcome, Scene } from '../harness/fault-kind.js';
import { judge } from '../harness/judge.js';
import { excerpt, parseAnswer } from '../harness/judge-run.js';
import { SOURCE } from '../harness/source-server.js';
import { fileVault } from '../harness/vault-place.js';
import { vaultWithBackup } from '../harness/vault-with-backup.js';

/** A filesystem of a few kilobytes where we may mount one, else a limit on the size of files. */
export const diskFull: FaultKind = {
  name: 'disk-full',
  about:
    'the disk of the vault, or the temporary one of a drill, fills up at a random kilobyte (tmpfs, else ulimit -f)',
  variants: 3,
  inject: (scene) => (scene.number % 3 === 2 ? fillDrill(scene) : fillVault(scene)),
};

/** The backup fits, and its proof does not. */
export const proofDiskFull: FaultKind = {
  name: 'proof-disk-full',
  about: 'the disk of the vault is full when a verification has ended (tmpfs, else ulimit -f)',
  inject: fillVaultBeforeProof,
};

async function fillVaultBeforeProof(scene: Scene): Promise<Outcome> {
  const vault = vaultWithBackup(scene);
  const directory = join(scene.directory, 'vault');
  const packed = `${directory}-before`;
  renameSync(directory, packed);
  mkdirSync(directory);
  const mounted = mount(directory, 64 * 1024);
  try {
    cpSync(packed, directory, { recursive: true });
    // To the last page: not even a directory entry's worth of bytes is left.
    if (mounted) writeUntilFull(join(directory, 'filler'));
    // On the server that is there already, a verification writes nothing but its proof.
    const args = ['verify', 'db', '--server', scene.world.source.url('postgres'), '--vault', vault.url];
    const run = await runCommand(scene, args, mounted ? {} : { limit: 'ulimit -f 0' });
    rmSync(join(directory, 'filler'), { force: true });
    const [proof] = parseAnswer<Partial<z.infer<typeof verifyDocument>>>(run.stdout)?.proofs ?? [];
    const told =
      proof?.verdict === 'proven' && !proof.stored && /full|space|ENOSPC|EFBIG|large/i.test(proof.notStored ?? '');
    return await judge(scene, {
      plan: `a vault without room for a proof (${mounted ? 'tmpfs' : 'ulimit -f'})`,
      struck: run.code !== 0,
      runs: [{ ...run, expected: ['VAULT_UNWRITABLE'], maySucceed: false }],
      vault,
      backupsBefore: 1,
      violations: told ? [] : [`the verdict is lost, or why it is not stored: ${excerpt(run.stdout)}`],
    });
  } finally {
    if (mounted) execFileSync('umount', [directory]);
  }
}

function writeUntilFull(file: string): void {
  const filler = openSync(file, 'w');
  try {
    for (;;) writeSync(filler, Buffer.alloc(4096));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(filler);
  }
}

async function fillVault(scene: Scene): Promise<Outcome> {
  const { world, random } = scene;
  const kilobytes = random.between(1, 90) * 8;
  const directory = join(scene.directory, 'vault');
  mkdirSync(directory);
  const mounted = mount(directory, kilobytes);
  try {
    const vault = fileVault(scene);
    // Blocks of 512 bytes.
    const limit = mounted ? {} : { limit: `ulimit -f ${kilobytes * 2}` };
    const args = ['backup', '--url', world.source.url(SOURCE), '--name', 'db', '--vault', vault.url];
    const run = await runCommand(scene, args, limit);
    return await judge(scene, {
      plan: `a vault of ${kilobytes} KB (${mounted ? 'tmpfs' : 'ulimit -f'})`,
      struck: run.code !== 0,
      runs: [{ ...run, expected: ['VAULT_UNWRITABLE'] }],
      vault,
      mayLackRoom: true,
      violations: run.code === 0 || /full|No space|ENOSPC|EFBIG|large/.test(run.stderr) ? [] : ['it does not say why'],
    });
  } finally {
    if (mounted) execFileSync('umount', [directory]);
  }
}

/** A drill that finds no room says nothing of the backup. */
async function fillDrill(scene: Scene): Promise<Outcome> {
  const { random } = scene;
  const vault = vaultWithBackup(scene);
  // initdb takes about 40 MB, the restore some more.
  const kilobytes = random.between(1, 70) * 1024;
  const mounted = mount(scene.tmp, kilobytes);
  try {
    const limit = mounted ? {} : { limit: `ulimit -f ${random.between(8, 2000)}` };
    const run = await runCommand(scene, ['verify', 'db', '--vault', vault.url], limit);
    return await judge(scene, {
      plan: `a temporary directory of ${kilobytes.toLocaleString('en-US')} KB for a drill (${mounted ? 'tmpfs' : 'ulimit -f'})`,
      struck: run.code !== 0,
      runs: [{ ...run, expected: ['THROWAWAY_FAILED', 'RESTORE_CUT_OFF', 'QUERY_FAILED', 'VAULT_UNWRITABLE'] }],
      vault,
      backupsBefore: 1,
    });
  } finally {
    if (mounted) execFileSync('umount', [scene.tmp]);
  }
}

/** @returns whether this process may mount */
function mount(directory: string, kilobytes: number): boolean {
  try {
    const options = `size=${kilobytes}k,mode=755`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
