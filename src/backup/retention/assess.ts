/** What is known of each backup of a vault, as far as a retention policy asks. */
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import type { Backup } from '../../vault/catalog.js';
import { readManifest } from '../../vault/formats/manifest.js';
import { readLatestProof } from '../../vault/latest-proof.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { requireParts } from '../../vault/require-parts.js';
import type { Assessed } from './decide.js';

/** Manifests that are read at once. */
const READERS = 8;

export interface AssessedBackup extends Assessed {
  readonly backup: Backup;
  /** Why it is incomplete or cannot be read. */
  readonly problem?: string | undefined;
}

/** @throws the signal's error; what cannot be read is a state, not an error */
export async function assessBackups(
  store: ObjectStore,
  backups: readonly Backup[],
  signal: AbortSignal | undefined,
): Promise<AssessedBackup[]> {
  const assessed: AssessedBackup[] = [];
  let next = 0;
  const reader = async () => {
    while (next < backups.length) {
      throwIfAborted(signal);
      const index = next++;
      assessed[index] = await assess(store, backups[index] as Backup, signal);
    }
  };
  await Promise.all(Array.from({ length: Math.min(READERS, backups.length) }, reader));
  return assessed;
}

async function assess(store: ObjectStore, backup: Backup, signal: AbortSignal | undefined): Promise<AssessedBackup> {
  const base = { backup, takenAt: backup.takenAt };
  if (backup.state === 'incomplete') {
    if (backup.manifestKey === undefined && backup.prunedKey !== undefined) return { ...base, state: 'left-over' };
    const problem =
      backup.manifestKey === undefined ? 'it has no manifest: under way, or interrupted' : 'it has no dump';
    return { ...base, state: 'incomplete', problem };
  }
  try {
    const { manifest, sha256 } = await readManifest(store, backup.manifestKey, signal);
    requireParts(backup, manifest);
    const latest = await readLatestProof(store, backup, { manifestSha256: sha256, signal });
    return { ...base, state: 'complete', verdict: latest?.proof.verdict };
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof HoldfastError)) throw error;
    return { ...base, state: 'unreadable', problem: error.message };
  }
}
