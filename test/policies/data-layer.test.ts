/** Who can do what, by the policies of the synthesized template. Cases are data: name, question, answer. */
import { describe, expect, it } from 'vitest';
import { ACCOUNT, EXISTING_NETWORK, REGION, synthesized } from '../constructs/data-layer/data-layer-stacks.js';
import {
  ask,
  DATA_BUCKET,
  DEPLOYMENT_ROLE,
  EVERYTHING,
  KEY_ARN,
  LOG_BUCKET,
  REPLICA_BUCKET,
  roleArn,
  secretArn,
  TemplatePolicies,
  type Question,
} from './data-layer-simulation.js';

const ADMINISTRATOR = roleArn('KeyAdministrators');
const DEVELOPER = roleArn('Developer');
const TASK_ROLE = roleArn('FinTech-ECS-TaskRole');
const REPLICATION_ROLE = roleArn('replication');
const FOREIGNER = roleArn('Developer', '999999999999');

const template = synthesized({ key: { administrators: [ADMINISTRATOR] }, network: EXISTING_NETWORK });
const policies = new TemplatePolicies(template);
// Without named administrators, IAM decides who administers.
const unnamed = new TemplatePolicies(synthesized({ network: EXISTING_NETWORK }));

const SERVICES = ['rds', 'dynamodb', 's3', 'secretsmanager', 'elasticache'];
const USE = ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
const through = (service: string) => ({
  'kms:ViaService': `${service}.${REGION}.amazonaws.com`,
  'kms:CallerAccount': ACCOUNT,
});
const direct = { 'kms:CallerAccount': ACCOUNT };

/** A principal with all rights in IAM: only the key's policy is asked. */
function onKey(principal: string, action: string, context: Question['context'], from = policies): Promise<string> {
  return ask({ principal, action, resource: KEY_ARN, context, identityPolicy: EVERYTHING, resourcePolicy: from.key });
}

