/** Templates that hide what they deploy: each is audited as it lies in its folder, without values for its parameters. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { audit, type AuditReport } from '../../src/audit/audit-report.js';
import { CONTROLS } from '../../src/audit/catalog.js';
import { factsFromTemplates, readTemplates, toStackTemplate } from '../../src/audit/facts-from-templates.js';
import { NOTHING_DECLARED } from '../../src/audit/model/declared.js';
import { exitOfAudit } from '../../src/cli/audit/exit-of-audit.js';

const FOLDER = path.join(import.meta.dirname, '../fixtures/audit-templates');
const NOW = new Date('2026-11-22T00:00:00Z');

function auditOf(name: string, options: { readonly inlineAcceptance?: boolean } = {}): AuditReport {
  const facts = factsFromTemplates(readTemplates(path.join(FOLDER, name)), NOW);
  return audit([{ facts, declared: NOTHING_DECLARED }], { controls: CONTROLS, ...options });
}

function auditOfTemplate(Resources: object): AuditReport {
  const stack = toStackTemplate({ Resources }, { stack: 'app', account: '111122223333', region: 'us-east-1' });
  return audit([{ facts: factsFromTemplates([stack], NOW), declared: NOTHING_DECLARED }], { controls: CONTROLS });
}

/** `control resource`, and what came out of it. */
function verdictsOf(report: AuditReport): Record<string, string> {
  return Object.fromEntries(
    report.findings.map(({ control, resource = '-', status }) => [`${control} ${resource}`, status]),
  );
}

function reasonOf(report: AuditReport, control: string, resource: string): string | undefined {
  return report.findings.find((one) => one.control === control && one.resource === resource)?.unknown?.reason;
}

function exitOf(report: AuditReport): number {
  return exitOfAudit(report, { onlyNew: false });
}

describe('20.A1: what belongs together is found by reference', () => {
  it('20.A1: a bucket whose name is a parameter has the policy that refers to it', () => {
    const report = auditOf('open-bucket-with-a-given-name');
    expect(verdictsOf(report)).toMatchObject({
      's3-foreign-grants-limited app/B': 'fail',
      's3-tls-only app/B': 'fail',
    });
    expect(exitOf(report)).toBe(3);
  });

  it('20.A1: a role whose name has a parameter in it has the policy that refers to it', () => {
    const report = auditOf('everything-for-a-role-with-a-given-name');
    expect(verdictsOf(report)).toMatchObject({ 'iam-no-star-star app/R': 'fail' });
    expect(exitOf(report)).toBe(3);
  });

  it('20.A1: a cluster and a bucket whose name is a parameter have their instance and policy', () => {
    expect(verdictsOf(auditOf('cluster-with-a-given-name'))).toMatchObject({
      'aurora-not-public app/C': 'fail',
      'aurora-current-ca app/C': 'fail',
      's3-foreign-grants-limited app/B': 'fail',
    });
  });
});

describe('20.A2: a resource is one of its stack', () => {
  it('20.A2: protections and faults of one stack do not count for the same logical ids in another', () => {
    const report = auditOf('one-class-as-two-stacks');
    expect(verdictsOf(report)).toMatchObject({
      's3-tls-only Dev/Data': 'fail',
      's3-tls-only Prod/Data': 'pass',
      'secrets-rotation Dev/Sec': 'fail',
      'secrets-rotation Prod/Sec': 'pass',
      'iam-no-star-star Dev/R': 'fail',
      'iam-no-star-star Prod/R': 'pass',
    });
    const names = report.findings.filter(({ control }) => control === 's3-tls-only').map((one) => one.resourceName);
    expect(names.sort()).toEqual(['Dev.Data', 'Prod.Data']);
  });
});

describe('20.A3: each way that a template can turn out', () => {
  it('20.A3: a number or boolean equals the text that it is written as', () => {
    expect(verdictsOf(auditOf('conditions-that-compare-types'))).toMatchObject({
      's3-tls-only app/B': 'fail',
      's3-tls-only app/C': 'fail',
    });
  });

  it('20.A3: a bucket that exists in one Region or account may exist', () => {
    expect(verdictsOf(auditOf('conditions-on-the-place'))).toMatchObject({
      's3-tls-only app/B': 'fail',
      's3-tls-only app/A': 'fail',
    });
  });

  it('20.A3: what only one branch protects is not evaluated, with both branches named', () => {
    const report = auditOf('protections-under-a-condition');
    expect(verdictsOf(report)).toMatchObject({
      's3-tls-only app/B': 'not-evaluated',
      's3-versioning app/B': 'fail',
      'secrets-rotation app/Sec': 'not-evaluated',
      'dynamodb-scaling app/T': 'not-evaluated',
    });
    expect(reasonOf(report, 's3-tls-only', 'app/B')).toBe(
      'It depends on the deployment: where Mode is "strict", it passes; where Mode is not "strict", it fails (The bucket policy does not deny s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject without TLS.).',
    );
  });

  it('20.A3: of two policies that exclude each other, each is looked at by itself', () => {
    const report = auditOf('one-policy-or-the-other');
    expect(verdictsOf(report)).toMatchObject({ 's3-tls-only app/B': 'not-evaluated' });
    expect(reasonOf(report, 's3-tls-only', 'app/B')).toMatch(/where M is "s", it passes; where M is not "s", it fails/);
    expect(reasonOf(report, 's3-foreign-grants-limited', 'app/B')).toMatch(/where M is not "s", it fails/);
  });
});

