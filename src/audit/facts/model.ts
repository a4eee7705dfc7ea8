/**
 * What the audit knows of an account or of a template: one typed model, whichever of the two it comes from.
 *
 * Names follow the AWS APIs. An attribute is a `Reading`: absent settings are known values (`undefined`, `false`, an
 * empty list), while what a denied call or an open reference leaves unsaid is unknown.
 */
import type { PolicyDocument } from '../policies/policy-document.js';
import type { Reading } from '../reading.js';

/** Where the facts come from: a synthesized template, or the account itself. */
export type FactSource = 'template' | 'live';

/** What every resource has. */
export interface ResourceFact {
  /** The ARN in the account; `<stack>/<logical id>` in a template. */
  readonly id: string;
  /** Its common name: the bucket's name, the key's alias, the table's name. */
  readonly name: string;
  /** The account that it belongs to, by its ARNs. Absent: the one that all facts were read from. */
  readonly account?: string;
  /** Of a template: the part of AWS that its stack goes to (`aws-us-gov`). @default 'aws', as far as no ARN says it */
  readonly partition?: string;
  readonly tags: Reading<Readonly<Record<string, string>>>;
  /** Controls that the resource's owner has opted out of by name (template metadata `Holdfast.optOuts`). */
  readonly optOuts: readonly string[];
  /** Requirements that cannot be met here, and why (template metadata `Holdfast.accepted`). Live: none. */
  readonly accepted?: readonly Acceptance[];
}

export interface Acceptance {
  /** Id of the control. */
  readonly control: string;
  readonly reason: string;
}

export interface KmsKeyFact extends ResourceFact {
  readonly keyArn: Reading<string>;
  readonly aliases: Reading<readonly string[]>;
  /** Customer managed: AWS's own keys (`alias/aws/…`) are left to AWS. */
  readonly customerManaged: Reading<boolean>;
  readonly state: Reading<'Enabled' | 'Disabled' | 'PendingDeletion' | 'PendingImport' | 'Unavailable' | 'Creating'>;
  readonly rotationEnabled: Reading<boolean>;
  /** `SYMMETRIC_DEFAULT`, `RSA_2048`, `HMAC_256` … */
  readonly keySpec: Reading<string>;
  /** Where its material is from: `AWS_KMS`, `EXTERNAL`, `AWS_CLOUDHSM`, `EXTERNAL_KEY_STORE`. */
  readonly origin: Reading<string>;
  readonly policy: Reading<PolicyDocument>;
}

export interface AuroraParameter {
  readonly declared?: string;
  readonly applied?: string;
  /** Set, and waiting for a reboot. */
  readonly pending?: string;
}

export interface AuroraInstanceFact {
  readonly name: string;
  readonly availabilityZone: Reading<string | undefined>;
  readonly isWriter: Reading<boolean | undefined>;
  readonly publiclyAccessible: Reading<boolean>;
  readonly performanceInsights: Reading<{ readonly enabled: boolean; readonly kmsKeyId?: string }>;
  readonly autoMinorVersionUpgrade: Reading<boolean>;
  readonly caCertificateIdentifier: Reading<string | undefined>;
  /** From its own parameter group, by name: where that sets one, the cluster's does not count. */
  readonly parameters: Reading<Readonly<Record<string, AuroraParameter>>>;
}

export interface AuroraClusterFact extends ResourceFact {
  readonly engine: Reading<string>;
  readonly engineVersion: Reading<string | undefined>;
  readonly storageEncrypted: Reading<boolean>;
  readonly kmsKeyId: Reading<string | undefined>;
  readonly deletionProtection: Reading<boolean>;
  /** Days. */
  readonly backupRetentionPeriod: Reading<number>;
  readonly preferredBackupWindow: Reading<string | undefined>;
  readonly logExports: Reading<readonly string[]>;
  readonly iamAuthentication: Reading<boolean>;
  readonly copyTagsToSnapshot: Reading<boolean>;
  readonly masterUsername: Reading<string | undefined>;
  readonly masterUserSecret: Reading<{ readonly managed: boolean; readonly kmsKeyId?: string }>;
  readonly databaseInsightsMode: Reading<string | undefined>;
  /** From the cluster parameter group, by name; only what differs from the engine's default. */
  readonly parameters: Reading<Readonly<Record<string, AuroraParameter>>>;
  /** `in-sync`, `pending-reboot` …, one for each member, and one for each parameter group of its own. Live only. */
  readonly parameterStatus: Reading<Readonly<Record<string, string>>>;
  readonly instances: Reading<readonly AuroraInstanceFact[]>;
  readonly subnets: Reading<readonly SubnetFact[]>;
  readonly readerScaling: Reading<ScalingFact | undefined>;
}

