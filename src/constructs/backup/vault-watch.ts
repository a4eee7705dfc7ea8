/**
 * Tells people when somebody reads the vault as a person, or weakens what protects it: the policies, the key, the lock.
 *
 * The events come from CloudTrail, so the account needs a trail that records management events.
 */
import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { watchName } from '../../policies/index.js';
import { AlarmTopic } from '../shared/alarm-topic.js';

export interface VaultWatchProps {
  readonly environment: string;
  readonly bucketName: string;
  readonly keyArn: string;
  readonly restoreRoleArn: string;
  /** Of the topic. */
  readonly encryptionKey: IKey;
  /** Who is told. @default nobody but the topic's other subscribers */
  readonly emails?: readonly string[];
}

/** What makes the key usable by others, or by nobody. */
const KEY_EVENTS = ['PutKeyPolicy', 'CreateGrant', 'DisableKey', 'DisableKeyRotation', 'ScheduleKeyDeletion'];

/** What lets others in, or objects out. */
const BUCKET_EVENTS = [
  'DeleteBucket',
  'DeleteBucketEncryption',
  'DeleteBucketLifecycle',
  'DeleteBucketPolicy',
  'DeleteBucketPublicAccessBlock',
  'PutBucketAcl',
  'PutBucketEncryption',
  'PutBucketLifecycle',
  'PutBucketLogging',
  'PutBucketObjectLockConfiguration',
  'PutBucketPolicy',
  'PutBucketPublicAccessBlock',
  'PutBucketReplication',
  'PutBucketVersioning',
];

export class VaultWatch extends Construct {
  readonly topic: AlarmTopic;

  constructor(scope: Construct, id: string, props: VaultWatchProps) {
    super(scope, id);
    this.topic = new AlarmTopic(this, 'Topic', {
      topicName: watchName(props.environment),
      encryptionKey: props.encryptionKey,
      emails: props.emails,
    });
    this.topic.admitEvents();
    const keyId = props.keyArn;
    this.#rule('KeyChanged', 'Somebody changed who may use the key of the vault, or ends it.', {
      source: ['aws.kms'],
      detail: { eventName: KEY_EVENTS, resources: { ARN: [keyId] } },
    });
    this.#rule('BucketChanged', 'Somebody changed what protects the bucket of the vault.', {
      source: ['aws.s3'],
      detail: { eventName: BUCKET_EVENTS, requestParameters: { bucketName: [props.bucketName] } },
    });
    this.#rule('RestoreRoleTaken', 'Somebody took the role that reads backups.', {
      source: ['aws.sts'],
      detail: { eventName: ['AssumeRole'], requestParameters: { roleArn: [props.restoreRoleArn] } },
    });
  }

  #rule(id: string, description: string, pattern: { source: string[]; detail: object }): void {
    new CfnRule(this, id, {
      description,
      eventPattern: { 'detail-type': ['AWS API Call via CloudTrail'], ...pattern },
      // Taking a role counts as reading, and those events go to no rule that does not ask for all.
      state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      targets: [{ id: 'topic', arn: this.topic.topicArn }],
    });
  }
}
