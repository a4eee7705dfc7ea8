import { beforeAll, expect, it } from 'vitest';
import { parseRotationSettings } from '../../../src/rotation/settings.js';
import { resourcesOf, resourceWith } from '../data-layer/data-layer-stacks.js';
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
