import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { redacted } from '../../../src/audit/evidence/redacted.js';
import { writeEvidence } from '../../../src/audit/evidence/write-evidence.js';
import { factsFromTemplates, toStackTemplate } from '../../../src/audit/facts-from-templates.js';
import { NOTHING_DECLARED } from '../../../src/audit/model/declared.js';
import { known } from '../../../src/audit/model/reading.js';
import type { RecordedRead } from '../../../src/audit/read-live-facts.js';
import { s3Cmk } from '../../../src/audit/s3/controls.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { READ_AT, SAMPLE_WAIVERS, sampleRendering, sampleTemplate } from '../report/sample-audit.js';

const PARAMETERS = {
  Versions: { Type: 'String' },
  Mode: { Default: 'strict' },
  Login: { Default: 'x', NoEcho: 'true' },
  ApiToken: { Default: 'x' },
};
const audited = [
  {
    facts: factsFromTemplates(
      [
        toStackTemplate(
          { ...sampleTemplate(), Parameters: PARAMETERS },
          { stack: 'shop', file: 'shop.json', sha256: 'ab' },
        ),
      ],
      READ_AT,
    ),
    declared: NOTHING_DECLARED,
  },
];
const request = (kind: 'buckets' | 'kmsKeys', requestId: string): RecordedRead => ({
  service: 's3',
  operation: 'GetBucketVersioning',
  permission: 's3:GetBucketVersioning',
  input: { Bucket: 'open' },
  at: READ_AT,
  requestId,
  attempts: 2,
  outcome: 'read',
  subject: { kind, resource: 'arn:aws:s3:::open', attributes: ['versioning'] },
});

const ACCEPTANCE = { waivers: SAMPLE_WAIVERS, wildcardWaivers: false, inlineAcceptance: true };

async function write(reads: readonly RecordedRead[] = []): Promise<string> {
  const directory = join(temporaryDirectory(), 'evidence');
  await writeEvidence(directory, { rendering: sampleRendering(), acceptance: ACCEPTANCE, audited, reads });
  return directory;
}
const read = (directory: string, file: string) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as Evidence;

interface Evidence {
  readonly files: readonly { readonly file: string; readonly sha256: string; readonly bytes: number }[];
  readonly findings: readonly object[];
  readonly facts: readonly object[];
  readonly requests: readonly object[];
  readonly coverage: object;
  readonly elsewhere: readonly string[];
}

test('each control that was evaluated has a file, and the manifest has the hash of each', async () => {
  const directory = await write();
  const { files, elsewhere } = read(directory, 'manifest.json');
  expect(files.map(({ file }) => file).sort()).toEqual(
    readdirSync(join(directory, 'controls'))
      .map((name) => `controls/${name}`)
      .sort(),
  );
  for (const { file, sha256, bytes } of files) {
    const content = readFileSync(join(directory, file));
    expect([createHash('sha256').update(content).digest('hex'), content.length]).toEqual([sha256, bytes]);
  }
  expect(elsewhere).toEqual(['sample-only-live']);
});

test('the manifest says what was evaluated, what was not, and what was waived', async () => {
  expect(read(await write(), 'manifest.json')).toMatchObject({
    audit: { source: 'template', readAt: READ_AT.toISOString() },
    coverage: { findings: { fail: 2, waived: 1, 'not-evaluated': 1 } },
    notEvaluated: [{ control: 'sample-versioned', resource: 'shop/Unknown' }],
    waived: [
      {
        control: 'sample-versioned',
        resource: 'shop/Plain',
        note: expect.stringContaining('ana@example.com') as string,
      },
    ],
  });
});

test('20.D: the manifest has what another reader needs: the hash of each template, its parameters, what was accepted', async () => {
  expect(read(await write(), 'manifest.json')).toMatchObject({
    templates: [
      {
        stack: 'shop',
        file: 'shop.json',
        sha256: 'ab',
        parameters: { Versions: null, Mode: 'strict', Login: '[redacted]', ApiToken: '[redacted]' },
      },
    ],
    acceptance: {
      waivers: { waivers: [{ resource: 'plain', approver: 'ana@example.com' }], malformed: [] },
      wildcardWaivers: false,
      inlineAcceptance: true,
    },
    audit: { places: [{ caller: null }] },
  });
});

