import type { CompleteBackup } from './catalog.js';
import { readDocumentBytes } from './formats/document.js';
import { readProof, type Proof } from './formats/proof.js';
import type { ObjectStore } from './object-store.js';

/** A proof, and where it lies. */
export interface StoredProof {
  readonly key: string;
  readonly proof: Proof;
}

export interface LatestProofOptions {
  /** SHA-256 of the stored manifest, hex, where it is known already; else the manifest is read. */
  readonly manifestSha256?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The newest proof of a backup that names its manifest, if there is one. A proof of another manifest does not
 * count. One that cannot be read is an error and not passed over: it may be the one that says `differs`.
 *
 * @throws HoldfastError MANIFEST_INVALID, VAULT_UNREADABLE, OBJECT_MISSING
 */
export async function readLatestProof(
  store: ObjectStore,
  backup: Pick<CompleteBackup, 'manifestKey' | 'proofKeys'>,
  { manifestSha256, signal }: LatestProofOptions = {},
): Promise<StoredProof | undefined> {
  if (backup.proofKeys.length === 0) return undefined;
  const expected = manifestSha256 ?? (await readDocumentBytes(store, backup.manifestKey, signal)).sha256;
  for (const key of backup.proofKeys) {
    const proof = await readProof(store, key, signal);
    if (proof.manifestSha256 === expected) return { key, proof };
  }
  return undefined;
}
