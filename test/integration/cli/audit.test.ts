/** `holdfast audit` as a user runs it, on templates. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { auditDocument, auditListDocument } from '../../../src/audit/report/document.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const directory = temporaryDirectory();
const BUCKET = { BucketName: 'orders', VersioningConfiguration: { Status: 'Enabled' } };

beforeAll(() => {
  writeTemplate('good', BUCKET);
  writeTemplate('bad', { BucketName: 'orders' });
  writeTemplate('open', { ...BUCKET, VersioningConfiguration: { Status: { Ref: 'Versions' } } });
});

function writeTemplate(name: string, properties: object): void {
  const template = {
    Parameters: { Versions: { Type: 'String' } },
    Resources: { Orders: { Type: 'AWS::S3::Bucket', Properties: properties } },
  };
  mkdirSync(join(directory, name));
  writeFileSync(join(directory, name, 'shop.template.json'), JSON.stringify(template));
}

const run = (...args: string[]) => runHoldfast(['audit', '--control', 's3-versioning', ...args], { cwd: directory });

test.each([
  ['good', 0, '0 findings, 1 check of 1 control passed.'],
  ['bad', 3, '1 finding (1 low)'],
  ['open', 4, '1 not evaluated'],
])('the template %s ends with %i', async (name, code, said) => {
  const result = await run('--template', name);
  expect(result.stderr).toBe('');
  expect(result).toMatchObject({ code });
  expect(result.stdout.replace(/\s+/g, ' ')).toContain(said);
});

test('the accounts of one assembly trust each other, and no other one', async () => {
  const assembly = join(directory, 'assembly');
  mkdirSync(assembly);
  const allowing = (account: string) => ({
    Type: 'AWS::S3::BucketPolicy',
    Properties: {
      Bucket: { Ref: 'Orders' },
      PolicyDocument: {
        Statement: [
          { Effect: 'Allow', Principal: { AWS: account }, Action: 's3:PutObject', Resource: 'arn:aws:s3:::orders/*' },
        ],
      },
    },
  });
  const bucket = { Type: 'AWS::S3::Bucket', Properties: BUCKET };
  const stacks = { vault: '111122223333', jobs: '444455556666' };
  const artifacts = Object.entries(stacks).map(([name, account]) => [
    name,
    {
      type: 'aws:cloudformation:stack',
      environment: `aws://${account}/us-east-1`,
      properties: { templateFile: `${name}.template.json` },
    },
  ]);
  writeFileSync(
    join(assembly, 'manifest.json'),
    JSON.stringify({ version: '36.0.0', artifacts: Object.fromEntries(artifacts) as object }),
  );
  writeFileSync(join(assembly, 'jobs.template.json'), '{"Resources":{}}');
  const audited = (account: string) => {
    const Resources = { Orders: bucket, Policy: allowing(account) };
    writeFileSync(join(assembly, 'vault.template.json'), JSON.stringify({ Resources }));
    return runHoldfast(['audit', '--control', 's3-foreign-grants-limited', '--template', 'assembly'], {
      cwd: directory,
    });
  };
  expect(await audited('444455556666')).toMatchObject({ code: 0 });
  const stranger = await audited('777788889999');
  expect(stranger).toMatchObject({ code: 3 });
  expect(stranger.stdout).toContain('777788889999');
});

test('findings are worse than what is not evaluated', async () => {
  mkdirSync(join(directory, 'both'));
  for (const name of ['bad', 'open']) {
    const text = readFileSync(join(directory, name, 'shop.template.json'), 'utf8');
    writeFileSync(join(directory, 'both', `${name}.template.json`), text.replaceAll('orders', name));
  }
  expect(await run('--template', 'both')).toMatchObject({ code: 3 });
});

test('a parameter that is given a value is not open any more', async () => {
  expect(await run('--template', 'open', '--parameter', 'Versions=Enabled')).toMatchObject({ code: 0 });
  expect(await run('--template', 'open', '--parameter', 'Versions=Suspended')).toMatchObject({ code: 3 });
});

test('--json is one document as its schema has it, and takes its place beside files', async () => {
  const result = await run('--template', 'bad', '--json', '--format', 'junit', '--output', 'results/junit.xml');
  expect(auditDocument.strict().parse(JSON.parse(result.stdout)).findings).toMatchObject([
    { control: 's3-versioning', status: 'fail', resource: 'shop/Orders', resourceName: 'orders' },
  ]);
  expect(readFileSync(join(directory, 'results/junit.xml'), 'utf8')).toContain('<failure');
});

test('a directory takes every format', async () => {
  const formats = ['json', 'csv', 'junit', 'sarif', 'markdown', 'html'].flatMap((format) => ['--format', format]);
  const result = await run('--template', 'bad', ...formats, '--output', 'all/');
  expect(result.code).toBe(3);
  for (const file of ['audit.json', 'audit.csv', 'audit.junit.xml', 'audit.sarif', 'audit.md', 'audit.html']) {
    expect(result.stdout).toContain(file);
    expect(readFileSync(join(directory, 'all', file), 'utf8')).toContain('s3-versioning');
  }
  // As code scanning looks for it: from where the audit ran.
  expect(readFileSync(join(directory, 'all/audit.sarif'), 'utf8')).toContain('"uri": "bad/shop.template.json"');
});

test('what is new since the baseline decides, where that is asked for', async () => {
  const before = await run('--template', 'bad', '--json');
  writeFileSync(join(directory, 'before.json'), before.stdout);
  const same = await run('--template', 'bad', '--baseline', 'before.json', '--fail-on-new');
  expect(same).toMatchObject({ code: 0 });
  expect(same.stdout).toContain('0 new, 1 still open, 0 fixed');
  expect(await run('--template', 'bad', '--baseline', 'before.json')).toMatchObject({ code: 3 });
  const fixed = await run('--template', 'good', '--baseline', 'before.json');
  expect(fixed).toMatchObject({ code: 0 });
  expect(fixed.stdout).toContain('1 fixed');
});

test('a waiver in force makes it pass, and an expired one does not', async () => {
  const waiver = (expires: string) =>
    `waivers:\n  - {control: s3-versioning, resource: orders, reason: A cache, approver: ana, expires: ${expires}}\n`;
  writeFileSync(
    join(directory, 'waivers.yaml'),
    waiver(new Date(Date.now() + 100 * 86_400_000).toISOString().slice(0, 10)),
  );
  expect(await run('--template', 'bad', '--waivers', 'waivers.yaml')).toMatchObject({ code: 0 });
  writeFileSync(join(directory, 'expired.yaml'), waiver('2020-01-01'));
  const expired = await run('--template', 'bad', '--waivers', 'expired.yaml');
  expect(expired).toMatchObject({ code: 3 });
  expect(expired.stdout).toContain('expired on 2020-01-01');
});

test('the evidence has a file for the control, with its hash in the manifest', async () => {
  expect(await run('--template', 'bad', '--evidence', 'evidence')).toMatchObject({ code: 3 });
  expect(existsSync(join(directory, 'evidence/controls/s3-versioning.json'))).toBe(true);
  expect(readFileSync(join(directory, 'evidence/manifest.json'), 'utf8')).toContain('controls/s3-versioning.json');
});

test('--list shows the controls of a framework, and audits nothing', async () => {
  const result = await runHoldfast(['audit', '--list', '--framework', 'pci', '--json'], { cwd: directory });
  const { controls } = auditListDocument.strict().parse(JSON.parse(result.stdout));
  expect(controls.length).toBeGreaterThan(20);
  for (const { references } of controls) expect(references.pci).not.toEqual([]);
});

test.each([
  ['a control that does not exist', ['--control', 's3-versionning'], 's3-versionning'],
  ['a template that does not exist', ['--template', 'nowhere'], 'nowhere'],
  ['two formats for one screen', ['--template', 'good', '--format', 'csv', '--format', 'html'], 'room for one'],
  ['a file without a format', ['--template', 'good', '--output', 'a.csv'], '--format'],
  ['--fail-on-new without a baseline', ['--template', 'good', '--fail-on-new'], '--baseline'],
  ['a format that there is not', ['--template', 'good', '--format', 'pdf'], 'sarif'],
  ['two ways to print', ['--template', 'good', '--json', '--format', 'csv'], 'exclude each other'],
])('%s is wrong usage', async (_what, args, said) => {
  const result = await run(...args);
  expect(result).toMatchObject({ code: 2 });
  expect(result.stderr).toContain(said);
});

test('the stacks of an example pass without a waiver, and one setting that is broken fails by its name', async () => {
  const out = join(directory, 'cdk.out');
  const example = join(import.meta.dirname, '../../../examples/runbook');
  const env = { CDK_VALIDATION: 'false' };
  expect(await runHoldfast(['synth', '--out', out], { cwd: example, env })).toMatchObject({ code: 0 });
  const audit = () => runHoldfast(['audit', '--template', out, '--json'], { cwd: example });
  const strict = await audit();
  expect(auditDocument.parse(JSON.parse(strict.stdout)).coverage.findings).toMatchObject({
    fail: 0,
    waived: 0,
    'not-evaluated': 0,
  });
  expect(strict.code).toBe(0);
  const file = join(out, 'fintech-data-layer.template.json');
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('"PubliclyAccessible": false');
  writeFileSync(file, text.replaceAll('"PubliclyAccessible": false', '"PubliclyAccessible": true'));
  const broken = await audit();
  expect(broken.code).toBe(3);
  const failing = auditDocument.parse(JSON.parse(broken.stdout)).findings.filter(({ status }) => status === 'fail');
  expect(new Set(failing.map(({ control }) => control))).toEqual(new Set(['aurora-not-public']));
});

test.each([
  ['good', 1, '0 findings'],
  ['bad', 3, '1 finding (1 low)'],
])(
  'C: files of the audit of %s that cannot be written are told with exit %i, beside the result',
  async (name, code, said) => {
    const there = join(directory, `written-${name}.json`);
    const files = ['--format', 'html', '--output', '/dev/null/audit.html', '--format', 'json', '--output', there];
    const result = await run('--template', name, ...files, '--evidence', '/dev/null/evidence');
    expect(result).toMatchObject({ code });
    expect(result.stdout.replace(/\s+/g, ' ')).toContain(said);
    // The others are written, and only they are said to be.
    expect(result.stdout.match(/^Wrote .*$/gm)).toEqual([`Wrote ${there}.`]);
    expect(JSON.parse(readFileSync(there, 'utf8'))).toHaveProperty('audit');
    const errors = result.stderr.replace(/\s+/g, ' ');
    expect(errors).toContain('error: /dev/null/audit.html: Writing /dev/null/audit.html: ');
    expect(errors).toContain('error: /dev/null/evidence: Writing the evidence to /dev/null/evidence: ');
    const json = await run('--template', name, '--evidence', '/dev/null/evidence', '--json');
    expect(json).toMatchObject({ code });
    expect(JSON.parse(json.stdout)).toMatchObject({
      audit: expect.anything() as object,
      errors: [{ code: 'OUTPUT_FAILED', database: '/dev/null/evidence' }],
    });
  },
);
