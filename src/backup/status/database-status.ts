/** What `status` says about one database. */
import type { Anomaly } from '../stored/anomalies.js';
import type { AcrossVerdict, BesideVerdict } from '../stored/beside-verdict.js';
import type { SourceIdentity, SourceStanding } from '../stored/sources.js';
import type { Proof } from '../../vault/formats/proof.js';

/**
 * From worst to best. broken: an objective is broken. unreadable: something could not be read, so an objective may be
 * broken. warning: worth a look.
 */
export const STATES = ['broken', 'unreadable', 'warning', 'ok'] as const;
export type StatusState = (typeof STATES)[number];

export const PROBLEMS = [
  'no-backup',
  'backup-too-old',
  'backup-in-future',
  'never-proven',
  'proof-too-old',
  'proof-failed',
  'proof-in-future',
  'upgrade-fails',
  'anomaly',
  'source-changed',
  'source-unknown',
  'volume-dropped',
  'part',
  'empty',
  'unreadable',
] as const;

export interface StatusProblem {
  readonly kind: (typeof PROBLEMS)[number];
  readonly severity: Exclude<StatusState, 'ok'>;
  /** A sentence. */
  readonly message: string;
}

export interface LastBackup {
  /** Of the dump. */
  readonly key: string;
  /** Or stored, where the store says that it was stored before. */
  readonly takenAt: Date;
  readonly durationMs: number;
  readonly rows: number;
  readonly tables: number;
  readonly rawBytes: number;
  /** Of all its objects except the manifest and its proofs. */
  readonly storedBytes: number;
}

export interface LastProof {
  readonly key: string;
  /** Of the dump that was verified. */
  readonly backupKey: string;
  readonly verdict: Proof['verdict'];
  readonly verifiedAt: Date;
  /** When it was made, or stored, whichever was earlier: its age counts from then. */
  readonly provenAt: Date;
  /** Why this one counts: a sentence. */
  readonly why: string;
  /** What the backup holds that was verified. */
  readonly held: { readonly tables: number; readonly rows: number };
  /** What stands beside the verdict, and how many kinds of objects it does not speak of. */
  readonly beside: Pick<BesideVerdict, 'derived' | 'across'> & { readonly notCompared: number };
  /** What a bad verdict says: a sentence. */
  readonly fault: string | undefined;
  /** Of the newest proven backup, if that was taken after the one that was verified. */
  readonly provenSince: string | undefined;
}

/** What a server of another major has made of the newest backup that was restored into one of that major. */
export interface AcrossProof extends AcrossVerdict {
  /** Of the proof. */
  readonly key: string;
  /** Of the dump that was restored. */
  readonly backupKey: string;
  readonly verifiedAt: string;
  /** What a bad verdict says: a sentence. */
  readonly fault: string | undefined;
}

/** One backup of the trend. */
export interface TrendPoint {
  readonly takenAt: Date;
  readonly rawBytes: number;
  readonly rows: number;
}

/** Which source the backups come from, and which one they should come from. */
export interface HistorySource {
  /**
   * The source that was accepted last, otherwise that of the backup that was proven first, otherwise that of the one the
   * store took first; absent where none is known.
   */
  readonly counting: SourceIdentity | undefined;
  /** When it was accepted, and by whom; absent where no acceptance was needed. */
  readonly accepted: { readonly at: Date; readonly by: string } | undefined;
  /** Of the newest backup. */
  readonly newest: SourceStanding | undefined;
  /** Backups of a source that has not been accepted, taken since the last acceptance, newest first. */
  readonly unanswered: readonly { readonly key: string; readonly takenAt: Date; readonly source: SourceIdentity }[];
  /** Whether there are good proofs that do not count because they are of backups of another source. */
  readonly hasOtherProofs: boolean;
}

/** What the vault says about one database. */
export interface DatabaseHistory {
  readonly database: string;
  /** How many backups there are. */
  readonly backups: { readonly complete: number; readonly incomplete: number };
  /** The newest whose manifest can be read and which is not dated in the future. */
  readonly lastBackup: LastBackup | undefined;
  /**
   * A bad one that no later verification of its backup supersedes; otherwise the newest good one of a backup of the
   * present source; if none reached a verdict, the newest incomplete one.
   */
  readonly lastProof: LastProof | undefined;
  /** By major: what upgrades would make of the backups. */
  readonly across: readonly AcrossProof[];
  readonly source: HistorySource;
  /** The newest backups, oldest first. */
  readonly trend: readonly TrendPoint[];
  /** What has dropped from one backup to the next: sentences. */
  readonly drops: readonly string[];
  /** What part of the database the newest backup holds, if another one holds more: a sentence. */
  readonly part: string | undefined;
  /** Why the newest backup was not compared with the previous one. */
  readonly notCompared: string | undefined;
  /** How many complete backups were only listed, and not read. */
  readonly notRead: number;
  /** What could not be read: sentences. */
  readonly unreadable: readonly string[];
  /** What is stored beside the backups, or written in them, that no honest run leaves there. */
  readonly anomalies: readonly Anomaly[];
}

export interface DatabaseStatus extends DatabaseHistory {
  /** Whether the config has it. */
  readonly configured: boolean;
  readonly state: StatusState;
  /** Milliseconds. */
  readonly objectives: { readonly backupAgeMs?: number | undefined; readonly proofAgeMs?: number | undefined };
  /** Milliseconds. */
  readonly backupAgeMs: number | undefined;
  /** Milliseconds. */
  readonly proofAgeMs: number | undefined;
  /** Worst first. */
  readonly problems: readonly StatusProblem[];
}
