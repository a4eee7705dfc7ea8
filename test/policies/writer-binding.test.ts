/**
 * What binds a job's role to the prefix of its database, however many there are. Each request is simulated three times:
 * on the bucket's policy, on the key's, and on the role's own, so that none of them leans on another.
 */
import { describe, expect, it } from 'vitest';
import type { ConfigInput } from '../../src/config/index.js';
import {
  bucketPolicyOf,
  keyPolicyOf,
  planVault,
  rolePolicyOf,
  writerRoleName,
  writerRoleTags,
  type VaultPlan,
} from '../../src/policies/index.js';
import {
  BACKUP_ACCOUNT,
  BUCKET,
  configOf,
  OTHER_ACCOUNT,
  REGION,
  SOURCE_ACCOUNT,
} from '../constructs/backup/backup-app.js';
import { bucketArn, CONTEXT_KEY, EVERYTHING, KEY_ARN, simulateRequest } from './simulate-vault.js';

/** Names that lie close together: one begins another, differs in case, or is too long for the name of a role. */
const LONG = 'customer-analytics-warehouse-of-europe';
const LONGER = `${LONG}-archive`;
const NEAR = ['orders', 'orders-eu', 'Orders', LONG, LONGER, 'eu-orders'];

const namesUpTo = (count: number) =>
  [...NEAR, ...Array.from({ length: Math.max(count - NEAR.length, 0) }, (_, index) => `db-${index}`)].slice(0, count);

const config = (databases: readonly string[], rest: Partial<ConfigInput> = {}): ConfigInput => ({
  environment: 'prod',
  region: REGION,
  vault: `s3://${BUCKET}`,
  kmsKeyArn: KEY_ARN,
  databases: databases.map((name) => ({ name, dbName: name, host: 'db.example.com', secretArn: secretOf(name) })),
  backupAccount: { account: BACKUP_ACCOUNT },
  sourceAccount: { account: SOURCE_ACCOUNT },
  ...rest,
});
const secretOf = (name: string) => `arn:aws:secretsmanager:${REGION}:${SOURCE_ACCOUNT}:secret:${name}-AbCdEf`;
const planOf = async (input: ConfigInput) => planVault(await configOf(input));

interface Role {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** @default the source account */
  readonly account?: string;
  /** @default all permissions */
  readonly policy?: unknown;
}

const jobOf = (database: string, environment = 'prod'): Role => ({
  name: writerRoleName(environment, database),
  tags: writerRoleTags(environment, database),
});
const objectOf = (database: string) => `layer2/${database}/2026/11/22/${database}_20261122T030000Z.sql.gz`;

/** Which of the three policies let a role store an object: those of bucket and key by what S3 asks them. */
async function letting(plan: VaultPlan, role: Role, object: string): Promise<string[]> {
  const { name, tags = {}, account = SOURCE_ACCOUNT, policy } = role;
  const principal = `arn:aws:iam::${account}:role/${name}`;
  const context = {
    'aws:PrincipalArn': principal,
    'aws:PrincipalAccount': account,
    'aws:PrincipalIsAWSService': 'false',
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
    'aws:SecureTransport': 'true',
  };
  const put = {
    principal,
    action: 's3:PutObject',
    resource: bucketArn(object),
    context: {
      ...context,
      's3:TlsVersion': '1.3',
      's3:ObjectCreationOperation': 'true',
      's3:if-none-match': '*',
      's3:x-amz-server-side-encryption': 'aws:kms',
      's3:x-amz-server-side-encryption-aws-kms-key-id': KEY_ARN,
    },
  };
  const onKey = (action: string) => ({
    principal,
    action,
    resource: KEY_ARN,
    context: { ...context, 'kms:ViaService': `s3.${REGION}.amazonaws.com`, [CONTEXT_KEY]: bucketArn(object) },
  });
  const bucket = bucketPolicyOf(plan);
  const key = keyPolicyOf(plan);
  const own = policy === undefined ? EVERYTHING : [{ name: 'backup', policy }];
  const open = (action: string) => ({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: action, Resource: '*' },
  });
  const asked = {
    bucket: [{ ...put, identity: EVERYTHING, resourcePolicy: bucket }],
    key: [onKey('kms:GenerateDataKey'), onKey('kms:Decrypt')].map((request) => ({
      ...request,
      identity: EVERYTHING,
      resourcePolicy: key,
    })),
    role: [put, onKey('kms:GenerateDataKey'), onKey('kms:Decrypt')].map((request) => ({
      ...request,
      identity: own,
      resourcePolicy: open(request.action),
    })),
  };
  const found: string[] = [];
  for (const [kind, requests] of Object.entries(asked)) {
    const decisions = await Promise.all(requests.map(simulateRequest));
    expect(decisions.flatMap(({ ignored }) => ignored)).toEqual([]);
    if (decisions.some(({ allowed }) => allowed !== decisions[0]!.allowed)) throw new Error(`${kind} is of two minds.`);
    if (decisions[0]!.allowed) found.push(kind);
  }
  return found;
}

