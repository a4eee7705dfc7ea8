/** The vault: a bucket that only takes new objects, under a key that its administrators cannot use. */
import { Annotations, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Grant, PolicyDocument, PolicyStatement, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectLockRetention,
  ObjectOwnership,
  StorageClass,
  type IBucket,
  type LifecycleRule,
} from 'aws-cdk-lib/aws-s3';
import { Metric, Stats, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import {
  DEFAULT_ARCHIVE_DAYS,
  DEFAULT_INFREQUENT_ACCESS_DAYS,
  DEFAULT_LOCK_DAYS,
  DEFAULT_LOCK_MODE,
  DEFAULT_NONCURRENT_DAYS,
} from '../../config/sections/backup-account.js';
import { DEFAULT_LOG_RETENTION_DAYS } from '../../config/sections/deployment.js';
import {
  vaultBucketPolicy,
  vaultKeyPolicy,
  type PolicyDocument as PlainPolicy,
  type Writer,
} from '../../policies/index.js';
import { deliverAccessLogs } from '../shared/access-logs.js';
import { acknowledge, reasonsFor } from '../shared/acknowledge.js';
import { blockCustomerKeys } from '../shared/cdk-versions.js';
import { keepAlias, keepPolicy } from '../shared/kept.js';
import { generatedName, placeOf } from '../shared/place.js';
import { auditing, proving, restoring, storing, type Permission, type VaultPlace } from './vault-permissions.js';

/** How long nobody can delete or overwrite a stored object. */
export interface VaultObjectLock {
  /** GOVERNANCE can be lifted by `bypassRoles`; COMPLIANCE by nobody until it ends. @default 'GOVERNANCE' */
  readonly mode?: 'GOVERNANCE' | 'COMPLIANCE';
  /** @default 35 */
  readonly days?: number;
  /** ARNs of roles of this account that may end a GOVERNANCE retention early. @default nobody */
  readonly bypassRoles?: readonly string[];
}

/** Days after which objects move on. None expires by its age. */
export interface VaultLifecycle {
  /** To S3 Standard-IA. @default 30 */
  readonly infrequentAccessAfterDays?: number;
  /** To S3 Glacier Instant Retrieval. @default 90 */
  readonly archiveAfterDays?: number;
  /** How long a version stays that another hides; never shorter than its lock. @default 35 */
  readonly noncurrentDays?: number;
}

export interface BackupVaultProps {
  /**
   * The key's policy names it before it exists.
   *
   * @default the CDK's: the construct's path with a digest, and the account and the Region
   */
  readonly bucketName?: string;
  /** Of the bucket of the access logs. @default CloudFormation's */
  readonly accessLogBucketName?: string;
  /** `alias/…` of the key. @default none */
  readonly keyAlias?: string;
  /** Who may put new objects, and where. @default nobody */
  readonly writers?: readonly Writer[];
  /** ARNs of roles that administer the key and may end it. @default anyone whom IAM in the account allows */
  readonly keyAdminRoleArns?: readonly string[];
  /** ARNs of roles of this account that may decrypt: their own policies have to allow it too. @default nobody */
  readonly readerRoleArns?: readonly string[];
  /** ARNs of roles of this account that may write proofs: likewise. @default nobody */
  readonly proverRoleArns?: readonly string[];
  /** @default GOVERNANCE for 35 days, which nobody may end early */
  readonly objectLock?: VaultObjectLock;
  /** @default Standard-IA after 30 days, Glacier Instant Retrieval after 90, hidden versions for 35 */
  readonly lifecycle?: VaultLifecycle;
  /** How long access logs are kept, in days. @default 365 */
  readonly logRetentionDays?: number;
  /** A bucket that exists; its policy is left unchanged. @default one is made */
  readonly existingBucketName?: string;
  /** A key that exists; its policy is left unchanged. @default one is made */
  readonly existingKeyArn?: string;
}

/** What an account and the longest name of a Region leave of the 63 characters of a bucket's name. */
const LONGEST_OWN_PART = 34;

/** What a first deployment that failed has made goes; all else stays when the stack does not. */
const KEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

/** S3 never expires what is still locked, so this only has to be long enough to be noticed. */
const INCOMPLETE_UPLOAD_DAYS = 7;

export class BackupVault extends Construct {
  readonly bucket: IBucket;
  readonly key: IKey;
  /** Absent with an existing bucket: whoever made it decides where it logs to. */
  readonly accessLogs?: Bucket;
  /** What permissions name. */
  readonly place: VaultPlace;
  readonly #props: BackupVaultProps;
  readonly #bucketName: string;

  constructor(scope: Construct, id: string, props: BackupVaultProps = {}) {
    super(scope, id);
    this.#props = props;
    const { account, partition, region } = placeOf(this);
    this.#bucketName =
      props.existingBucketName ?? props.bucketName ?? `${generatedName(this, LONGEST_OWN_PART)}-${account}-${region}`;
    this.key = props.existingKeyArn === undefined ? this.#makeKey() : this.#importKey(props.existingKeyArn);
    this.place = { bucketArn: `arn:${partition}:s3:::${this.#bucketName}`, keyArn: this.key.keyArn, region };
    if (props.existingBucketName === undefined) {
      this.accessLogs = this.#makeAccessLogs();
      this.bucket = this.#makeBucket(this.accessLogs);
    } else {
      this.bucket = this.#importBucket(props.existingBucketName);
    }
  }

  /**
   * Lets a principal of this account read and decrypt backups.
   *
   * @param keyPrefix what the keys of the objects begin with. @default all
   */
  grantRestore(grantee: IGrantable, keyPrefix?: string): Grant {
    return this.#grant(grantee, restoring(this.place, keyPrefix));
  }

  /** Lets a principal of this account write proofs; to make them, it has to restore too. */
  grantProve(grantee: IGrantable): Grant {
    return this.#grant(grantee, proving(this.place));
  }

  /** Lets a principal of this account read how bucket and key are set up, as `holdfast audit` does, and no object. */
  grantAudit(grantee: IGrantable): Grant {
    return this.#grant(grantee, auditing(this.place));
  }

  /**
   * Lets a principal of this account store new objects; those of other accounts are `writers`.
   *
   * @param keyPrefix what the keys of the objects begin with
   */
  grantPut(grantee: IGrantable, keyPrefix: string): Grant {
    return this.#grant(grantee, storing(this.place, keyPrefix));
  }

  /** Daily size of the bucket, in bytes. */
  metricSize(
    storageClass: 'StandardStorage' | 'StandardIAStorage' | 'GlacierInstantRetrievalStorage' = 'StandardStorage',
    options?: MetricOptions,
  ): Metric {
    return this.#daily('BucketSizeBytes', storageClass, options);
  }

  /** Daily number of objects in the bucket, hidden versions included. */
  metricObjects(options?: MetricOptions): Metric {
    return this.#daily('NumberOfObjects', 'AllStorageTypes', options);
  }

  #daily(metricName: string, storageType: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/S3',
      metricName,
      dimensionsMap: { BucketName: this.#bucketName, StorageType: storageType },
      statistic: Stats.AVERAGE,
      period: Duration.days(1),
      ...options,
    }).attachTo(this);
  }

  /** In the principal's policy, and where it is on the key and not left to IAM, in the key's too. */
  #grant(grantee: IGrantable, permissions: readonly Permission[]): Grant {
    const grants = permissions.map(({ actions, resource, condition, ofKey = false }) => {
      const conditions = condition;
      if (ofKey) this.#admit(grantee, actions, conditions);
      return Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [resource], conditions });
    });
    return grants.reduce((one, other) => one.combine(other));
  }

  #admit({ grantPrincipal }: IGrantable, actions: readonly string[], conditions: Permission['condition']): void {
    const { statementAdded } = this.key.addToResourcePolicy(
      new PolicyStatement({ principals: [grantPrincipal], actions: [...actions], resources: ['*'], conditions }),
    );
    if (!statementAdded) this.#warnOfPolicy('key', 'grants');
  }

  #makeKey(): Key {
    const { writers = [], keyAdminRoleArns, readerRoleArns = [], proverRoleArns = [] } = this.#props;
    const policy = vaultKeyPolicy({
      ...placeOf(this),
      bucket: this.#bucketName,
      writers,
      adminRoleArns: keyAdminRoleArns,
      readerRoleArns,
      proverRoleArns,
    });
    // If administrators are named, CloudFormation is not one of them: deleting the key after a first deployment that
    // failed would be refused, and so would the rollback.
    const removalPolicy = keyAdminRoleArns?.length ? RemovalPolicy.RETAIN : KEPT;
    const key = new Key(this, 'Key', {
      alias: this.#props.keyAlias,
      description: `Backups in ${this.#bucketName}. Deleting it deletes them.`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      policy: PolicyDocument.fromJson(policy),
      removalPolicy,
    });
    keepAlias(key, removalPolicy);
    return key;
  }

  #makeBucket(accessLogs: Bucket): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      bucketName: this.#bucketName,
      versioned: true,
      objectLockEnabled: true,
      objectLockDefaultRetention: this.#retention(),
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      // With bucket keys the encryption context is the bucket, and nothing would hold a writer to its prefix.
      bucketKeyEnabled: false,
      lifecycleRules: this.#lifecycleRules(),
      removalPolicy: KEPT,
    });
    deliverAccessLogs(bucket, accessLogs, 'vault/');
    blockCustomerKeys(bucket);
    for (const statement of this.#bucketPolicy().Statement) {
      bucket.addToResourcePolicy(PolicyStatement.fromJson(statement));
    }
    keepPolicy(bucket, KEPT, this.#bucketName);
    acknowledge(bucket, {
      ...reasonsFor(rules('S3BucketReplicationEnabled'), 'The vault is itself the second copy of every database.'),
    });
    return bucket;
  }

  #retention(): ObjectLockRetention {
    const { mode = DEFAULT_LOCK_MODE, days = DEFAULT_LOCK_DAYS } = this.#props.objectLock ?? {};
    const duration = Duration.days(days);
    return mode === 'COMPLIANCE' ? ObjectLockRetention.compliance(duration) : ObjectLockRetention.governance(duration);
  }

  #lifecycleRules(): LifecycleRule[] {
    const {
      infrequentAccessAfterDays = DEFAULT_INFREQUENT_ACCESS_DAYS,
      archiveAfterDays = DEFAULT_ARCHIVE_DAYS,
      noncurrentDays = DEFAULT_NONCURRENT_DAYS,
    } = this.#props.lifecycle ?? {};
    return [
      {
        id: 'tiering',
        transitions: [
          {
            storageClass: StorageClass.INFREQUENT_ACCESS,
            transitionAfter: Duration.days(infrequentAccessAfterDays),
          },
          {
            storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL,
            transitionAfter: Duration.days(archiveAfterDays),
          },
        ],
      },
      {
        id: 'hidden-versions',
        noncurrentVersionExpiration: Duration.days(noncurrentDays),
        expiredObjectDeleteMarker: true,
      },
      { id: 'incomplete-uploads', abortIncompleteMultipartUploadAfter: Duration.days(INCOMPLETE_UPLOAD_DAYS) },
    ];
  }

  #bucketPolicy(): PlainPolicy {
    const { writers = [], objectLock } = this.#props;
    return vaultBucketPolicy({
      ...placeOf(this),
      bucket: this.#bucketName,
      keyArn: this.key.keyArn,
      writers,
      bypassRoleArns: objectLock?.bypassRoles,
    });
  }

  #makeAccessLogs(): Bucket {
    const bucket = new Bucket(this, 'AccessLogs', {
      bucketName: this.#props.accessLogBucketName,
      versioned: true,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // S3 delivers access logs to no bucket with a key of ours.
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [
        {
          id: 'retention',
          expiration: Duration.days(this.#props.logRetentionDays ?? DEFAULT_LOG_RETENTION_DAYS),
          noncurrentVersionExpiration: Duration.days(30),
          abortIncompleteMultipartUploadAfter: Duration.days(INCOMPLETE_UPLOAD_DAYS),
        },
      ],
      removalPolicy: KEPT,
    });
    keepPolicy(bucket, KEPT, this.#props.accessLogBucketName);
    acknowledge(bucket, {
      ...reasonsFor(
        ['AwsSolutions-S1', ...rules('S3BucketLoggingEnabled')],
        'It holds access logs: logging its own would never end.',
      ),
      ...reasonsFor(rules('S3BucketReplicationEnabled'), 'Neither databases nor backups depend on access logs.'),
      ...reasonsFor(rules('S3DefaultEncryptionKMS'), 'S3 delivers access logs to buckets with SSE-S3 only.'),
    });
    return bucket;
  }

  #importKey(arn: string): IKey {
    this.#warnOfPolicy('key', 'writers');
    return Key.fromKeyArn(this, 'Key', arn);
  }

  #importBucket(name: string): IBucket {
    this.#warnOfPolicy('bucket', 'writers');
    return Bucket.fromBucketName(this, 'Bucket', name);
  }

  /** The CDK's calls that add to the policy of something imported silently do nothing. */
  #warnOfPolicy(kind: 'bucket' | 'key', whose: 'writers' | 'grants'): void {
    Annotations.of(this).addWarningV2(
      `holdfast:existing-${kind}-${whose}`,
      `The policy of the existing ${kind} is not changed. Set the one that \`holdfast policy ${kind}\` prints, and compare with --compare.`,
    );
  }
}

/** A rule's ids in the packs that have it. */
function rules(name: string): string[] {
  return [`NIST.800.53.R5-${name}`, `PCI.DSS.321-${name}`];
}
