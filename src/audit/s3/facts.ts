/** Buckets, as both sources describe them, and what each is for. */
import type { ControlContext } from '../model/control.js';
import { isNamed } from '../model/known-name.js';
import type { BucketRole } from '../model/declared.js';
import type { ResourceFact } from '../model/facts.js';
import { type Reading, valueOf } from '../model/reading.js';
import { matchesGlob } from '../../syntax/glob.js';
import type { ParsedPolicy } from '../policies/parse-policy.js';

declare module '../model/facts.js' {
  interface FactKinds {
    readonly accounts: AccountFact;
    readonly buckets: BucketFact;
  }
}

export interface BucketEncryption {
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  readonly kmsKeyId?: string;
  readonly bucketKey: boolean;
  /** Encryption types that a PUT may not name: `SSE-C`. */
  readonly blockedTypes: readonly string[];
}

export interface LifecycleRule {
  readonly id?: string;
  readonly enabled: boolean;
  readonly prefix?: string;
  /** Whether it is about some objects only, by tag or by size. */
  readonly filtered?: boolean;
  readonly transitions: readonly { readonly days?: number; readonly storageClass: string }[];
  /** Days. */
  readonly expirationDays?: number;
  readonly noncurrentExpirationDays?: number;
  readonly abortIncompleteUploadDays?: number;
}

export interface ReplicationRule {
  readonly enabled: boolean;
  /** Whether it covers only objects with a prefix or a tag. */
  readonly filtered: boolean;
  readonly destination: string;
  /** The account that owns the replicas, where the rule names one. */
  readonly account?: string;
  readonly selectsKmsObjects: boolean;
  readonly replicaKmsKeyId?: string;
  readonly deleteMarkers: boolean;
}

export interface BucketFact extends ResourceFact {
  readonly publicAccessBlock: Reading<{
    readonly blockPublicAcls: boolean;
    readonly ignorePublicAcls: boolean;
    readonly blockPublicPolicy: boolean;
    readonly restrictPublicBuckets: boolean;
  }>;
  readonly encryption: Reading<BucketEncryption | undefined>;
  readonly versioning: Reading<'Enabled' | 'Suspended' | 'Off'>;
  readonly logging: Reading<{ readonly bucket: string; readonly prefix: string } | undefined>;
  readonly replication: Reading<readonly ReplicationRule[]>;
  readonly lifecycle: Reading<readonly LifecycleRule[]>;
  readonly objectLock: Reading<
    { readonly enabled: boolean; readonly mode?: 'GOVERNANCE' | 'COMPLIANCE'; readonly days?: number } | undefined
  >;
  readonly ownership: Reading<string | undefined>;
  readonly policy: Reading<ParsedPolicy | undefined>;
  /** Time of the newest object under the log prefix of each bucket that logs here. Live only. */
  readonly newestLogs: Reading<Readonly<Record<string, Date | undefined>>>;
}

export interface AccountFact extends ResourceFact {
  readonly publicAccessBlock: Reading<boolean>;
}

export function bucketArn({ id, name, partition = 'aws' }: BucketFact): string {
  return id.startsWith('arn:') ? id : `arn:${partition}:s3:::${name}`;
}

/**
 * @throws UnknownReading where it cannot be determined
 */
export function bucketRole(bucket: BucketFact, { facts, declared }: ControlContext): BucketRole | undefined {
  const said = declared.buckets.find((one) => isNamed(bucket, [one.name]))?.role;
  if (said) return said;
  const others = valueOf(facts.buckets).filter((one) => one.name !== bucket.name && !one.judgedFor);
  if (others.some((one) => valueOf(one.logging)?.bucket === bucket.name)) return 'logs';
  if (others.some((one) => valueOf(one.replication).some((rule) => rule.destination === bucket.name))) return 'replica';
  if (isVault(bucket)) return 'vault';
  // A config that names buckets says what the others are not.
  return declared.buckets.length === 0 || valueOf(bucket.replication).length > 0 ? 'source' : undefined;
}

/** By its name, its lock, or who may put backups there: a vault without a lock is one. */
function isVault({ name, objectLock, policy }: BucketFact): boolean {
  if (matchesGlob('rds-backup-layer2-*', name, '*') && !name.endsWith('-access-logs')) return true;
  if (valueOf(objectLock)?.enabled) return true;
  return (valueOf(policy)?.statements ?? []).some(({ resources }) => resources.some((one) => BACKUPS.test(one)));
}

/** Where backups are in a bucket. */
const BACKUPS = /\/layer2\//;