const ALL = ['bucket', 'key', 'role'];
/** A role with all permissions that its own account can give: what is left are bucket and key. */
const NOT_BY_VAULT = ['role'];

const plans = new Map<number, Promise<VaultPlan>>();
/** Of so many databases in one account; made once. */
function planOfMany(count: number): Promise<VaultPlan> {
  const plan = plans.get(count) ?? planOf(config(namesUpTo(count)));
  plans.set(count, plan);
  return plan;
}

describe.each([1, 30, 31, 90, 1000])('A9: with %d databases', (count) => {
  const names = namesUpTo(count);
  const samples = [...new Set([...names.slice(0, NEAR.length), names.at(-1)!])];

  it('each role writes under its own prefix, and under no other by any of the three policies', async () => {
    const plan = await planOfMany(count);
    for (const name of samples) {
      const database = plan.databases.find((one) => one.name === name)!;
      const role = { ...jobOf(name), policy: rolePolicyOf(plan, database) };
      expect(await letting(plan, role, objectOf(name)), name).toEqual(ALL);
      const others = [...samples, 'unheard-of', `${name}-eu`, name.slice(0, -1), name.toUpperCase()];
      for (const other of others.filter((one) => one !== name))
        expect(await letting(plan, role, objectOf(other)), `${name} to ${other}`).toEqual([]);
    }
  });

  it('roles of environments whose names begin alike write nowhere', async () => {
    const plan = await planOfMany(count);
    for (const environment of ['production', 'prod-eu', 'prod2', 'Prod', 'pro']) {
      for (const name of ['orders', 'eu-orders', LONG]) {
        const role = jobOf(name, environment);
        // A role's name is unique in an account: prod-eu's for "orders" is called as prod's for "eu-orders" would be.
        const isNamed = count <= 30 && plan.writers.some(({ roleArn }) => roleArn.endsWith(`/${role.name}`));
        if (isNamed) continue;
        for (const object of [objectOf(name), objectOf('orders'), objectOf('eu-orders')])
          expect(await letting(plan, role, object), `${role.name} to ${object}`).toEqual(NOT_BY_VAULT);
      }
    }
  });
});

describe.each([31, 90, 1000])('A9: a role beyond what can be named, %d databases', (count) => {
  const tagged = (name: string, database?: string, environment?: string): Role => ({
    name,
    tags: {
      ...(database !== undefined && { 'holdfast:database': database }),
      ...(environment !== undefined && { 'holdfast:environment': environment }),
    },
  });
  const role = (suffix: string) => `rds-pgdump-codebuild-role-prod-${suffix}`;

  it.each<[string, Role, string]>([
    ['without the tag', tagged(role('orders')), objectOf('orders')],
    ['with an empty tag', tagged(role('orders'), ''), objectOf('orders')],
    ['with an empty tag and a name that ends there', tagged(role(''), ''), 'layer2//x.sql.gz'],
    ['with the tag of another database', tagged(role('orders'), 'orders-eu'), objectOf('orders-eu')],
    ['with the tag of another database, under its own prefix', tagged(role('orders'), 'orders-eu'), objectOf('orders')],
    ['with its tag in other case', tagged(role('orders'), 'ORDERS'), objectOf('ORDERS')],
    ['with a wildcard for a tag', tagged(role('orders'), '*'), objectOf('orders')],
    ['with a tag that begins as its name and goes on', tagged(role('orders'), 'orders*'), objectOf('orders-eu')],
    ['with a slash in its tag and its path', tagged(role('orders/2026'), 'orders/2026'), 'layer2/orders/2026/x.sql.gz'],
    [
      'with the variable for a tag',
      tagged(role('orders'), '${aws:PrincipalTag/holdfast:database}'),
      objectOf('orders'),
    ],
    ['of no database, with a tag', tagged('Administrator', 'orders', 'prod'), objectOf('orders')],
    ['that all databases would share', tagged('rds-pgdump-codebuild-role-prod', 'orders', 'prod'), objectOf('orders')],
    ['of the other account', { ...jobOf('orders'), account: OTHER_ACCOUNT }, objectOf('orders')],
    [
      'with a shortened name and a short tag',
      { ...jobOf(LONG), tags: writerRoleTags('prod', 'orders') },
      objectOf('orders'),
    ],
    ['with a shortened name and no environment', tagged(jobOf(LONG).name, LONG), objectOf(LONG)],
    ['with a shortened name of another environment', tagged(jobOf(LONG).name, LONG, 'prod-eu'), objectOf(LONG)],
    [
      'with a shortened name and a slash in its tag',
      tagged(jobOf(LONG).name, `${LONG}/2026`, 'prod'),
      `layer2/${LONG}/2026/x`,
    ],
    ['with a shortened name that is not tagged', tagged(jobOf(LONG).name), objectOf(LONG)],
    ['with a short name and a long tag', tagged(role('orders'), LONG, 'prod'), objectOf(LONG)],
  ])('%s writes nowhere', async (_, one, object) => {
    const plan = await planOfMany(count);
    expect(await letting(plan, one, object)).toEqual(NOT_BY_VAULT);
  });
});

