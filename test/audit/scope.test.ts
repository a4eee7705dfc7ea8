/** What controls leave alone, and what they take for the same. */
import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../src/audit/catalog.js';
import { evaluate } from '../../src/audit/evaluate.js';
import type { Control } from '../../src/audit/model/control.js';
import { type Declared, NOTHING_DECLARED } from '../../src/audit/model/declared.js';
import type { Facts } from '../../src/audit/model/facts.js';
import { known, unknown } from '../../src/audit/model/reading.js';
import { ACCOUNT, allow, BUCKETS, factsOf, GOOD, KEY_ARN, policyOf, STRANGER } from './facts-builder.js';

function control(id: string): Control {
  const found = CONTROLS.find((one) => one.id === id);
  if (!found) throw new Error(`There is no control ${id}.`);
  return found;
}

function statuses(id: string, facts: Partial<Facts>, declared: Partial<Declared> = {}) {
  const findings = evaluate([control(id)], factsOf('live', facts), { ...NOTHING_DECLARED, ...declared });
  return findings.map(({ status, resourceName, unknown: why }) => [status, resourceName, why?.reason]);
}

describe('left alone are', () => {
  it('keys of AWS', () => {
    const kmsKeys = known([{ ...GOOD.kmsKeys, customerManaged: known(false), rotationEnabled: known(false) }]);
    expect(statuses('kms-rotation-enabled', { kmsKeys })).toEqual([['absent', undefined, undefined]]);
  });

  it.each(['iam-confused-deputy', 'iam-no-star-star', 'iam-no-unexplained-wildcard', 'kms-no-decrypt-on-all'])(
    'roles that AWS links to services: %s',
    (id) => {
      const linked = {
        ...GOOD.roles,
        id: `arn:aws:iam::${ACCOUNT}:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS`,
        policies: known([{ name: 'p', document: policyOf(allow('*')) }]),
        trust: known(
          policyOf({ Effect: 'Allow', Principal: { Service: 'rds.amazonaws.com' }, Action: 'sts:AssumeRole' }),
        ),
      };
      expect(statuses(id, { roles: known([linked]) })).toEqual([['absent', undefined, undefined]]);
    },
  );

  it.each(['aurora-force-ssl', 'aurora-log-export', 'aurora-parameters', 'aurora-supported-version'])(
    'clusters of Aurora MySQL: %s',
    (id) => {
      const mysql = {
        ...GOOD.auroraClusters,
        engine: known('aurora-mysql'),
        engineVersion: known('8.0.mysql_aurora.3.08.0'),
      };
      expect(statuses(id, { auroraClusters: known([mysql]) })).toEqual([['absent', undefined, undefined]]);
    },
  );

  it('on-demand tables, of scaling', () => {
    const table = { ...GOOD.dynamoTables, billingMode: known('PAY_PER_REQUEST' as const), scaling: known({}) };
    expect(statuses('dynamodb-scaling', { dynamoTables: known([table]) })).toEqual([['absent', undefined, undefined]]);
  });

  it('projects that back nothing up', () => {
    const other = { ...GOOD.codeBuildProjects, name: 'site' };
    expect(statuses('backup-every-database-scheduled', { codeBuildProjects: known([other]) })).toEqual([
      ['absent', undefined, undefined],
    ]);
    expect(
      statuses(
        'backup-every-database-scheduled',
        { codeBuildProjects: known([other]), schedules: known([]) },
        { backupProjects: ['site'] },
      ),
    ).toEqual([['fail', 'site', undefined]]);
  });

  it('a database without a backup, of its volume', () => {
    const backups = known([{ ...GOOD.backups, newest: known(undefined) }]);
    expect(statuses('backup-volume-plausible', { backups })).toEqual([['absent', undefined, undefined]]);
  });

  it('version 17 without rds.force_ssl, which is on by default there', () => {
    const cluster = { ...GOOD.auroraClusters, parameters: known({}), engineVersion: known('17.9') };
    expect(statuses('aurora-force-ssl', { auroraClusters: known([cluster]) })).toEqual([['pass', 'main', undefined]]);
  });
});

