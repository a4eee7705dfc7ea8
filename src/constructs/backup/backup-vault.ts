/** The vault: a bucket that only takes new objects, under a key that its administrators cannot use. */
import { Annotations, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Grant, PolicyDocument, PolicyStatement, type IGrantable, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectLockRetention,
  ObjectOwnership,
  StorageClass,
  type IBucket,
} from 'aws-cdk-lib/aws-s3';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { BackupAccountConfig } from '../../config/index.js';
import {
  accessLogBucketName,
  partitionOf,
  throughS3,
  vaultBucketPolicy,
  vaultKeyPolicy,
  type Writer,
} from '../../policies/index.js';
import { acknowledge, reasonsFor } from '../shared/acknowledge.js';
import { blockCustomerKeys } from '../shared/cdk-versions.js';

export interface BackupVaultProps {
  readonly bucketName: string;
  /** The Region, not a token. */
  readonly region: string;
  /** `alias/…` of the key. */
  readonly keyAlias: string;
  /** Who may put new objects, and where. @default nobody */
  readonly writers?: readonly Writer[];
  /** ARNs of roles that administer the key and may end it. @default anyone whom IAM in the account allows */
  readonly keyAdminRoleArns?: readonly string[];
  /** ARNs of roles of this account that may decrypt. @default nobody */
  readonly readerRoleArns?: readonly string[];
  /** ARNs of roles of this account that may write proofs. @default nobody */
  readonly proverRoleArns?: readonly string[];
  readonly objectLock: BackupAccountConfig['objectLock'];
  /** Days after which objects move on. */
  readonly lifecycle: BackupAccountConfig['lifecycle'];
  /** How long access logs are kept, in days. */
  readonly logRetentionDays: number;
  /** An existing bucket to use instead; its policy is left unchanged. */
  readonly existingBucketName?: string;
  /** An existing key to use instead; its policy is left unchanged. */
  readonly existingKeyArn?: string;
}

/** S3 never expires what is still locked, so this only has to be long enough to be noticed. */
const INCOMPLETE_UPLOAD_DAYS = 7;

export class BackupVault extends Construct {
  readonly bucket: IBucket;
  readonly key: IKey;
  /** Absent with an existing bucket: whoever made it decides where it logs to. */
  readonly accessLogs?: Bucket;
  readonly #props: BackupVaultProps;

  constructor(scope: Construct, id: string, props: BackupVaultProps) {
    super(scope, id);
    this.#props = props;
    this.key = props.existingKeyArn === undefined ? this.#makeKey() : this.#importKey(props.existingKeyArn);
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
  grantRead(grantee: IGrantable, keyPrefix = ''): Grant {
    const objects = this.bucket.arnForObjects(`${keyPrefix}*`);
    const list = Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [this.bucket.bucketArn] });
    const get = Grant.addToPrincipal({
      grantee,
      actions: ['s3:GetObject', 's3:GetObjectVersion'],
      resourceArns: [objects],
    });
    return list.combine(get).combine(this.#grantKey(grantee, 'kms:Decrypt', objects));
  }

