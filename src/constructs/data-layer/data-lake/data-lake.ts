/** Runbook 4: the data lake, its replica, and the bucket of both their access logs. */
import { ArnFormat, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { StorageClass, type Bucket, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import {
  DEFAULT_ACCESS_LOG_DAYS,
  DEFAULT_LAKE_ARCHIVE_DAYS,
  DEFAULT_LAKE_NONCURRENT_DAYS,
} from '../../../config/sections/data-layer-defaults.js';
import { HoldfastError } from '../../../core/errors.js';
import { bucketNameProblem } from '../../../syntax/bucket-name.js';
import { acknowledge } from '../acknowledge.js';
import { deliverAccessLogs } from '../../shared/access-logs.js';
import { keepResources } from '../../shared/kept.js';
import { generatedName } from '../../shared/place.js';
import { requireOptOut, type OptOutReasons } from '../opt-outs.js';
import { ABORT_INCOMPLETE, accessLogBucket, encryptedBucket } from './lake-buckets.js';
import { ReplicationRole } from './replication-role.js';

const SOURCE_LOG_PREFIX = 'source-logs/';
const REPLICA_LOG_PREFIX = 'replica-logs/';
/** What an account and the longest name of a Region leave of it. */
const LONGEST_OWN_PART = 34;

/** A bucket that exists already, for example in another Region. Its owner sets its policy. */
export interface ExistingReplica {
  readonly bucketName: string;
  /** In the bucket's Region. */
  readonly keyArn: string;
  /** Its owner, where that is another account. */
  readonly account?: string;
}

export interface DataLakeProps {
  readonly encryptionKey: IKey;
  /** @default the CDK's: the construct's path with a digest, and the account and the Region */
  readonly bucketName?: string;
  /** Of the bucket that replicas go to. @default CloudFormation's */
  readonly replicaBucketName?: string;
  /** Of the bucket of the access logs. @default CloudFormation's */
  readonly logBucketName?: string;
  /** Where objects are copied to. @default a bucket of our own in the same Region */
  readonly replica?: ExistingReplica | false;
  /** Whether a delete marker is copied too. A deletion of a version never is. @default false */
  readonly replicateDeleteMarkers?: boolean;
  /** When objects under `archive/` move to Glacier. @default 90 */
  readonly archiveDays?: number;
  /** How long a version stays after a newer one or a delete marker hides it. @default 90 */
  readonly noncurrentDays?: number;
  /** How long access logs are kept. @default 400 */
  readonly logDays?: number;
  /** Further rules of the data lake. @default none */
  readonly lifecycleRules?: readonly LifecycleRule[];
  /** @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
  /** @default nothing is given up */
  readonly optOuts?: OptOutReasons;
}

export class DataLake extends Construct {
  /** The CDK's own construct, with its metrics and further grants. */
  readonly bucket: Bucket;
  readonly replica: Bucket | undefined;
  readonly logs: Bucket;

  readonly #props: DataLakeProps;
  readonly #removalPolicy: RemovalPolicy;
  /** Known before the bucket exists: the bucket needs the replication role, and the role's policy the bucket. */
  readonly #bucketName: string;

  constructor(scope: Construct, id: string, props: DataLakeProps) {
    super(scope, id);
    this.#props = props;
    this.#removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    this.#bucketName = props.bucketName ?? this.#generatedBucketName();
    for (const name of [this.#bucketName, props.replicaBucketName, props.logBucketName]) requireBucketName(name);
    if (props.replica === false) requireOptOut(this, props.optOuts, 's3-replication', 'replica: false');

    this.logs = this.#makeLogs();
    this.bucket = this.#makeBucket();
    deliverAccessLogs(this.bucket, this.logs, SOURCE_LOG_PREFIX);
    if (props.replica === undefined) {
      this.replica = this.#makeReplica();
      deliverAccessLogs(this.replica, this.logs, REPLICA_LOG_PREFIX);
    }
    if (props.replica !== false) this.#replicate(props.replica);
    else acknowledge(this.bucket, 's3-replication', props.optOuts?.['s3-replication'] ?? '');
  }

  /** @param keys a pattern. @default all */
  grantRead(grantee: IGrantable, keys?: string): Grant {
    return this.bucket.grantRead(grantee, keys);
  }

  /** @param keys a pattern. @default all */
  grantReadWrite(grantee: IGrantable, keys?: string): Grant {
    return this.bucket.grantReadWrite(grantee, keys);
  }

  #makeLogs(): Bucket {
    const logs = accessLogBucket(this, 'Logs', {
      bucketName: this.#props.logBucketName,
      removalPolicy: this.#removalPolicy,
      lifecycleRules: [
        {
          id: 'ExpireLogs',
          expiration: Duration.days(this.#props.logDays ?? DEFAULT_ACCESS_LOG_DAYS),
          noncurrentVersionExpiration: Duration.days(30),
        },
        ABORT_INCOMPLETE,
      ],
    });
    acknowledge(logs, 's3-kms', 'S3 delivers access logs only to a bucket with SSE-S3.');
    acknowledge(logs, 's3-replication', 'Logs are kept for 400 days, in versions; nothing is recovered from them.');
    return logs;
  }

  #makeBucket(): Bucket {
    const { archiveDays = DEFAULT_LAKE_ARCHIVE_DAYS, noncurrentDays = DEFAULT_LAKE_NONCURRENT_DAYS } = this.#props;
    const noncurrentVersionExpiration = Duration.days(noncurrentDays);
    return encryptedBucket(this, 'Data', {
      bucketName: this.#bucketName,
      key: this.#props.encryptionKey,
      removalPolicy: this.#removalPolicy,
      lifecycleRules: [
        {
          id: 'Archive',
          prefix: 'archive/',
          transitions: [{ storageClass: StorageClass.GLACIER, transitionAfter: Duration.days(archiveDays) }],
          noncurrentVersionExpiration,
        },
        {
          id: 'Tiering',
          prefix: 'raw/',
          transitions: [{ storageClass: StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(0) }],
          noncurrentVersionExpiration,
        },
        ABORT_INCOMPLETE,
        ...(this.#props.lifecycleRules ?? []),
      ],
    });
  }

  #makeReplica(): Bucket {
    const replica = encryptedBucket(this, 'Replica', {
      bucketName: this.#props.replicaBucketName,
      key: this.#props.encryptionKey,
      removalPolicy: this.#removalPolicy,
      lifecycleRules: [
        {
          id: 'ExpireNoncurrent',
          noncurrentVersionExpiration: Duration.days(this.#props.noncurrentDays ?? DEFAULT_LAKE_NONCURRENT_DAYS),
        },
        ABORT_INCOMPLETE,
      ],
    });
    acknowledge(replica, 's3-replication', 'It is the replica.');
    return replica;
  }

  #replicate(existing: ExistingReplica | undefined): void {
    const { encryptionKey, replicateDeleteMarkers = false } = this.#props;
    const replicaArn = this.replica?.bucketArn ?? this.#bucketArn(existing?.bucketName ?? '');
    const replicaKeyArn = existing?.keyArn ?? encryptionKey.keyArn;
    const { role } = new ReplicationRole(this, 'Replication', {
      sourceArn: this.#bucketArn(this.#bucketName),
      sourceKey: encryptionKey,
      replicaArn,
      replicaKeyArn,
      replicaRegion: existing && Stack.of(this).splitArn(existing.keyArn, ArnFormat.SLASH_RESOURCE_NAME).region,
      handsOver: existing?.account !== undefined,
    });
    // S3 copies as this role for as long as the bucket exists.
    keepResources(this.#removalPolicy, role);
    const resource = resourceOf(this.bucket);
    resource.replicationConfiguration = {
      role: role.roleArn,
      rules: [
        {
          id: 'Replica',
          status: 'Enabled',
          priority: 1,
          filter: { prefix: '' },
          deleteMarkerReplication: { status: replicateDeleteMarkers ? 'Enabled' : 'Disabled' },
          // Without it, S3 silently leaves out every object under a KMS key.
          sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
          destination: {
            bucket: replicaArn,
            encryptionConfiguration: { replicaKmsKeyId: replicaKeyArn },
            ...(existing?.account !== undefined && {
              account: existing.account,
              accessControlTranslation: { owner: 'Destination' },
            }),
          },
        },
      ],
    };
  }

  #generatedBucketName(): string {
    const { account, region } = Stack.of(this);
    return `${generatedName(this, LONGEST_OWN_PART)}-${account}-${region}`;
  }

  #bucketArn(name: string): string {
    return `arn:${Stack.of(this).partition}:s3:::${name}`;
  }
}

function resourceOf(bucket: Bucket): CfnBucket {
  return bucket.node.defaultChild as CfnBucket;
}

/** A name with a reference in it is not known yet. */
function requireBucketName(name: string | undefined): void {
  const problem = name === undefined || Token.isUnresolved(name) ? undefined : bucketNameProblem(name);
  if (problem === undefined) return;
  throw new HoldfastError('CONFIG_INVALID', `"${name}" cannot be the name of a bucket. ${problem}`, {
    hint: 'Change or shorten prefix, or give the bucket another name.',
  });
}