describe('without a config, the role of a bucket is told by how buckets refer to each other', () => {
  it('the log bucket may have SSE-S3, the others may not', () => {
    expect(statuses('s3-cmk', {})).toEqual([
      ['pass', 'data', undefined],
      ['pass', 'vault', undefined],
      ['pass', 'logs', undefined],
    ]);
  });

  it('the source replicates, its replica does not', () => {
    const replica = { ...BUCKETS.source, id: 'arn:aws:s3:::replica', name: 'replica', replication: known([]) };
    const buckets = known([BUCKETS.source, replica]);
    expect(statuses('s3-replication', { buckets })).toEqual([['pass', 'data', undefined]]);
  });

  it('the one with Object Lock is the vault', () => {
    expect(statuses('s3-object-lock', {})).toEqual([['pass', 'vault', undefined]]);
  });

  it('where what tells could not be read, nothing is claimed', () => {
    const denied = unknown('s3:GetBucketLogging was refused.', 's3:GetBucketLogging');
    const buckets = known([{ ...BUCKETS.source, logging: denied }, BUCKETS.logs]);
    expect(statuses('s3-replication', { buckets })).toContainEqual([
      'not-evaluated',
      'logs',
      's3:GetBucketLogging was refused.',
    ]);
  });
});

describe('the expected key', () => {
  const declared = { expectedKeys: { dataLayer: { alias: 'alias/data' } } };

  it.each([
    GOOD.kmsKeys.id,
    GOOD.kmsKeys.id.split('/')[1],
    'alias/data',
    `arn:aws:kms:us-east-1:${ACCOUNT}:alias/data`,
  ])('is known as %s', (kmsKeyId) => {
    const secrets = known([{ ...GOOD.secrets, kmsKeyId: known(kmsKeyId) }]);
    expect(statuses('secrets-cmk', { secrets }, declared)).toEqual([['pass', 's', undefined]]);
  });

  it('is not claimed of a key that was not read', () => {
    const secrets = known([{ ...GOOD.secrets, kmsKeyId: known('arn:aws:kms:us-east-1:444455556666:key/other') }]);
    expect(statuses('secrets-cmk', { secrets })).toEqual([['pass', 's', undefined]]);
    expect(statuses('secrets-cmk', { secrets }, declared)).toEqual([
      [
        'not-evaluated',
        's',
        'The key arn:aws:kms:us-east-1:444455556666:key/other is not among those read, so its alias is not known.',
      ],
    ]);
  });

  it('is not claimed where keys could not be listed', () => {
    expect(statuses('secrets-cmk', { kmsKeys: unknown('kms:ListKeys was refused.') })).toEqual([
      ['not-evaluated', 's', 'kms:ListKeys was refused.'],
    ]);
  });
});

describe('a key that exists already is the expected one by its ARN', () => {
  const declared = { expectedKeys: { vault: { arn: KEY_ARN } } };
  const other = `arn:aws:kms:us-east-1:${STRANGER}:key/other`;
  const backups = (encryption: typeof GOOD.backups.encryption) => known([{ ...GOOD.backups, encryption }]);

  it('whether or not the account has it', () => {
    for (const kmsKeys of [known([]), known([GOOD.kmsKeys])])
      expect(statuses('backup-fresh', { kmsKeys }, declared)).toEqual([['pass', 'app', undefined]]);
  });

  it('and another one is not', () => {
    const facts = { backups: backups(known({ kmsKeyId: other })) };
    expect(statuses('backup-fresh', facts, declared)).toEqual([['fail', 'app', undefined]]);
  });

  it('a vault that is a directory has none', () => {
    const facts = { backups: backups(known(undefined)) };
    expect(statuses('backup-fresh', facts, declared)).toEqual([['pass', 'app', undefined]]);
  });
});

it('a cluster without members is not in sync with anything', () => {
  const auroraClusters = known([{ ...GOOD.auroraClusters, parameterStatus: known({}) }]);
  expect(statuses('aurora-parameters-in-sync', { auroraClusters })).toEqual([
    ['not-evaluated', 'main', 'There is no instance to apply them.'],
  ]);
});

it.each(['template', 'live'] as const)('a rotation that does not say how often is not often enough: %s', (source) => {
  const secrets = known([{ ...GOOD.secrets, rotation: known({ enabled: true }) }]);
  const [finding] = evaluate([control('secrets-rotation')], factsOf(source, { secrets }), NOTHING_DECLARED);
  const reason = 'Its rotation rules do not give an interval.';
  expect(finding).toMatchObject({ status: 'not-evaluated', unknown: { reason } });
});

describe('without an objective', () => {
  const reason = (what: string) => `The config sets no maximum age for its newest ${what}.`;
  const old = {
    ...GOOD.backups,
    newest: known({ key: 'k', takenAt: new Date('1970-01-01') }),
    newestProof: known({ verifiedAt: new Date('1970-01-01'), verdict: 'proven' }),
    backupObjectiveMs: undefined,
    proofObjectiveMs: undefined,
  };

  it.each([
    ['backup-fresh', 'backup'],
    ['backup-proven', 'proof'],
  ])('no age is good enough: %s', (id, what) => {
    expect(statuses(id, { backups: known([old]) })).toEqual([['not-evaluated', 'app', reason(what)]]);
  });

  it('a database that the config does not have is exempt', () => {
    const facts = { backups: known([{ ...old, configured: false }]) };
    expect(statuses('backup-fresh', facts)).toEqual([['waived', 'app', undefined]]);
  });
});