  /** Lets a principal of this account store new objects; those of other accounts are `writers`. */
  grantPut(grantee: IGrantable, keyPrefix: string): Grant {
    const objects = this.bucket.arnForObjects(`${keyPrefix}*`);
    const put = Grant.addToPrincipal({
      grantee,
      actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
      resourceArns: [objects],
    });
    return put
      .combine(this.#grantKey(grantee, 'kms:GenerateDataKey', objects))
      .combine(this.#grantKey(grantee, 'kms:Decrypt', objects));
  }

  /** Daily size of the bucket, in bytes. */
  metricSize(
    storageClass: 'StandardStorage' | 'StandardIAStorage' | 'GlacierInstantRetrievalStorage' = 'StandardStorage',
  ): Metric {
    return this.#daily('BucketSizeBytes', storageClass);
  }

  /** Daily number of objects in the bucket, hidden versions included. */
  metricObjects(): Metric {
    return this.#daily('NumberOfObjects', 'AllStorageTypes');
  }

  #daily(metricName: string, storageType: string): Metric {
    return new Metric({
      namespace: 'AWS/S3',
      metricName,
      dimensionsMap: { BucketName: this.#props.bucketName, StorageType: storageType },
      statistic: Stats.AVERAGE,
      period: Duration.days(1),
    });
  }

  /** Through S3 and for these objects only, in the principal's policy and the key's. */
  #grantKey(grantee: IGrantable, action: string, objects: string): Grant {
    const conditions = throughS3(this.#props.region, objects);
    const principal: IPrincipal = grantee.grantPrincipal;
    principal.addToPrincipalPolicy(
      new PolicyStatement({ actions: [action], resources: [this.key.keyArn], conditions }),
    );
    const statement = new PolicyStatement({ principals: [principal], actions: [action], resources: ['*'], conditions });
    const { statementAdded } = this.key.addToResourcePolicy(statement);
    if (!statementAdded) this.#warnOfPolicy('key', 'grants');
    return Grant.drop(grantee, 'the policies are set');
  }

  #makeKey(): Key {
    const {
      region,
      bucketName,
      writers = [],
      keyAdminRoleArns,
      readerRoleArns = [],
      proverRoleArns = [],
    } = this.#props;
    const policy = vaultKeyPolicy({
      partition: partitionOf(region),
      region,
      account: Stack.of(this).account,
      bucket: bucketName,
      writers,
      adminRoleArns: keyAdminRoleArns,
      readerRoleArns,
      proverRoleArns,
    });
    return new Key(this, 'Key', {
      alias: this.#props.keyAlias,
      description: `Backups in ${bucketName}. Deleting it deletes them.`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      policy: PolicyDocument.fromJson(policy),
      // If administrators are named, CloudFormation is not one of them: deleting the key after a first deployment that
      // failed would be refused, and so would the rollback.
      removalPolicy: keyAdminRoleArns?.length ? RemovalPolicy.RETAIN : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }

  #makeBucket(accessLogs: Bucket): Bucket {
    const { bucketName, objectLock, lifecycle } = this.#props;
    const days = Duration.days(objectLock.days);
    const bucket = new Bucket(this, 'Bucket', {
      bucketName,
      versioned: true,
      objectLockEnabled: true,
      objectLockDefaultRetention:
        objectLock.mode === 'COMPLIANCE' ? ObjectLockRetention.compliance(days) : ObjectLockRetention.governance(days),
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      // With bucket keys the encryption context is the bucket, and nothing would hold a writer to its prefix.
      bucketKeyEnabled: false,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'vault/',
      lifecycleRules: [
        {
          id: 'tiering',
          transitions: [
            {
              storageClass: StorageClass.INFREQUENT_ACCESS,
              transitionAfter: Duration.days(lifecycle.infrequentAccessAfterDays),
            },
            {
              storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL,
              transitionAfter: Duration.days(lifecycle.archiveAfterDays),
            },
          ],
        },
        {
          id: 'hidden-versions',
          noncurrentVersionExpiration: Duration.days(lifecycle.noncurrentDays),
          expiredObjectDeleteMarker: true,
        },
        { id: 'incomplete-uploads', abortIncompleteMultipartUploadAfter: Duration.days(INCOMPLETE_UPLOAD_DAYS) },
      ],
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    blockCustomerKeys(bucket);
    const {
      region,
      writers = [],
      objectLock: { bypassRoles },
    } = this.#props;
    const policy = vaultBucketPolicy({
      partition: partitionOf(region),
      account: Stack.of(this).account,
      bucket: bucketName,
      keyArn: this.key.keyArn,
      writers,
      bypassRoleArns: bypassRoles,
    });
    for (const statement of policy.Statement) bucket.addToResourcePolicy(PolicyStatement.fromJson(statement));
    acknowledge(bucket, {
      ...reasonsFor(rules('S3BucketReplicationEnabled'), 'The vault is itself the second copy of every database.'),
      ...reasonsFor(
        ['AwsSolutions-S10', ...rules('S3BucketSSLRequestsOnly')],
        'The policy denies every request without TLS. cdk-nag does not know the bucket by the name in the ARN.',
      ),
    });
    return bucket;
  }

  #makeAccessLogs(): Bucket {
    const bucket = new Bucket(this, 'AccessLogs', {
      bucketName: accessLogBucketName(this.#props.bucketName),
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
          expiration: Duration.days(this.#props.logRetentionDays),
          noncurrentVersionExpiration: Duration.days(30),
          abortIncompleteMultipartUploadAfter: Duration.days(INCOMPLETE_UPLOAD_DAYS),
        },
      ],
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
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