export interface SubnetFact {
  readonly id: string;
  readonly availabilityZone: Reading<string | undefined>;
  /** Whether its route table has a route to an internet gateway. */
  readonly routesToInternetGateway: Reading<boolean>;
}

/** Of an Aurora cluster, which may be gone. Live only. */
export interface SnapshotFact extends ResourceFact {
  readonly encrypted: Reading<boolean>;
  /** Accounts that may restore it; `all` is everyone. */
  readonly sharedWith: Reading<readonly string[]>;
}

/** One target-tracking policy with its target. */
export interface ScalingFact {
  readonly dimension: string;
  readonly minCapacity: Reading<number>;
  readonly maxCapacity: Reading<number>;
  readonly metric: Reading<string | undefined>;
  readonly targetValue: Reading<number | undefined>;
}

export interface DynamoTableFact extends ResourceFact {
  readonly encryption: Reading<{ readonly type: 'KMS' | 'AWS_OWNED'; readonly kmsKeyId?: string }>;
  readonly pointInTimeRecovery: Reading<{ readonly enabled: boolean; readonly days?: number }>;
  readonly deletionProtection: Reading<boolean>;
  readonly billingMode: Reading<'PROVISIONED' | 'PAY_PER_REQUEST'>;
  readonly streamViewType: Reading<string | undefined>;
  readonly indexes: Reading<readonly string[]>;
  /** Keyed by `table` or `index/<name>`, a colon, and `read` or `write`. */
  readonly scaling: Reading<Readonly<Record<string, ScalingFact>>>;
  readonly resourcePolicy: Reading<PolicyDocument | undefined>;
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
  readonly transitions: readonly { readonly days?: number; readonly storageClass: string }[];
  /** Days. */
  readonly expirationDays?: number;
  readonly noncurrentExpirationDays?: number;
  readonly abortIncompleteUploadDays?: number;
}

export interface ReplicationRule {
  readonly enabled: boolean;
  /** Whether it is about objects of a prefix or a tag only. */
  readonly filtered: boolean;
  readonly destination: string;
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
  readonly policy: Reading<PolicyDocument | undefined>;
  /** Time of the newest object under the log prefix of each bucket that logs here. Live only. */
  readonly newestLogs: Reading<Readonly<Record<string, Date | undefined>>>;
}

export interface ReplicationGroupFact extends ResourceFact {
  readonly engine: Reading<string>;
  readonly engineVersion: Reading<string | undefined>;
  readonly atRestEncryption: Reading<boolean>;
  readonly kmsKeyId: Reading<string | undefined>;
  readonly transitEncryption: Reading<boolean>;
  /** `required`, or `preferred`: that one takes connections without TLS too. Absent: required. */
  readonly transitEncryptionMode: Reading<string | undefined>;
  readonly authTokenEnabled: Reading<boolean>;
  readonly userGroups: Reading<readonly string[]>;
  /** The members of its user groups. */
  readonly users: Reading<readonly CacheUserFact[]>;
  readonly automaticFailover: Reading<boolean>;
  readonly multiAz: Reading<boolean>;
  /** Days. */
  readonly snapshotRetention: Reading<number>;
  readonly snapshotWindow: Reading<string | undefined>;
  readonly autoMinorVersionUpgrade: Reading<boolean>;
  readonly subnetGroup: Reading<string | undefined>;
  /** Whether a PING was answered with the secret's credential, and refused without one. Live, where reachable. */
  readonly credentialProbe: Reading<{ readonly withCredential: boolean; readonly without: boolean }>;
}

export interface CacheUserFact {
  /** What a client signs in as: `default` for one that gives no name. */
  readonly name: string;
  readonly enabled: boolean;
  readonly withoutPassword: boolean;
}

export interface SecretFact extends ResourceFact {
  readonly kmsKeyId: Reading<string | undefined>;
  readonly hasCurrentValue: Reading<boolean>;
  readonly rotation: Reading<
    { readonly enabled: boolean; readonly days?: number; readonly lambdaArn?: string } | undefined
  >;
  readonly lastRotated: Reading<Date | undefined>;
  /** When its value last changed, no matter by whom. */
  readonly lastChanged: Reading<Date | undefined>;
  readonly created: Reading<Date | undefined>;
  /** A version that is AWSPENDING and not AWSCURRENT: a rotation that did not finish. */
  readonly pendingVersion: Reading<boolean>;
  readonly policy: Reading<PolicyDocument | undefined>;
  /** Managed by a service (RDS), which rotates it automatically. */
  readonly owningService: Reading<string | undefined>;
}

