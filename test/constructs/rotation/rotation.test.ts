import { beforeAll, describe, expect, it } from 'vitest';
import { SecretRotation } from '../../../src/constructs/rotation/index.js';
import { parseRotationSettings, type RotationSettingsInput } from '../../../src/rotation/settings.js';
import { emptyRotationBundles } from '../../helpers/empty-bundles.js';
import { resourcesOf, resourceWith, stackOf } from '../data-layer/data-layer-stacks.js';
import { rotationTemplate, type RotationTemplate } from './rotation-stacks.js';

/** The CDK loads and synthesizes in seconds, on a machine that has nothing else to do. */
const SYNTHESIS_MS = 60_000;
let built: RotationTemplate;
beforeAll(() => {
  built = rotationTemplate();
}, SYNTHESIS_MS);

const functionNamed = (name: string) =>
  resourceWith(built.template, 'AWS::Lambda::Function', 'FunctionName', `fintech-rotation-${name}`)
    .Properties as Record<string, unknown>;

it('rotates every secret that can be rotated each 30 days: those of database, cache and encryption by a function', () => {
  const schedules = resourcesOf(built.template, 'AWS::SecretsManager::RotationSchedule');
  const rules = schedules.map(({ Properties }) => (Properties as { RotationRules: object }).RotationRules);
  expect(rules).toEqual([
    { AutomaticallyAfterDays: 30 },
    { AutomaticallyAfterDays: 30 },
    { AutomaticallyAfterDays: 30 },
    { AutomaticallyAfterDays: 30 },
  ]);
  const withFunction = schedules.filter(({ Properties }) => 'RotationLambdaARN' in (Properties as object));
  // The fourth is the master user's, which RDS rotates by itself.
  expect(withFunction).toHaveLength(3);
});

it.each([
  ['database-user', 120, true],
  ['redis-auth', 900, true],
  ['encryption-key', 30, false],
])('gives the function %s a time limit of %i s, the newest Node.js and its network', (name, Timeout, inVpc) => {
  const properties = functionNamed(name);
  expect(properties).toMatchObject({ Timeout, Runtime: 'nodejs24.x', TracingConfig: { Mode: 'Active' } });
  expect('VpcConfig' in properties).toBe(inVpc);
});

it('hands each function settings that it can read', () => {
  for (const name of ['database-user', 'redis-auth', 'encryption-key']) {
    const { Variables } = functionNamed(name).Environment as { Variables: Record<string, unknown> };
    // References are replaced by whatever text: what is tested is the shape.
    const text = JSON.stringify(Variables.HOLDFAST_ROTATION, (_, value: unknown) => {
      const { 'Fn::Join': join } = (value ?? {}) as { 'Fn::Join'?: [string, unknown[]] };
      return join ? join[1].map((part) => (typeof part === 'string' ? part : 'reference')).join('') : value;
    });
    expect(() => parseRotationSettings(JSON.parse(text) as string, name)).not.toThrow();
  }
});

it('lets Secrets Manager alone call a function, for the one secret', () => {
  const permissions = resourcesOf(built.template, 'AWS::Lambda::Permission').map(
    ({ Properties }) => Properties as Record<string, unknown>,
  );
  const bySecrets = permissions.filter(({ Principal }) => Principal === 'secretsmanager.amazonaws.com');
  expect(bySecrets).toHaveLength(3);
  for (const permission of bySecrets) {
    expect(permission.SourceAccount).toBe('111122223333');
    expect(permission.SourceArn).toBeDefined();
  }
});

it('opens the database and the cache for the functions, and raises an alarm when one fails or a secret is overdue', () => {
  const ingress = resourcesOf(built.template, 'AWS::EC2::SecurityGroupIngress').map(
    ({ Properties }) => Properties as { Description: string; ToPort: unknown },
  );
  expect(ingress.filter(({ Description }) => Description === 'Rotation')).toHaveLength(2);
  const alarms = resourcesOf(built.template, 'AWS::CloudWatch::Alarm').map(
    ({ Properties }) => Properties as Record<string, unknown>,
  );
  expect(alarms.filter(({ MetricName }) => MetricName === 'Errors')).toHaveLength(3);
  expect(alarms.find(({ MetricName }) => MetricName === 'RotationOverdue')).toMatchObject({
    TreatMissingData: 'breaching',
    Dimensions: [{ Name: 'service', Value: 'fintech-rotation-watch' }],
  });
});

it('changes AUTH where the cache has a token and no users', () => {
  const { template, policyOf } = rotationTemplate({ redis: { signIn: 'auth-token' } });
  const text = JSON.stringify(policyOf('redis-auth'));
  expect(text).toContain('elasticache:ModifyReplicationGroup');
  expect(text).not.toContain('elasticache:ModifyUser');
  const properties = resourceWith(template, 'AWS::Lambda::Function', 'FunctionName', 'fintech-rotation-redis-auth');
  expect(JSON.stringify(properties.Properties)).toContain('replicationGroupId');
});

describe('17.2: two secrets for one user', () => {
  const rotations = (...settings: readonly RotationSettingsInput[]) => {
    const { stack } = stackOf({ network: { createCidr: '10.80.0.0/22' } });
    for (const [index, one] of settings.entries()) {
      new SecretRotation(stack, `Rotation${index}`, {
        secret: stack.secrets.apiKeys,
        encryptionKey: stack.encryptionKey,
        settings: one,
        bundles: emptyRotationBundles(),
      });
    }
  };
  const postgres = (users: string[], host: string, strategy?: 'single') => ({
    kind: 'postgres' as const,
    users,
    hosts: [host],
    strategy,
  });
  const user = (userId: string) => ({
    kind: 'redis' as const,
    host: 'cache',
    control: { kind: 'user' as const, userId },
  });
  const acl = (username: string, administratorSecretArn: string) => ({
    kind: 'redis' as const,
    control: { kind: 'acl' as const, username, administratorSecretArn },
  });

  it('is refused where the secret alone would choose the server', () => {
    expect(() => rotations({ kind: 'postgres', users: ['app'] })).toThrow(
      /Rotation0 name neither hosts nor administratorSecretArn/,
    );
    const control = { kind: 'user', userId: 'app' } as const;
    expect(() => rotations({ kind: 'redis', control })).toThrow(/Rotation0 name no host/);
  });

  it('are refused, also where it is the second one of a pair', () => {
    expect(() => rotations(postgres(['app'], 'writer'), postgres(['app'], 'writer', 'single'))).toThrow(
      /The rotations .*Rotation0 and .*Rotation1 are both for the user app of the database at writer\./,
    );
    expect(() => rotations(postgres(['app'], 'writer'), postgres(['app_clone'], 'writer', 'single'))).toThrow(
      'are both for the user app_clone',
    );
    expect(() => rotations(user('cache-app'), user('cache-app'))).toThrow('are both for the cache user cache-app');
    expect(() => rotations(acl('app', 'of-one'), acl('app', 'of-one'))).toThrow('user app of Redis at of-one');
  });

  it('are none where the users or the servers differ', () => {
    expect(() =>
      rotations(
        postgres(['app'], 'writer'),
        postgres(['app'], 'another'),
        postgres(['backup'], 'writer', 'single'),
        user('cache-app'),
        user('cache-other'),
        acl('app', 'of-one'),
        acl('app', 'of-another'),
      ),
    ).not.toThrow();
  });
});

it('17.3: hands the functions the users that the config names', () => {
  const settingsOf = (name: string) => JSON.stringify(functionNamed(name).Environment);
  expect(settingsOf('database-user')).toContain(String.raw`\"users\":[\"fintech_app\"]`);
});
