import type { CompleteBackup } from '../../vault/catalog.js';
import { readDocumentBytes } from '../../vault/formats/document.js';
import { readProof } from '../../vault/formats/proof.js';
import { parseKey } from '../../vault/keys.js';
import type { BackupContext } from '../context.js';
import type { StoredBackup } from '../stored-backup.js';
import type { LastProof } from './database-status.js';

/**
 * The newest proof of any of these backups that came to a verdict; where none did, the newest incomplete one. A proof of
 * another manifest than the one that is there does not count.
 *
 * @param opened those whose manifests have been read already
 * @param attempt answers `undefined` for what cannot be read, and remembers it
 */
export async function findNewestProof(
  backups: readonly CompleteBackup[],
  opened: readonly StoredBackup[],
  attempt: <T>(work: () => Promise<T>) => Promise<T | undefined>,
  { store, signal }: Pick<BackupContext, 'store' | 'signal'>,
): Promise<LastProof | undefined> {
  const candidates = backups
    .flatMap((backup) => backup.proofKeys.map((key) => ({ key, backup, verifiedAt: momentOf(key) })))
    .sort((a, b) => b.verifiedAt - a.verifiedAt);
  let incomplete: LastProof | undefined;
  for (const { key, backup } of candidates) {
    const found = await attempt(async () => {
      const known = opened.find((stored) => stored.backup.key === backup.key)?.manifestSha256;
      const proof = await readProof(store, key, signal);
      const sha256 = known ?? (await readDocumentBytes(store, backup.manifestKey, signal)).sha256;
      return proof.manifestSha256 === sha256 ? proof : undefined;
    });
    if (!found) continue;
    const { verdict, verifiedAt } = found;
    const last = { key, backupKey: backup.key, verdict, verifiedAt: new Date(verifiedAt) };
    if (verdict !== 'incomplete') return last;
    incomplete ??= last;
  }
  return incomplete;
}

function momentOf(proofKey: string): number {
  const object = parseKey(proofKey)?.object;
  return object?.role === 'proof' ? object.verifiedAt.getTime() : 0;
}
