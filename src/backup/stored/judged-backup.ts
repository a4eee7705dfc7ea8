/** What is known of a backup once it was judged; `judge-backups.ts` judges it. */
import type { Backup } from '../../vault/catalog.js';
import type { StoredBackup } from '../stored-backup.js';
import type { Anomaly } from './anomalies.js';
import type { StoredProof } from './proofs.js';
import type { SourceStanding } from './sources.js';

/** From best to worst. unverified: nothing is known against it, and nothing for it. */
export const STANDINGS = ['proven', 'unverified', 'incomplete', 'differs', 'unreadable'] as const;
export type Standing = (typeof STANDINGS)[number];

export interface JudgedBackup {
  readonly backup: Backup;
  /** Of the dump, as the manifest says; of what is incomplete, what there is. */
  readonly key: string | undefined;
  readonly takenAt: Date;
  /** `left-over`: what an interrupted prune has left. */
  readonly state: 'complete' | 'incomplete' | 'unreadable' | 'left-over';
  readonly standing: Standing;
  /** Why it has this standing: a sentence. */
  readonly why: string;
  /** Why it is incomplete or cannot be read. */
  readonly problem: string | undefined;
  /** What could not be read of it: sentences. */
  readonly faults: readonly string[];
  /** Where its manifest could be read and was asked for. */
  readonly stored: StoredBackup | undefined;
  /** The proof that counts. */
  readonly proof: StoredProof | undefined;
  /** When that proof was made, at the latest. */
  readonly provenAt: Date | undefined;
  /** Whether it says that it was taken at a time that is still to come. */
  readonly future: boolean;
  /** Whether it holds no rows and no large objects. */
  readonly empty: boolean;
  /** How it holds far less than the one before. */
  readonly collapse: Collapse | undefined;
  /** What it is a backup of, and whether that is what the database's backups are to be of; absent where it was not read. */
  readonly source: SourceStanding | undefined;
  /** Why nobody has accepted its source: a sentence. Such a backup is not sound. */
  readonly foreignSource: string | undefined;
  readonly anomalies: readonly Anomaly[];
}

/** How a backup has collapsed. */
export interface Collapse {
  /** The backup that it is held against: the newest sound one before it. */
  readonly against: JudgedBackup;
  /** A sentence. */
  readonly message: string;
}
