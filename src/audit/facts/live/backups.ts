/** What the vault shows of each database, as facts. The vault is read as `holdfast status` reads it. */
import { known, unknown, type Reading } from '../../reading.js';
import type { BackupFact } from '../model.js';

/** What `holdfast status` says of a database. */
export interface BackupHistory {
  readonly database: string;
  /** The newest whose manifest can be read. */
  readonly lastBackup: { readonly key: string; readonly takenAt: Date; readonly kmsKeyArn?: string } | undefined;
  readonly lastProof: { readonly verdict: string; readonly verifiedAt: Date } | undefined;
  /** What has dropped from one backup to the next: sentences. */
  readonly drops: readonly string[];
  /** What could not be read: sentences. */
  readonly unreadable: readonly string[];
  /** Milliseconds; absent where none is set. */
  readonly objectives: { readonly backupAgeMs?: number | undefined; readonly proofAgeMs?: number | undefined };
}

/** @param vault its URL */
export function backupFacts(histories: readonly BackupHistory[], vault: string): readonly BackupFact[] {
  return histories.map((history) => {
    const { database, lastBackup, lastProof, drops, objectives } = history;
    const [why] = history.unreadable;
    // What could not be read may be newer than what could.
    const reading = <T>(value: T): Reading<T> => (why === undefined ? known(value) : unknown(why));
    return {
      id: `${vault}#${database}`,
      name: database,
      tags: known({}),
      optOuts: [],
      newest: reading(
        lastBackup && {
          key: lastBackup.key,
          takenAt: lastBackup.takenAt,
          ...(lastBackup.kmsKeyArn !== undefined && { kmsKeyId: lastBackup.kmsKeyArn }),
        },
      ),
      newestProof: reading(lastProof && { verifiedAt: lastProof.verifiedAt, verdict: lastProof.verdict }),
      volumeWarnings: reading(drops),
      // Without an objective, any age is good enough.
      backupObjectiveMs: objectives.backupAgeMs ?? Number.POSITIVE_INFINITY,
      proofObjectiveMs: objectives.proofAgeMs ?? Number.POSITIVE_INFINITY,
    };
  });
}
