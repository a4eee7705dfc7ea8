/** What the roles of the rotation functions may do, asked of the policies in the synthesized template. */
import { beforeAll, describe, expect, it } from 'vitest';
import { OWNER_TAG } from '../../src/rotation/redis/owner.js';
import { ACCOUNT, REGION } from '../constructs/data-layer/data-layer-stacks.js';
import { ask, roleArn } from './data-layer-simulation.js';
import { rotationTemplate, type RotationTemplate } from '../constructs/rotation/rotation-stacks.js';

const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const secret = (name: string) => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-AbCdEf`;
const lambda = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:fintech-rotation-${name}`;

/** The CDK loads and synthesizes in seconds, on a machine that has nothing else to do. */
const SYNTHESIS_MS = 60_000;
let template: RotationTemplate;
beforeAll(() => {
  template = rotationTemplate({}, { backups: true });
}, SYNTHESIS_MS);

async function may(role: string, action: string, resource: string, context: Record<string, string | string[]> = {}) {
  const principal = roleArn(role);
  const identityPolicy = template.policyOf(role);
  // A key decides by its own policy as well.
  const asked = action.startsWith('kms:')
    ? { context: { 'kms:CallerAccount': ACCOUNT, ...context }, resourcePolicy: template.keyPolicy }
    : { context };
  return (await ask({ principal, action, resource, identityPolicy, ...asked })) === 'Allowed';
}

const ownedBy = (name: string) => ({ 'secretsmanager:resource/AllowRotationLambdaArn': lambda(name) });
const SECRETS = [
  'fintech/db-credentials',
  'fintech/backup-credentials',
  'fintech/redis-auth',
  'fintech/encryption-key',
  'fintech/api-keys',
];
const ROTATING = ['GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage', 'DescribeSecret'];

describe.each([
  ['database-user', 'fintech/db-credentials'],
  ['backup-user', 'fintech/backup-credentials'],
  ['redis-auth', 'fintech/redis-auth'],
  ['encryption-key', 'fintech/encryption-key'],
])('the role of the function %s', (name, own) => {
  it.each(ROTATING)('may secretsmanager:%s on its own secret, and on no other one', async (action) => {
    for (const each of SECRETS) {
      const allowed = await may(name, `secretsmanager:${action}`, secret(each), ownedBy(name));
      expect(allowed, each).toBe(each === own);
    }
  });

  it('may touch its secret only while that names this function as its own', async () => {
    expect(await may(name, 'secretsmanager:PutSecretValue', secret(own), ownedBy('another'))).toBe(false);
    expect(await may(name, 'secretsmanager:PutSecretValue', secret(own))).toBe(false);
  });

  it('may neither delete a secret, nor change its policy, nor start a rotation', async () => {
    for (const action of ['DeleteSecret', 'PutResourcePolicy', 'RotateSecret', 'UpdateSecret', 'CancelRotateSecret']) {
      expect(await may(name, `secretsmanager:${action}`, secret(own), ownedBy(name)), action).toBe(false);
    }
  });

  it('may decrypt with the data key through Secrets Manager, for its own secret alone', async () => {
    const context = (service: string, arn: string) => ({
      'kms:ViaService': `${service}.${REGION}.amazonaws.com`,
      'kms:EncryptionContext:SecretARN': arn,
    });
    expect(await may(name, 'kms:Decrypt', KEY, context('secretsmanager', secret(own)))).toBe(true);
    expect(await may(name, 'kms:Decrypt', KEY, context('secretsmanager', secret('fintech/api-keys')))).toBe(false);
    expect(await may(name, 'kms:Decrypt', KEY, context('s3', secret(own)))).toBe(false);
    expect(await may(name, 'kms:Decrypt', KEY)).toBe(false);
    expect(await may(name, 'kms:CreateGrant', KEY, context('secretsmanager', secret(own)))).toBe(false);
  });
});

describe('beyond secrets', () => {
  const master = secret('rds!cluster-1234');

  it("the function of the database user reads the administrator's secret, and cannot change it", async () => {
    expect(await may('database-user', 'secretsmanager:GetSecretValue', master)).toBe(true);
    expect(await may('database-user', 'secretsmanager:PutSecretValue', master, ownedBy('database-user'))).toBe(false);
    expect(await may('redis-auth', 'secretsmanager:GetSecretValue', master, ownedBy('redis-auth'))).toBe(false);
    expect(await may('encryption-key', 'secretsmanager:GetSecretValue', master)).toBe(false);
  });

  it('the function of Redis changes its own user, and no other one and no cluster', async () => {
    const arn = (what: string) => `arn:aws:elasticache:${REGION}:${ACCOUNT}:${what}`;
    const user = template.redisUserId;
    expect(await may('redis-auth', 'elasticache:ModifyUser', arn(`user:${user}`))).toBe(true);
    expect(await may('redis-auth', 'elasticache:ModifyUser', arn('user:other'))).toBe(false);
    expect(await may('redis-auth', 'elasticache:DeleteUser', arn(`user:${user}`))).toBe(false);
    expect(await may('redis-auth', 'elasticache:ModifyReplicationGroup', arn('replicationgroup:fintech-redis'))).toBe(
      false,
    );
    expect(await may('database-user', 'elasticache:ModifyUser', arn(`user:${user}`))).toBe(false);
    const tagging = (key: string) => ({ 'aws:TagKeys': [key] });
    expect(await may('redis-auth', 'elasticache:AddTagsToResource', arn(`user:${user}`), tagging(OWNER_TAG))).toBe(
      true,
    );
    expect(await may('redis-auth', 'elasticache:AddTagsToResource', arn('user:other'), tagging(OWNER_TAG))).toBe(false);
    expect(await may('redis-auth', 'elasticache:AddTagsToResource', arn(`user:${user}`), tagging('owner'))).toBe(false);
    expect(await may('redis-auth', 'elasticache:AddTagsToResource', arn(`user:${user}`))).toBe(false);
    expect(await may('redis-auth', 'elasticache:RemoveTagsFromResource', arn(`user:${user}`))).toBe(false);
    expect(await may('redis-auth', 'elasticache:ListTagsForResource', arn(`user:${user}`))).toBe(true);
  });

  it("network interfaces are made by Lambda, and not by the function's own code", async () => {
    const eni = `arn:aws:ec2:${REGION}:${ACCOUNT}:network-interface/*`;
    expect(await may('database-user', 'ec2:CreateNetworkInterface', eni)).toBe(true);
    const itself = { 'lambda:SourceFunctionArn': lambda('database-user') };
    expect(await may('database-user', 'ec2:CreateNetworkInterface', eni, itself)).toBe(false);
    expect(await may('encryption-key', 'ec2:CreateNetworkInterface', eni)).toBe(false);
  });

  it('the watch describes secrets, and reads none', async () => {
    for (const action of ['secretsmanager:DescribeSecret', 'secretsmanager:ListSecretVersionIds']) {
      expect(await may('watch', action, secret('fintech/api-keys')), action).toBe(true);
    }
    for (const each of SECRETS) expect(await may('watch', 'secretsmanager:GetSecretValue', secret(each))).toBe(false);
  });
});