describe('the key', () => {
  describe.each(SERVICES)('through %s', (service) => {
    it.each(USE)('%s is allowed for a principal of the account whose own policy allows it', async (action) => {
      expect(await onKey(DEVELOPER, action, through(service))).toBe('Allowed');
    });

    it.each(USE)('%s is not allowed for an administrator with all rights', async (action) => {
      expect(await onKey(ADMINISTRATOR, action, through(service))).not.toBe('Allowed');
    });

    it('a principal whose own policy says nothing decrypts nothing', async () => {
      const context = through(service);
      const question = { principal: DEVELOPER, action: 'kms:Decrypt', resource: KEY_ARN, context };
      expect(await ask({ ...question, resourcePolicy: policies.key })).not.toBe('Allowed');
    });

    it('a grant can be made for the service, and for nobody else', async () => {
      const grant = (isForService: string) =>
        onKey(DEVELOPER, 'kms:CreateGrant', { ...through(service), 'kms:GrantIsForAWSResource': isForService });
      expect(await grant('true')).toBe('Allowed');
      expect(await grant('false')).not.toBe('Allowed');
    });
  });

  it.each([
    ['a developer', DEVELOPER],
    ['an administrator', ADMINISTRATOR],
    ['the deployment', DEPLOYMENT_ROLE],
    ['the task role', TASK_ROLE],
    ['the root user', `arn:aws:iam::${ACCOUNT}:root`],
  ])('nobody uses it directly: %s with all rights', async (_who, principal) => {
    for (const action of USE) expect(await onKey(principal, action, direct), action).not.toBe('Allowed');
    for (const action of USE) expect(await onKey(principal, action, direct, unnamed), action).not.toBe('Allowed');
  });

  it.each(['ec2', 'lambda', 'sqs', 'logs'])('nobody uses it through %s', async (service) => {
    expect(await onKey(DEVELOPER, 'kms:Decrypt', through(service))).not.toBe('Allowed');
  });

  it('nobody uses it through a service in another Region', async () => {
    const context = { ...direct, 'kms:ViaService': 's3.eu-central-1.amazonaws.com' };
    expect(await onKey(DEVELOPER, 'kms:Decrypt', context)).not.toBe('Allowed');
  });

  it('nobody of another account uses it, even through a service', async () => {
    const context = { ...through('s3'), 'kms:CallerAccount': '999999999999' };
    expect(await onKey(FOREIGNER, 'kms:Decrypt', context)).not.toBe('Allowed');
  });

  it.each(['kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion', 'kms:DisableKey', 'kms:TagResource'])(
    'administrators and the deployment may %s, others not',
    async (action) => {
      expect(await onKey(ADMINISTRATOR, action, direct)).toBe('Allowed');
      expect(await onKey(DEPLOYMENT_ROLE, action, direct)).toBe('Allowed');
      expect(await onKey(DEVELOPER, action, direct)).not.toBe('Allowed');
    },
  );

  it('an administrator makes no grant, which could give the use of it away', async () => {
    const grant = { 'kms:GrantIsForAWSResource': 'true' };
    expect(await onKey(ADMINISTRATOR, 'kms:CreateGrant', { ...direct, ...grant })).not.toBe('Allowed');
    expect(await onKey(ADMINISTRATOR, 'kms:CreateGrant', { ...through('rds'), ...grant })).not.toBe('Allowed');
  });

  it('the deployment lets ElastiCache use it, whether or not the request says through which service', async () => {
    const grant = { 'kms:GrantIsForAWSResource': 'true' };
    expect(await onKey(DEPLOYMENT_ROLE, 'kms:CreateGrant', { ...direct, ...grant })).toBe('Allowed');
    expect(await onKey(DEVELOPER, 'kms:CreateGrant', { ...direct, ...grant })).not.toBe('Allowed');
  });

  it('everybody in the account whose own policy allows it reads its settings: auditors', async () => {
    for (const action of ['kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:GetKeyRotationStatus']) {
      expect(await onKey(DEVELOPER, action, direct), action).toBe('Allowed');
    }
  });

  it.each([
    ['/aws/rds/cluster/fintech-db-cluster/postgresql', 'Allowed'],
    ['/aws/elasticache/fintech-redis/slow-log', 'Allowed'],
    ['/aws/lambda/other', 'ImplicitlyDenied'],
  ])('CloudWatch Logs encrypts the group %s with it: %s', async (group, answer) => {
    const asked = ask({
      principal: `logs.${REGION}.amazonaws.com`,
      action: 'kms:GenerateDataKey',
      resource: KEY_ARN,
      context: { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}` },
      resourcePolicy: policies.key,
    });
    expect(await asked).toBe(answer);
  });
});

describe('the task role', () => {
  const SECRETS = ['db-credentials', 'api-keys', 'encryption-key', 'redis-auth'].map((name) => `fintech/${name}`);
  const asTask = (
    action: string,
    resource: string,
    context: Question['context'] = {},
    resourcePolicy?: Question['resourcePolicy'],
  ) => ask({ principal: TASK_ROLE, action, resource, context, identityPolicy: policies.taskRole, resourcePolicy });
  const decrypt = (secret: string, context: Question['context'] = through('secretsmanager')) =>
    asTask('kms:Decrypt', KEY_ARN, { ...context, 'kms:EncryptionContext:SecretARN': secret }, policies.key);

  it.each(SECRETS)('reads %s and decrypts it', async (name) => {
    expect(await asTask('secretsmanager:GetSecretValue', secretArn(name))).toBe('Allowed');
    expect(await decrypt(secretArn(name))).toBe('Allowed');
  });

  it.each(['rds!cluster-1234', 'fintech/another', 'fintech/backup-credentials', 'fintech/db-credentials-old'])(
    'does not read %s, nor decrypt it',
    async (name) => {
      expect(await asTask('secretsmanager:GetSecretValue', secretArn(name))).not.toBe('Allowed');
      expect(await decrypt(secretArn(name))).not.toBe('Allowed');
    },
  );

  it('does not read a secret of the same name in another account', async () => {
    const foreign = secretArn('fintech/api-keys').replace(ACCOUNT, '999999999999');
    expect(await asTask('secretsmanager:GetSecretValue', foreign)).not.toBe('Allowed');
  });

  it('decrypts nothing directly, and nothing through S3', async () => {
    const [first = ''] = SECRETS.map(secretArn);
    expect(await decrypt(first, direct)).not.toBe('Allowed');
    expect(await decrypt(first, through('s3'))).not.toBe('Allowed');
  });

  it.each(['secretsmanager:PutSecretValue', 'secretsmanager:DeleteSecret', 'secretsmanager:UpdateSecretVersionStage'])(
    'may not %s',
    async (action) => {
      expect(await asTask(action, secretArn('fintech/api-keys'))).not.toBe('Allowed');
    },
  );

  it.each([
    ['s3:GetObject', `${DATA_BUCKET}/raw/1`],
    ['dynamodb:GetItem', `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/FinTechAccounts`],
    ['rds:DescribeDBClusters', `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:fintech-db-cluster`],
    ['kms:Encrypt', KEY_ARN],
  ])('may nothing else: %s', async (action, resource) => {
    expect(await asTask(action, resource)).not.toBe('Allowed');
  });
});

describe('the replication role', () => {
  const asReplication = (action: string, resource: string, context: Question['context'] = {}) =>
    ask({
      principal: REPLICATION_ROLE,
      action,
      resource,
      context,
      identityPolicy: policies.replicationRole,
      resourcePolicy: resource === KEY_ARN ? policies.key : undefined,
    });
  const inBucket = (arn: string) => ({ ...through('s3'), 'kms:EncryptionContext:aws:s3:arn': arn });

  it.each([
    ['s3:GetReplicationConfiguration', DATA_BUCKET],
    ['s3:ListBucket', DATA_BUCKET],
    ['s3:GetObjectVersionForReplication', `${DATA_BUCKET}/raw/1`],
    ['s3:GetObjectVersionAcl', `${DATA_BUCKET}/raw/1`],
    ['s3:GetObjectVersionTagging', `${DATA_BUCKET}/raw/1`],
    ['s3:ReplicateObject', `${REPLICA_BUCKET}/raw/1`],
    ['s3:ReplicateDelete', `${REPLICA_BUCKET}/raw/1`],
    ['s3:ReplicateTags', `${REPLICA_BUCKET}/raw/1`],
  ])('may %s on %s', async (action, resource) => {
    expect(await asReplication(action, resource)).toBe('Allowed');
  });

  it.each([
    ['of the bucket, where a bucket key is used', ''],
    ['of the object, where a writer asked for none', '/raw/1'],
  ])('decrypts what it copies and encrypts the copy, in the context %s', async (_which, object) => {
    expect(await asReplication('kms:Decrypt', KEY_ARN, inBucket(`${DATA_BUCKET}${object}`))).toBe('Allowed');
    expect(await asReplication('kms:Encrypt', KEY_ARN, inBucket(`${REPLICA_BUCKET}${object}`))).toBe('Allowed');
  });

  it('does not decrypt the replica, nor encrypt into the data lake, nor decrypt anything but objects', async () => {
    expect(await asReplication('kms:Decrypt', KEY_ARN, inBucket(REPLICA_BUCKET))).not.toBe('Allowed');
    expect(await asReplication('kms:Encrypt', KEY_ARN, inBucket(DATA_BUCKET))).not.toBe('Allowed');
    expect(await asReplication('kms:Decrypt', KEY_ARN, through('secretsmanager'))).not.toBe('Allowed');
  });

  it.each([
    ['s3:GetObject', `${REPLICA_BUCKET}/raw/1`],
    ['s3:PutObject', `${DATA_BUCKET}/raw/1`],
    ['s3:DeleteObject', `${DATA_BUCKET}/raw/1`],
    ['s3:DeleteObjectVersion', `${REPLICA_BUCKET}/raw/1`],
    ['s3:ReplicateObject', `${LOG_BUCKET}/source-logs/1`],
    ['s3:GetObjectVersionForReplication', `${LOG_BUCKET}/source-logs/1`],
  ])('may not %s on %s', async (action, resource) => {
    expect(await asReplication(action, resource)).not.toBe('Allowed');
  });
});

describe('the log bucket', () => {
  const deliver = (resource: string, context: Question['context'], principal = 'logging.s3.amazonaws.com') =>
    ask({ principal, action: 's3:PutObject', resource, context, resourcePolicy: policies.bucket(LOG_BUCKET) });
  const from = (bucket: string, account = ACCOUNT) => ({ 'aws:SourceArn': bucket, 'aws:SourceAccount': account });

  it.each([
    ['the data lake', DATA_BUCKET, 'source-logs'],
    ['the replica', REPLICA_BUCKET, 'replica-logs'],
  ])('takes the log of %s under its own prefix', async (_which, bucket, prefix) => {
    expect(await deliver(`${LOG_BUCKET}/${prefix}/1`, from(bucket))).toBe('Allowed');
    const otherPrefix = prefix === 'source-logs' ? 'replica-logs' : 'source-logs';
    expect(await deliver(`${LOG_BUCKET}/${otherPrefix}/1`, from(bucket))).not.toBe('Allowed');
    expect(await deliver(`${LOG_BUCKET}/1`, from(bucket))).not.toBe('Allowed');
  });

  it('takes no log of another bucket or account, and nothing of another service', async () => {
    const resource = `${LOG_BUCKET}/source-logs/1`;
    expect(await deliver(resource, from('arn:aws:s3:::another'))).not.toBe('Allowed');
    expect(await deliver(resource, from(DATA_BUCKET, '999999999999'))).not.toBe('Allowed');
    expect(await deliver(resource, from(DATA_BUCKET), 'delivery.logs.amazonaws.com')).not.toBe('Allowed');
  });

  it('refuses everybody without TLS', async () => {
    const read = (secure: string) =>
      ask({
        principal: DEVELOPER,
        action: 's3:GetObject',
        resource: `${LOG_BUCKET}/source-logs/1`,
        context: { 'aws:SecureTransport': secure },
        identityPolicy: EVERYTHING,
        resourcePolicy: policies.bucket(LOG_BUCKET),
      });
    expect(await read('true')).toBe('Allowed');
    expect(await read('false')).toBe('ExplicitlyDenied');
  });
});

describe.each([
  ['the data lake', DATA_BUCKET],
  ['the replica', REPLICA_BUCKET],
])('%s', (_which, bucket) => {
  const ENCRYPTION = 's3:x-amz-server-side-encryption';
  const KEY_ID = 's3:x-amz-server-side-encryption-aws-kms-key-id';
  const put = (context: Question['context']) =>
    ask({
      principal: DEVELOPER,
      action: 's3:PutObject',
      resource: `${bucket}/raw/1`,
      context,
      identityPolicy: EVERYTHING,
      resourcePolicy: policies.bucket(bucket),
    });

  it('takes an object under its key, and one without a header, which the default encrypts', async () => {
    expect(await put({ [ENCRYPTION]: 'aws:kms', [KEY_ID]: KEY_ARN })).toBe('Allowed');
    expect(await put({})).toBe('Allowed');
  });

  it.each([
    ['SSE-S3', { [ENCRYPTION]: 'AES256' }],
    ['two layers of KMS', { [ENCRYPTION]: 'aws:kms:dsse', [KEY_ID]: KEY_ARN }],
    ['another key', { [ENCRYPTION]: 'aws:kms', [KEY_ID]: KEY_ARN.replace('1234abcd', '99999999') }],
    ['KMS without a key, which is that of AWS', { [ENCRYPTION]: 'aws:kms' }],
    ['no TLS', { 'aws:SecureTransport': 'false' }],
  ])('refuses an object with %s', async (_name, context) => {
    expect(await put(context)).toBe('ExplicitlyDenied');
  });
});