it('nothing is claimed of who writes into the vault without the role that backs up', () => {
  const reason = `The role ${GOOD.roles.id}, which backs up, is not among those read.`;
  expect(statuses('vault-writer-is-write-only', { roles: known([]) })).toEqual([['not-evaluated', 'vault', reason]]);
});

it('nothing is claimed of other keys where the own one was not read', () => {
  const encryption = known({ algorithm: 'aws:kms' as const, kmsKeyId: 'other', bucketKey: false, blockedTypes: [] });
  const buckets = known([{ ...BUCKETS.vault, encryption }]);
  const reason = 'The key other is not among those read, so its ARN is not known.';
  expect(statuses('s3-wrong-key-denied', { buckets })).toEqual([['not-evaluated', 'vault', reason]]);
});

describe('a task role', () => {
  const declared = { taskRoles: ['build'], expectedKeys: { dataLayer: { alias: 'alias/data' } } };
  const via = { StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' } };
  const decrypts = (Resource: string) => ({
    policies: known([{ name: 'p', document: policyOf(allow('kms:Decrypt', { Resource, Condition: via })) }]),
  });
  const id = 'iam-task-role-least-privilege';

  it('decrypts with a key that was not read: nothing is claimed', () => {
    const Resource = `arn:aws:kms:us-east-1:${ACCOUNT}:key/other`;
    const reason = `The key ${Resource} is not among those read, so its alias is not known.`;
    expect(statuses(id, { roles: known([{ ...GOOD.roles, ...decrypts(Resource) }]) }, declared)).toEqual([
      ['not-evaluated', 'build', reason],
    ]);
  });

  it('that exists already is missing in no template, and in the account', () => {
    const facts = { roles: known([]) };
    const all = { ...NOTHING_DECLARED, ...declared, existingTaskRoles: ['build'] };
    const [template] = evaluate([control(id)], factsOf('template', facts), all);
    const [live] = evaluate([control(id)], factsOf('live', facts), all);
    expect([template?.status, live?.status]).toEqual(['absent', 'fail']);
  });
});

describe('exempt from rotation, with the reason, are', () => {
  const rotation = (key: Partial<typeof GOOD.kmsKeys>) => {
    const kmsKeys = known([{ ...GOOD.kmsKeys, rotationEnabled: known(false), ...key }]);
    return evaluate([control('kms-rotation-enabled')], factsOf('live', { kmsKeys }), NOTHING_DECLARED)[0];
  };

  it.each(['RSA_2048', 'ECC_NIST_P256', 'HMAC_256'])('keys of the spec %s', (spec) => {
    const note = `Exempt: AWS KMS cannot rotate keys with the spec ${spec} automatically.`;
    expect(rotation({ keySpec: known(spec) })).toMatchObject({ status: 'waived', note });
  });

  it.each(['EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'])('keys with material of the origin %s', (origin) => {
    const note = `Exempt: AWS KMS cannot rotate key material with the origin ${origin} automatically.`;
    expect(rotation({ origin: known(origin) })).toMatchObject({ status: 'waived', note });
  });

  it('no others', () => {
    expect(rotation({})).toMatchObject({ status: 'fail' });
  });
});

describe('accounts', () => {
  const policy = known(policyOf(allow('secretsmanager:GetSecretValue', { Principal: { AWS: STRANGER } })));

  it("a resource's own account is not foreign, where stacks of several accounts are audited together", () => {
    const secrets = known([{ ...GOOD.secrets, account: STRANGER, policy }]);
    expect(statuses('secrets-policy', { secrets })).toEqual([['pass', 's', undefined]]);
  });

  it('nobody is called foreign where the own account is not known', () => {
    const facts = { secrets: known([{ ...GOOD.secrets, policy }]), account: undefined } as unknown as Partial<Facts>;
    expect(statuses('secrets-policy', facts)).toEqual([
      ['not-evaluated', 's', 'It is not known which account it belongs to.'],
    ]);
  });

  it('declared accounts are let in', () => {
    const secrets = known([{ ...GOOD.secrets, policy }]);
    expect(statuses('secrets-policy', { secrets }, { trustedAccounts: [STRANGER] })).toEqual([
      ['pass', 's', undefined],
    ]);
  });
});
