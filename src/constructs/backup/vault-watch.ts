/**
 * Tells people when a role that reads backups is assumed or changed, and when somebody weakens what protects the vault:
 * the policies, the key, the lock.
 *
 * The events come from CloudTrail, so the account needs a trail that records management events. Those of IAM come in
 * one Region of each partition only, whichever the vault's is.
 */
import { Annotations, Fn, Token } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { placeOf } from '../shared/place.js';
import { AlarmTopic } from '../shared/alarm-topic.js';

export interface VaultWatchProps {
  /** Of the vault. */
  readonly bucketName: string;
  /** Of the vault. */
  readonly keyArn: string;
  /** ARNs of the roles that decrypt backups. */
  readonly readerRoleArns: readonly string[];
  /** Encrypts the topic: an `OperationsKey` admits who publishes to it. */
  readonly encryptionKey: IKey;
  /** @default CloudFormation's */
  readonly topicName?: string;
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
  'DeleteBucketOwnershipControls',
  'DeleteBucketPolicy',
  'DeleteBucketPublicAccessBlock',
  'DeleteBucketReplication',
  'PutBucketAcl',
  'PutBucketEncryption',
  'PutBucketLifecycle',
  'PutBucketLogging',
  'PutBucketObjectLockConfiguration',
  'PutBucketOwnershipControls',
  'PutBucketPolicy',
  'PutBucketPublicAccessBlock',
  'PutBucketReplication',
  'PutBucketVersioning',
];

/** The last two require another trust policy first. */
const ROLE_TAKEN = ['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity'];

/** What lets others assume a role, gives it more, or recreates one under the name that the key's policy admits. */
const ROLE_EVENTS = [
  'AttachRolePolicy',
  'CreateRole',
  'DeleteRole',
  'DeleteRolePermissionsBoundary',
  'DeleteRolePolicy',
  'DetachRolePolicy',
  'PutRolePermissionsBoundary',
  'PutRolePolicy',
  'UpdateAssumeRolePolicy',
  'UpdateRole',
];

/** Where CloudTrail reports IAM events, by partition. */
const REGIONS_OF_IAM: Readonly<Record<string, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-eusc': 'eusc-de-east-1',
  'aws-iso': 'us-iso-east-1',
  'aws-iso-b': 'us-isob-east-1',
  'aws-iso-e': 'eu-isoe-west-1',
  'aws-iso-f': 'us-isof-south-1',
};

export class VaultWatch extends Construct {
  readonly topic: AlarmTopic;

  constructor(scope: Construct, id: string, props: VaultWatchProps) {
    super(scope, id);
    this.topic = new AlarmTopic(this, 'Topic', {
      topicName: props.topicName,
      encryptionKey: props.encryptionKey,
      emails: props.emails,
    });
    this.topic.admitEvents();
    const keyId = props.keyArn;
    this.#rule(
      'KeyChanged',
      'Somebody changed who may use the key of the vault, disabled it or its rotation, or scheduled its deletion.',
      {
        source: ['aws.kms'],
        detail: { eventName: KEY_EVENTS, resources: { ARN: [keyId] } },
      },
    );
    this.#rule('BucketChanged', 'Somebody changed what protects the bucket of the vault.', {
      source: ['aws.s3'],
      detail: { eventName: BUCKET_EVENTS, requestParameters: { bucketName: [props.bucketName] } },
    });
    this.#rule('ReaderRoleTaken', 'Somebody assumed a role that reads backups.', {
      source: ['aws.sts'],
      detail: { eventName: ROLE_TAKEN, requestParameters: { roleArn: props.readerRoleArns } },
    });
    this.#watchRoles(props);
  }

  /** Where the Region is only known at deployment the rule is made too: elsewhere it would see nothing. */
  #watchRoles({ readerRoleArns }: VaultWatchProps): void {
    const { partition, region } = placeOf(this);
    const regionOfIam = REGIONS_OF_IAM[partition];
    const isUnknown = Token.isUnresolved(region);
    const roleName = readerRoleArns.map(nameOfRole);
    if (region === regionOfIam || isUnknown) {
      this.#rule('ReaderRoleChanged', 'Somebody changed a role that reads backups, or who may assume it.', {
        source: ['aws.iam'],
        detail: { eventName: ROLE_EVENTS, requestParameters: { roleName } },
      });
    }
    if (region === regionOfIam) return;
    const names = readerRoleArns.map((arn) => arn.slice(arn.lastIndexOf('/') + 1)).join(', ');
    const where = isUnknown
      ? "IAM events arrive only in one Region of each partition, us-east-1 of aws, and this stack's Region is only known at deployment. Give the stack an env, or create a rule there"
      : `IAM events arrive only in ${regionOfIam}, and this stack is in ${region}. Create a rule there`;
    Annotations.of(this).addWarningV2(
      'holdfast:changes-of-roles-unwatched',
      `Nobody is told when somebody changes the roles that read backups (${names}): ${where}: docs/explanation/aws-backups.md has it.`,
    );
  }

  #rule(id: string, description: string, pattern: { source: string[]; detail: object }): void {
    new CfnRule(this, id, {
      description,
      eventPattern: { 'detail-type': ['AWS API Call via CloudTrail'], ...pattern },
      // Assuming a role counts as reading, and those events go to no rule that does not ask for all.
      state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      targets: [{ id: 'topic', arn: this.topic.topicArn }],
    });
  }
}

/** What comes behind the path; of a role that has no name yet, by a function of CloudFormation's. */
function nameOfRole(arn: string): string {
  const slash = arn.lastIndexOf('/');
  return slash === -1 ? Fn.select(1, Fn.split('/', arn)) : arn.slice(slash + 1);
}
