/** What the vault holds for each database, as facts. The vault is read as `holdfast status` reads it. */
import { mapBounded } from '../../core/bounded-concurrency.js';
import { HoldfastError } from '../../core/errors.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { known, type Reading, unknown } from '../model/reading.js';
import type { BackupFact } from './facts.js';

/** What `holdfast status` says of a database. */
export interface BackupHistory {
  readonly database: string;
  /** Whether the config has it. */
  readonly configured: boolean;
  /** The newest whose manifest can be read. */
  readonly lastBackup: { readonly key: string; readonly takenAt: Date } | undefined;
  readonly lastProof: { readonly verdict: string; readonly verifiedAt: Date } | undefined;
  /** What has dropped from one backup to the next: sentences. */
  readonly drops: readonly string[];
  /** What is stored in the vault that no honest run leaves there. */
  readonly anomalies?: readonly { readonly message: string }[];
  /** What could not be read: sentences. */
  readonly unreadable: readonly string[];
  /** Milliseconds; absent where none is set. */
  readonly objectives: { readonly backupAgeMs?: number | undefined; readonly proofAgeMs?: number | undefined };
}

/** Dumps that are asked for at once. */
const AT_ONCE = 8;

/**
 * @param vault where they are stored: asked how it has encrypted the newest dumps, whatever their manifests say about
 * that
 */
export function backupFacts(
  histories: readonly BackupHistory[],
  vault: Pick<ObjectStore, 'url' | 'head'>,
): Promise<readonly BackupFact[]> {
  return mapBounded(histories, AT_ONCE, async (history) => {
    const { database, configured, lastBackup, lastProof, drops, objectives } = history;
    const [why] = history.unreadable;
    // What could not be read may be newer than what could.
    const reading = <T>(value: T): Reading<T> => (why === undefined ? known(value) : unknown(why));
    const newest = reading(lastBackup && { key: lastBackup.key, takenAt: lastBackup.takenAt });
    return {
      id: `${vault.url}#${database}`,
      name: database,
      tags: known({}),
      optOuts: [],
      configured,
      newest,
      encryption: 'value' in newest ? await encryptionOf(newest.value?.key, vault) : newest,
      newestProof: reading(lastProof && { verifiedAt: lastProof.verifiedAt, verdict: lastProof.verdict }),
      volumeWarnings: reading(drops),
      // What is seen is there, whatever else cannot be read.
      ...(history.anomalies && { anomalies: known(history.anomalies.map(({ message }) => message)) }),
      backupObjectiveMs: objectives.backupAgeMs,
      proofObjectiveMs: objectives.proofAgeMs,
    };
  });
}

async function encryptionOf(
  key: string | undefined,
  vault: Pick<ObjectStore, 'url' | 'head'>,
): Promise<BackupFact['encryption']> {
  if (key === undefined || !vault.url.startsWith('s3:')) return known(undefined);
  try {
    const found = await vault.head(key);
    if (!found?.encryption) return unknown(`${vault.url} does not say how ${key} is encrypted.`);
    const { kmsKeyArn } = found.encryption;
    return known(kmsKeyArn === undefined ? {} : { kmsKeyId: kmsKeyArn });
  } catch (error) {
    if (error instanceof HoldfastError && error.code !== 'INTERRUPTED') return unknown(error.message);
    throw error;
  }
}