describe('A9: accounts beside the own one', () => {
  const source = { account: OTHER_ACCOUNT, prefix: 'team-b' };
  const planWith = (sources: readonly object[], own: readonly string[] = ['orders']) =>
    planOf(config(own, { backupAccount: { account: BACKUP_ACCOUNT, sources: sources as never } }));
  const theirs = (database: string) => ({ ...jobOf(database), account: OTHER_ACCOUNT });
  const under = (object: string) => `team-b/${object}`;
  const ofVault = ['bucket', 'key', 'role'];

  it('whose databases are not known are bound by tags, long names too', async () => {
    const plan = await planWith([source]);
    for (const name of ['crm', LONG]) {
      expect(await letting(plan, theirs(name), under(objectOf(name)))).toEqual(ofVault);
      expect(await letting(plan, theirs(name), under(objectOf('orders')))).toEqual(NOT_BY_VAULT);
      expect(await letting(plan, theirs(name), objectOf(name))).toEqual(NOT_BY_VAULT);
      expect(await letting(plan, { ...theirs(name), tags: {} }, under(objectOf(name)))).toEqual(NOT_BY_VAULT);
    }
    expect(await letting(plan, jobOf('orders'), under(objectOf('orders')))).toEqual(NOT_BY_VAULT);
  });

  it('count together: what is too much for the policies of one vault is bound by tags everywhere', async () => {
    const twenty = Array.from({ length: 20 }, (_, index) => `db-${index}`);
    const plan = await planWith([{ ...source, databases: twenty }], twenty);
    expect(plan.writers.every(({ tags }) => tags !== undefined)).toBe(true);
    expect(await letting(plan, theirs('db-7'), under(objectOf('db-7')))).toEqual(ofVault);
    expect(await letting(plan, jobOf('db-7'), objectOf('db-7'))).toEqual(ofVault);
    expect(await letting(plan, jobOf('db-7'), under(objectOf('db-7')))).toEqual(NOT_BY_VAULT);
  });

  it('with a shared role write for all of their databases, where that is asked for', async () => {
    const shared = { name: 'rds-pgdump-codebuild-role-prod', account: OTHER_ACCOUNT };
    const plan = await planWith([{ ...source, roles: 'shared' }]);
    expect(await letting(plan, shared, under(objectOf('crm')))).toEqual(ofVault);
    expect(await letting(plan, shared, objectOf('orders'))).toEqual(NOT_BY_VAULT);
    expect(await letting(plan, theirs('crm'), under(objectOf('crm')))).toEqual(NOT_BY_VAULT);
    expect(await letting(await planWith([source]), shared, under(objectOf('crm')))).toEqual(NOT_BY_VAULT);
  });
});

it('A9: an environment of the longest name, whose roles are all shortened, is bound too, and none of its neighbors writes', async () => {
  const long = 'x'.repeat(32);
  const names = namesUpTo(40);
  const plan = await planOf(config(names, { environment: long }));
  expect(await letting(plan, jobOf('orders', long), objectOf('orders'))).toEqual(ALL);
  expect(await letting(plan, jobOf('orders', long), objectOf('orders-eu'))).toEqual(NOT_BY_VAULT);
  expect(await letting(plan, jobOf('orders', `${long.slice(1)}y`), objectOf('orders'))).toEqual(NOT_BY_VAULT);
});

it('A9: the policies of bucket and key stay as small with 1,000 databases as with 31', async () => {
  const sizes = async (count: number) => {
    const plan = await planOfMany(count);
    return [bucketPolicyOf(plan), keyPolicyOf(plan)].map((policy) => JSON.stringify(policy).length);
  };
  expect(await sizes(1000)).toEqual(await sizes(31));
});