describe('20.A4: nothing is left out in silence', () => {
  it('20.A4: a cluster whose engine is a parameter is there; what hangs on the engine is not evaluated', () => {
    expect(verdictsOf(auditOf('cluster-of-a-given-engine'))).toMatchObject({
      'aurora-cmk app/C': 'fail',
      'aurora-parameters app/C': 'not-evaluated',
    });
  });

  it('20.A4: YAML is read beside JSON', () => {
    expect(verdictsOf(auditOf('yaml-beside-json'))).toMatchObject({ 's3-tls-only bad/B': 'fail' });
  });

  it('20.A4: a stack in a stack is read from its file', () => {
    expect(verdictsOf(auditOf('stack-in-a-stack'))).toMatchObject({ 's3-tls-only app.N/B': 'fail' });
  });

  it('20.A4: a function of the Serverless Application Model has the role that its policies make', () => {
    const report = auditOf('serverless-function-with-everything');
    expect(verdictsOf(report)).toMatchObject({ 'iam-no-star-star app/FRole': 'fail', 'dynamodb-pitr app/T': 'fail' });
  });

  it('20.A4: databases and caches in no cluster and no group are judged as those that are in one', () => {
    const report = auditOf('databases-and-caches-alone');
    expect(verdictsOf(report)).toMatchObject({
      'aurora-cmk app/Database': 'fail',
      'aurora-not-public app/Database': 'fail',
      'aurora-multi-az app/Database': 'fail',
      'aurora-supported-version app/Database': 'fail',
      'redis-at-rest-cmk app/Node': 'fail',
      'redis-failover app/Node': 'fail',
      'redis-at-rest-cmk app/Serverless': 'fail',
      'redis-in-transit app/Serverless': 'pass',
      'redis-auth app/Serverless': 'fail',
      'redis-auth app/Memory': 'fail',
      'redis-in-transit app/Memory': 'fail',
      'redis-at-rest-cmk app/Memory': 'fail',
    });
    expect(Object.keys(verdictsOf(report)).filter((key) => key.includes('Memcached'))).toEqual([]);
  });

  it('20.A4: what keeps data and no control reads is not evaluated, whatever is asked for', () => {
    const report = auditOf('databases-and-caches-alone');
    expect(reasonOf(report, 'audit-scope', 'app/Documents')).toBe(
      'AWS::DocDB::DBCluster: no control reads resources of this type, so nothing is claimed of it.',
    );
  });

  it('20.A4: each replica of a global table is judged, and a set of stacks is told of', () => {
    const report = auditOf('databases-and-caches-alone');
    expect(verdictsOf(report)).toMatchObject({
      'dynamodb-pitr app/Orders': 'pass',
      'dynamodb-pitr app/Orders@eu-west-1': 'fail',
      'dynamodb-deletion-protection app/Orders@eu-west-1': 'fail',
      'dynamodb-scaling app/Orders': 'pass',
      'dynamodb-scaling app/Orders@eu-west-1': 'fail',
      'audit-scope app/Everywhere': 'not-evaluated',
    });
  });

  it('20.A4: policies of what lies elsewhere, and instances of a cluster there, are judged by themselves', () => {
    const report = auditOf('policies-of-what-lies-elsewhere');
    expect(verdictsOf(report)).toMatchObject({
      'iam-no-star-star app/P': 'fail',
      'iam-no-star-star app/M': 'fail',
      's3-foreign-grants-limited app/B': 'fail',
      'secrets-policy app/S': 'fail',
      'aurora-not-public app/D': 'fail',
    });
  });
});

describe('20.A5: who may assume a role, and who may use a key', () => {
  it('20.A5: a role that everybody can assume fails', () => {
    const report = auditOf('role-for-everybody');
    expect(verdictsOf(report)).toMatchObject({ 'iam-trust-limited app/R': 'fail' });
    expect(exitOf(report)).toBe(3);
  });

  it('20.A5: a key that another account uses through a service fails, and so does one that rotates every seven years', () => {
    expect(verdictsOf(auditOf('key-for-a-stranger'))).toMatchObject({
      'kms-no-foreign-access app/K': 'fail',
      'kms-rotation-enabled app/K': 'fail',
    });
  });
});