export interface AttachedPolicy {
  readonly name: string;
  readonly document: PolicyDocument;
}

/** An IAM identity with policies: a role, or a user or group, which no one assumes. */
export interface RoleFact extends ResourceFact {
  readonly kind: 'role' | 'user' | 'group';
  /** Of users and groups, without a statement. */
  readonly trust: Reading<PolicyDocument>;
  readonly policies: Reading<readonly AttachedPolicy[]>;
  /** Who has each of its policies, itself included: all in the account, whatever the audit is about. */
  readonly policyHolders: Reading<readonly PolicyHolders[]>;
}

export interface PolicyHolders {
  readonly policy: string;
  /** As `holderName` calls them. */
  readonly holders: readonly string[];
}

export interface CodeBuildProjectFact extends ResourceFact {
  readonly environment: Reading<readonly { readonly name: string; readonly type: string; readonly value: string }[]>;
  readonly privileged: Reading<boolean>;
  readonly kmsKeyId: Reading<string | undefined>;
  readonly logs: Reading<{ readonly enabled: boolean; readonly group?: string }>;
  readonly logGroup: Reading<{ readonly kmsKeyId?: string; readonly retentionDays?: number } | undefined>;
  readonly roleArn: Reading<string>;
}

export interface ScheduleFact extends ResourceFact {
  readonly enabled: Reading<boolean>;
  readonly expression: Reading<string>;
  readonly targetArn: Reading<string>;
}

/** One configured database, as the vault shows it. Live only. */
export interface BackupFact extends ResourceFact {
  /** Whether it is in the config: the vault may hold others, of which nothing is required. */
  readonly configured: boolean;
  /** The newest backup with a manifest. */
  readonly newest: Reading<{ readonly key: string; readonly takenAt: Date } | undefined>;
  /** How its dump is encrypted in the vault; `undefined`: the vault does not encrypt, like a directory. */
  readonly encryption: Reading<{ readonly kmsKeyId?: string } | undefined>;
  readonly newestProof: Reading<{ readonly verifiedAt: Date; readonly verdict: string } | undefined>;
  /** Warnings of the volume checks, in words; empty: plausible. */
  readonly volumeWarnings: Reading<readonly string[]>;
  /** Milliseconds; `undefined`: no limit is set. */
  readonly backupObjectiveMs: number | undefined;
  readonly proofObjectiveMs: number | undefined;
}

export interface AccountFact extends ResourceFact {
  readonly publicAccessBlock: Reading<boolean>;
}

/** All facts, by kind. A list is a reading: where it could not be listed, nothing of the kind is evaluated. */
export interface Facts {
  readonly source: FactSource;
  /** Account and Region that the facts were read from; absent in environment-agnostic templates. */
  readonly account?: string;
  readonly region?: string;
  /** When they were read. */
  readonly readAt: Date;
  readonly accounts: Reading<readonly AccountFact[]>;
  readonly kmsKeys: Reading<readonly KmsKeyFact[]>;
  readonly auroraClusters: Reading<readonly AuroraClusterFact[]>;
  readonly auroraSnapshots: Reading<readonly SnapshotFact[]>;
  readonly dynamoTables: Reading<readonly DynamoTableFact[]>;
  readonly buckets: Reading<readonly BucketFact[]>;
  readonly replicationGroups: Reading<readonly ReplicationGroupFact[]>;
  readonly secrets: Reading<readonly SecretFact[]>;
  /** With users and groups. */
  readonly roles: Reading<readonly RoleFact[]>;
  readonly codeBuildProjects: Reading<readonly CodeBuildProjectFact[]>;
  readonly schedules: Reading<readonly ScheduleFact[]>;
  readonly backups: Reading<readonly BackupFact[]>;
}

/** The kinds of resources that a control may be about. */
export type FactKind = Exclude<keyof Facts, 'source' | 'account' | 'region' | 'readAt'>;

/** The resource type of a kind. */
export type FactOf<K extends FactKind> = Facts[K] extends Reading<readonly (infer R)[]> ? R : never;