test('a control has what it looked at, what came of it, and the requests with time and id', async () => {
  const directory = await write([request('buckets', 'R1'), request('kmsKeys', 'R2')]);
  const { findings, facts, requests } = read(directory, 'controls/sample-versioned.json');
  expect(findings).toHaveLength(5);
  expect(facts).toHaveLength(5);
  expect(facts).toContainEqual(expect.objectContaining({ id: 'shop/Open', versioning: { value: 'Enabled' } }));
  expect(requests).toMatchObject([
    { requestId: 'R1', at: READ_AT.toISOString(), permission: 's3:GetBucketVersioning', attempts: 2 },
  ]);
});

test('20.D: a control has what it asked for of other kinds, with their requests; what is not set is not what is empty', async () => {
  const bucket = {
    Type: 'AWS::S3::Bucket',
    Properties: {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: { Ref: 'Key' } } },
        ],
      },
    },
  };
  const stack = toStackTemplate({ Resources: { Data: bucket, Key: { Type: 'AWS::KMS::Key' } } }, { stack: 'shop' });
  const facts = factsFromTemplates([stack], READ_AT);
  const rendering = sampleRendering();
  const report = { ...rendering.report, controls: [s3Cmk], elsewhere: [] };
  const directory = join(temporaryDirectory(), 'evidence');
  await writeEvidence(directory, {
    rendering: { ...rendering, report },
    acceptance: ACCEPTANCE,
    audited: [{ facts, declared: NOTHING_DECLARED }],
    reads: [request('kmsKeys', 'R2'), { ...request('kmsKeys', 'R3'), subject: { kind: 'secrets', attributes: [] } }],
  });
  expect(read(directory, 'controls/s3-cmk.json')).toMatchObject({
    facts: [{ id: 'shop/Data', logging: { value: null }, lifecycle: { value: [] } }],
    otherFacts: { kmsKeys: [{ id: 'shop/Key' }] },
    requests: [{ requestId: 'R2', kind: 'kmsKeys' }],
  });
  expect(read(directory, 'manifest.json')).toMatchObject({ declared: [{ account: null, keyAliases: [] }] });
});

test('evidence never goes into a directory that has something', async () => {
  const directory = await write();
  const again = writeEvidence(directory, { rendering: sampleRendering(), acceptance: ACCEPTANCE, audited, reads: [] });
  await expect(again).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
  const other = temporaryDirectory();
  writeFileSync(join(other, 'notes.txt'), '');
  const beside = writeEvidence(other, { rendering: sampleRendering(), acceptance: ACCEPTANCE, audited, reads: [] });
  await expect(beside).rejects.toThrow('notes.txt');
});

test('environments, passwords in URLs, access keys and tags that name secrets are redacted, and nothing else', () => {
  const fact = redacted({
    id: 'p',
    name: 'job',
    optOuts: [],
    tags: known({ owner: 'orders', dbPassword: 'hunter2' }),
    environment: known([
      { name: 'LEVEL', type: 'PLAINTEXT', value: 'hunter2' },
      { name: 'KEY', type: 'SECRETS_MANAGER', value: 'fintech/api-keys' },
    ]),
    source: known('postgres://app:hunter2@db:5432/app with AKIAABCDEFGHIJKLMNOP'),
    created: known(READ_AT),
  });
  expect(JSON.stringify(fact)).not.toMatch(/hunter2|AKIA/);
  expect(fact).toMatchObject({
    tags: { value: { owner: 'orders', dbPassword: '[redacted]' } },
    environment: { value: [{ name: 'LEVEL' }, { value: 'fintech/api-keys' }] },
    source: { value: 'postgres://app:[redacted]@db:5432/app with [redacted]' },
    created: { value: READ_AT.toISOString() },
  });
});