describe('20.A8: what a bucket is for does not depend on the setting that is asked about', () => {
  const bucket = (Properties: object) => ({ Type: 'AWS::S3::Bucket', Properties });
  const report = auditOfTemplate({
    Backups: bucket({
      BucketName: 'rds-backup-layer2-prod',
      LoggingConfiguration: { DestinationBucketName: { Ref: 'L' } },
    }),
    Vault: bucket({}),
    Data: bucket({ LoggingConfiguration: { DestinationBucketName: { Ref: 'L' }, LogFilePrefix: 'data/' } }),
    Copied: bucket({
      ReplicationConfiguration: {
        Role: 'arn:aws:iam::111122223333:role/r',
        Rules: [
          {
            Status: 'Enabled',
            Destination: { Bucket: 'arn:aws:s3:::elsewhere', EncryptionConfiguration: { ReplicaKmsKeyID: 'k' } },
            SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
          },
        ],
      },
    }),
    L: bucket({}),
    Policy: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: { Ref: 'Vault' },
        PolicyDocument: {
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: '444455556666' },
              Action: 's3:PutObject',
              Resource: { 'Fn::Sub': '${Vault.Arn}/layer2/app/*' },
            },
          ],
        },
      },
    },
  });

  it('20.A8: a vault without a lock fails, by its name or by who writes backups there', () => {
    expect(verdictsOf(report)).toMatchObject({
      's3-object-lock app/Backups': 'fail',
      's3-object-lock app/Vault': 'fail',
      'vault-writer-is-write-only app/Vault': 'fail',
    });
    expect(Object.keys(verdictsOf(report)).filter((key) => /^s3-object-lock app\/(?:Data|L)$/.test(key))).toEqual([]);
  });

  it('20.A8: without a config each bucket of data is to be replicated, and a destination that is not known is not passed', () => {
    expect(verdictsOf(report)).toMatchObject({
      's3-replication app/Data': 'fail',
      's3-replication app/Copied': 'not-evaluated',
    });
    expect(reasonOf(report, 's3-replication', 'app/Copied')).toBe(
      'Whose bucket elsewhere is, to which objects are replicated, is not known.',
    );
    expect(Object.keys(verdictsOf(report)).filter((key) => /^s3-replication app\/(?:Vault|L)$/.test(key))).toEqual([]);
  });
});

describe('20.B: what was judged wrongly', () => {
  it('20.B1: "true" is true', () => {
    expect(verdictsOf(auditOf('booleans-as-text'))).toMatchObject({
      's3-public-access-blocked app/B': 'pass',
      's3-public-access-blocked app/P': 'pass',
      'dynamodb-cmk app/T': 'pass',
      'dynamodb-pitr app/T': 'pass',
      'kms-rotation-enabled app/K': 'pass',
    });
  });

  it('20.B3: a route into a VPN does not lead to the internet', () => {
    expect(verdictsOf(auditOf('route-into-a-vpn'))).toMatchObject({ 'aurora-private-subnets app/C': 'pass' });
  });
});

describe('20.C: one thing that cannot be read does not end the audit', () => {
  it('20.C1: a policy that is none is not evaluated, and all else is', () => {
    const report = auditOf('policy-that-is-none');
    expect(verdictsOf(report)).toMatchObject({
      's3-tls-only app/B': 'not-evaluated',
      's3-versioning app/B': 'fail',
    });
    expect(reasonOf(report, 's3-tls-only', 'app/B')).toMatch(/PolicyDocument of app\/P is not a policy: Statement/);
  });

  it('20.C2: a Join over a list that only the deployment gives leaves one tag open', () => {
    expect(verdictsOf(auditOf('join-over-a-list-of-the-deployment'))).toMatchObject({ 's3-versioning app/B': 'fail' });
  });
});

describe('20.D: what a template accepts of itself', () => {
  it('20.D: is told as that, without approver or end, and is a finding where that is refused', () => {
    const report = auditOf('template-that-accepts-itself');
    expect(verdictsOf(report)).toMatchObject({ 's3-tls-only app/B': 'waived', 'iam-no-star-star app/R': 'waived' });
    expect(report.findings.find(({ control }) => control === 's3-tls-only')?.note).toBe(
      'Accepted by the template itself, without approver or end: because',
    );
    const strict = auditOf('template-that-accepts-itself', { inlineAcceptance: false });
    expect(verdictsOf(strict)).toMatchObject({ 's3-tls-only app/B': 'fail', 'iam-no-star-star app/R': 'fail' });
    expect(exitOf(strict)).toBe(3);
  });
});
