import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Aws, CfnParameter, CfnStack, NestedStack, Stack, Stage, Validations } from 'aws-cdk-lib';
import { Bucket, CfnBucket, CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import { beforeEach, expect, test, vi } from 'vitest';
import { HoldfastChecks, type HoldfastChecksProps } from '../../../src/constructs/audit/index.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

// The CDK's own validation takes most of the time of a synthesis, and is not what is tried here.
beforeEach(() => void vi.stubEnv('CDK_VALIDATION', 'false'));

/** An app with one bucket; what the plugin refuses is thrown with the report in the message. */
function synth(
  props: HoldfastChecksProps,
  build: (stack: Stack) => void = (stack) => new CfnBucket(stack, 'Plain', { bucketName: 'plain' }),
): string {
  const app = new App({
    outdir: temporaryDirectory(),
    context: { '@aws-cdk/core:appMode': 'inmemory' },
    analyticsReporting: false,
  });
  build(new Stack(app, 'shop', { env: { account: '111122223333', region: 'eu-west-1' } }));
  Validations.of(app).addPlugins(new HoldfastChecks(props));
  try {
    app.synth();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

test('an app of others fails at synth, with control, resource and remedy in the report', () => {
  const report = synth({ controls: ['s3-versioning'] });
  expect(report).toContain('s3-versioning');
  expect(report).toContain('plain');
  expect(report).toContain('shop/Plain');
});

test('an app that meets the control is synthesized', () => {
  expect(synth({ controls: ['s3-versioning'] }, (stack) => new Bucket(stack, 'Kept', { versioned: true }))).toBe('');
});

test('findings below failOn are warnings, and do not stop it', () => {
  expect(synth({ controls: ['s3-versioning'], failOn: 'high' })).toBe('');
});

test('a finding that is acknowledged with a reason does not stop it, and another one still does', () => {
  const build = (stack: Stack) => {
    const plain = new CfnBucket(stack, 'Plain', { bucketName: 'plain' });
    Validations.of(plain).acknowledge({ id: 'holdfast::s3-versioning', reason: 'A cache.' });
  };
  expect(synth({ controls: ['s3-versioning'] }, build)).toBe('');
  expect(synth({ controls: ['s3-versioning', 's3-acls-off', 's3-tls-only'] }, build)).toContain('s3-tls-only');
});

test('a requirement that is opted out of by name does not stop it', () => {
  const build = (stack: Stack) => {
    new CfnBucket(stack, 'Plain', { bucketName: 'plain' }).addMetadata('Holdfast', { optOuts: ['s3-versioning'] });
  };
  expect(synth({ controls: ['s3-versioning'] }, build)).toBe('');
});

test('a waiver in force lets it through, an expired one does not', () => {
  const file = join(temporaryDirectory(), 'waivers.yaml');
  const write = (expires: string) =>
    writeFileSync(
      file,
      `waivers: [{control: s3-versioning, resource: plain, reason: x, approver: a, expires: ${expires}}]`,
    );
  write(new Date(Date.now() + 100 * 86_400_000).toISOString().slice(0, 10));
  expect(synth({ controls: ['s3-versioning'], waivers: file })).toBe('');
  write('2020-01-01');
  expect(synth({ controls: ['s3-versioning'], waivers: file })).toContain('expired on');
});

test('stacks are checked together: the policy of a bucket may be in another one, and stages count too', () => {
  const app = new App({
    outdir: temporaryDirectory(),
    context: { '@aws-cdk/core:appMode': 'inmemory' },
    analyticsReporting: false,
  });
  const stage = new Stage(app, 'prod', { env: { account: '111122223333', region: 'eu-west-1' } });
  const bucket = new CfnBucket(new Stack(stage, 'data'), 'Plain', { bucketName: 'plain' });
  new CfnBucketPolicy(new Stack(stage, 'policies'), 'Policy', {
    bucket: bucket.bucketName ?? '',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: [`arn:${Aws.PARTITION}:s3:::plain`, `arn:${Aws.PARTITION}:s3:::plain/*`],
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    },
  });
  Validations.of(app).addPlugins(new HoldfastChecks({ controls: ['s3-tls-only', 's3-versioning'] }));
  let report = '';
  try {
    app.synth();
  } catch (error) {
    report = (error as Error).message;
  }
  expect(report).toContain('s3-versioning');
  expect(report).not.toContain('s3-tls-only');
});

test('20.A4: stacks in stacks are checked, and one whose template is elsewhere is a warning', () => {
  const nested = (stack: Stack) => new CfnBucket(new NestedStack(stack, 'Inner'), 'Plain', { bucketName: 'plain' });
  expect(synth({ controls: ['s3-versioning'] }, nested)).toContain('s3-versioning');

  const app = new App({ outdir: temporaryDirectory(), analyticsReporting: false });
  new CfnStack(new Stack(app, 'shop'), 'Elsewhere', { templateUrl: 'https://bucket.s3.amazonaws.com/data.json' });
  const [stack] = app.synth().stacks;
  const templatePaths = [stack?.templateFullPath ?? ''];
  const plugin = new HoldfastChecks({ controls: ['s3-versioning'] });
  expect(plugin.validate({ templatePaths, stackTemplates: [] })).toMatchObject({
    success: true,
    violations: [
      { ruleName: 'audit-scope', severity: 'warning', violatingResources: [{ resourceLogicalId: 'Elsewhere' }] },
    ],
  });
  expect(plugin.ruleIds).toContain('audit-scope');
});

test('what cannot be told is a warning, never an error and never silent', () => {
  const build = (stack: Stack) => {
    const status = new CfnParameter(stack, 'Status');
    new CfnBucket(stack, 'Plain', { versioningConfiguration: { status: status.valueAsString } });
  };
  expect(synth({ controls: ['s3-versioning'] }, build)).toBe('');
  const app = new App({ outdir: temporaryDirectory(), analyticsReporting: false });
  build(new Stack(app, 'shop'));
  const assembly = app.synth();
  const [stack] = assembly.stacks;
  const plugin = new HoldfastChecks({ controls: ['s3-versioning'] });
  const place = {
    stackConstructPath: 'shop',
    templatePath: stack?.templateFullPath ?? '',
    accountId: undefined,
    region: undefined,
  };
  const context = { templatePaths: [place.templatePath], stackTemplates: [place], appConstruct: app };
  expect(plugin.validate(context)).toMatchObject({ success: true, violations: [{ severity: 'warning' }] });
  const ignoring = new HoldfastChecks({ controls: ['s3-versioning'], notEvaluated: 'ignore' });
  expect(ignoring.validate(context).violations).toEqual([]);
});

test('a control that does not exist is an error, and live controls are left out of its rules', () => {
  expect(() => new HoldfastChecks({ controls: ['s3-versionning'] })).toThrow('s3-versionning');
  expect(new HoldfastChecks().ruleIds).not.toContain('backup-proven');
});
