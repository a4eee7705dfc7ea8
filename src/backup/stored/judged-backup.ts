/** What is known about a backup once it has been judged; `judge-backups.ts` judges it. */
import type { Backup } from '../../vault/catalog.js';
import type { StoredBackup } from './stored-backup.js';
import type { Anomaly } from './anomalies.js';
import type { StoredProof } from './proofs.js';
import type { SourceStanding } from './sources.js';

/** From best to worst. unverified: nothing is known for or against it. */
export const STANDINGS = ['proven', 'unverified', 'incomplete', 'differs', 'unreadable'] as const;
export type Standing = (typeof STANDINGS)[number];

export interface JudgedBackup {
  readonly backup: Backup;
  /** Of the dump, as the manifest says; for an incomplete backup, of what exists. */
  readonly key: string | undefined;
  readonly takenAt: Date;
  /** `left-over`: left behind by an interrupted prune. */
  readonly state: 'complete' | 'incomplete' | 'unreadable' | 'left-over';
  readonly standing: Standing;
  /** Why it has this standing: a sentence. */
  readonly why: string;
  /** Why it is incomplete or cannot be read. */
  readonly problem: string | undefined;
  /** What could not be read about it: sentences. */
  readonly faults: readonly string[];
  /** Present where its manifest could be read and was asked for. */
  readonly stored: StoredBackup | undefined;
  /** The proof that counts. */
  readonly proof: StoredProof | undefined;
  /** For each other major than the source's that it was restored into, the proof that counts. */
  readonly across: readonly StoredProof[];
  /** The latest time at which that proof can have been made. */
  readonly provenAt: Date | undefined;
  /** Whether it is dated in the future. */
  readonly future: boolean;
  /** Whether it holds no rows and no large objects. */
  readonly empty: boolean;
  /** How it holds far less than an earlier one. */
  readonly collapse: Collapse | undefined;
  /** What part of the database it holds, if only a part was asked for. */
  readonly part: BackupPart | undefined;
  /**
   * What it is a backup of, and whether that is what the database's backups should be of; absent where it was not read.
   */
  readonly source: SourceStanding | undefined;
  /** Why its source does not count as accepted: a sentence. Such a backup is not sound. */
  readonly foreignSource: string | undefined;
  readonly anomalies: readonly Anomaly[];
}

/** What part of the database was asked for. */
export interface BackupPart {
  /** A sentence. */
  readonly message: string;
  /** A backup that was asked for more, so that this one is no substitute for it; absent where there is none. */
  readonly of: JudgedBackup | undefined;
}

/** How a backup has collapsed. */
export interface Collapse {
  /** The backup that it is compared with: the newest sound one before it. */
  readonly against: JudgedBackup;
  /** A sentence. */
  readonly message: string;
}
