import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import type { Stack } from 'aws-cdk-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadInlineConfig, type ConfigInput } from '../../../src/config/index.js';
import { load } from '../../config/config-files.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { looseEndsOf } from '../loose-ends.js';
import { appOf, BACKUP_ACCOUNT, CONFIG, configOf, OTHER_ACCOUNT, SOURCE_ACCOUNT, templatesOf } from './backup-app.js';

const BACKUP = 'rds-backup-layer2-prod';
const SOURCE = 'rds-pgdump-backup-prod';
const KEY_ARN = `arn:aws:kms:us-east-1:${BACKUP_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

let templates: ReadonlyMap<string, Template>;
const backup = () => templates.get(BACKUP)!;
const source = () => templates.get(SOURCE)!;

beforeAll(async () => {
  templates = await templatesOf(CONFIG);
}, 120_000);

/** A stack of a config, not synthesized. */
async function stackOf(input: ConfigInput, name: string): Promise<Stack> {
  return (await appOf(input)).node.findChild(name) as Stack;
}

const project = (template: Template, name: string) =>
  Object.values(template.findResources('AWS::CodeBuild::Project', { Properties: { Name: name } }))[0] as {
    Properties: {
      Source: { BuildSpec: string };
      Environment: { EnvironmentVariables: { Name: string; Value: unknown }[] };
    };
  };

it('18.A1: both stacks keep what guards or carries a resource as long as the resource', () => {
  expect([backup(), source()].flatMap((template) => looseEndsOf(template.toJSON()))).toEqual([]);
});

describe('the stack of the backup account', () => {
  it('makes the bucket of the vault: versioned, locked, private, under the key, without ACLs, bucket keys and SSE-C', () => {
    backup().hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketName: BACKUP,
        VersioningConfiguration: { Status: 'Enabled' },
        ObjectLockEnabled: true,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 35 } },
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            {
              ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: Match.anyValue() },
              BucketKeyEnabled: false,
              BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
            },
          ],
        },
        LoggingConfiguration: { LogFilePrefix: 'vault/' },
      },
    });
  });

  it('lets no object expire that is not hidden by another', () => {
    const { LifecycleConfiguration } = Object.values(
      backup().findResources('AWS::S3::Bucket', { Properties: { BucketName: BACKUP } }),
    )[0]!['Properties'] as { LifecycleConfiguration: { Rules: Record<string, unknown>[] } };
    const { Rules: rules } = LifecycleConfiguration;
    for (const rule of rules) expect(rule).not.toHaveProperty('ExpirationInDays');
    expect(rules.map(({ Id }) => Id)).toEqual(['tiering', 'hidden-versions', 'incomplete-uploads']);
    expect(rules[2]).toMatchObject({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } });
  });

  it('makes the key with its alias, rotation, and a policy without kms:* for anybody', () => {
    backup().hasResource('AWS::KMS::Key', {
      UpdateReplacePolicy: 'Retain',
      Properties: { Description: Match.stringLikeRegexp('^Backups in'), EnableKeyRotation: true },
    });
    backup().hasResourceProperties('AWS::KMS::Alias', { AliasName: `alias/${BACKUP}` });
    expect(JSON.stringify(backup().findResources('AWS::KMS::Key'))).not.toMatch(/"kms:(\*|Create\*|CreateGrant\*)"/);
  });

  it.each([
    [
      'leaves the key behind a first deployment that failed, where only its administrators could end it',
      'Retain',
      ['A'],
    ],
    ['takes the key back after a first deployment that failed, where it may', 'RetainExceptOnCreate', []],
  ])('%s', async (_, DeletionPolicy, keyAdminRoles) => {
    const input = { ...CONFIG, backupAccount: { account: BACKUP_ACCOUNT, keyAdminRoles } };
    Template.fromStack(await stackOf({ ...input, databases: [CONFIG.databases![0]!] }, BACKUP)).hasResource(
      'AWS::KMS::Key',
      { DeletionPolicy, Properties: { Description: Match.stringLikeRegexp('^Backups in') } },
    );
  });

  it('is protected from being deleted', async () => {
    expect((await stackOf(CONFIG, BACKUP)).terminationProtection).toBe(true);
  });

  it('lets the restore role be taken with a second factor only, and in the Region whose rule tells of it', () => {
    backup().hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'rds-backup-layer2-restore-role-prod',
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Condition: {
              Bool: { 'aws:MultiFactorAuthPresent': 'true' },
              StringEquals: { 'aws:RequestedRegion': 'us-east-1' },
            },
          }),
        ],
      },
    });
  });

  it('lets the named project take the drill role, and has neither role nor permission where none is named', async () => {
    const drill = 'rds-backup-layer2-drill-role-prod';
    backup().hasResourceProperties('AWS::IAM::Role', {
      RoleName: drill,
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Principal: { Service: 'codebuild.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': BACKUP_ACCOUNT },
              ArnLike: { 'aws:SourceArn': `arn:aws:codebuild:us-east-1:${BACKUP_ACCOUNT}:project/restore-drills` },
            },
          }),
        ],
      },
    });
    const backupAccount = { ...CONFIG.backupAccount, drillProject: undefined };
    const text = JSON.stringify(Template.fromStack(await stackOf({ ...CONFIG, backupAccount }, BACKUP)).toJSON());
    expect(text).not.toMatch(/drill/i);
    expect(text).not.toContain('AllowProofs');
    expect(text).toContain('rds-backup-layer2-restore-role-prod');
  });

  it('gives out what the source account needs', () => {
    backup().hasOutput('VaultKeyArn', {});
    backup().hasOutput('VaultBucketName', {});
  });

  it('locks for compliance only when that is asked for by name', async () => {
    const input = {
      ...CONFIG,
      backupAccount: { account: BACKUP_ACCOUNT, objectLock: { mode: 'COMPLIANCE' as const, days: 7 } },
    };
    Template.fromStack(await stackOf(input, BACKUP)).hasResourceProperties('AWS::S3::Bucket', {
      ObjectLockConfiguration: Match.objectLike({ Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 7 } } }),
    });
  });

  it('leaves an existing bucket and key as they are, and says that their policies are not set', async () => {
    const input: ConfigInput = {
      ...CONFIG,
      backupAccount: { account: BACKUP_ACCOUNT, existingBucket: BACKUP, existingKeyArn: KEY_ARN },
    };
    const stack = await stackOf(input, BACKUP);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::S3::Bucket', 0);
    template.resourceCountIs('AWS::S3::BucketPolicy', 0);
    template.resourceCountIs('AWS::KMS::Key', 1);
    template.resourcePropertiesCountIs('AWS::KMS::Key', { Description: Match.stringLikeRegexp('Backups in') }, 0);
    for (const kind of ['bucket', 'key']) {
      Annotations.fromStack(stack).hasWarning(
        '*',
        Match.stringLikeRegexp(`existing ${kind} is not changed.*holdfast policy ${kind}`),
      );
    }
    template.hasOutput('VaultKeyArn', { Value: KEY_ARN });
  });
});

describe('the stack of the source account', () => {
  it('makes a project, a role and a schedule for each database', () => {
    for (const name of ['appdb', 'dw']) {
      source().hasResourceProperties('AWS::CodeBuild::Project', {
        Name: `rds-pgdump-backup-prod-${name}`,
        ConcurrentBuildLimit: 1,
        TimeoutInMinutes: 480,
        Environment: Match.objectLike({ PrivilegedMode: false }),
        LogsConfig: { CloudWatchLogs: Match.objectLike({ Status: 'ENABLED' }) },
      });
      source().hasResourceProperties('AWS::IAM::Role', { RoleName: `rds-pgdump-codebuild-role-prod-${name}` });
      source().hasResourceProperties('AWS::Logs::LogGroup', {
        LogGroupName: `/aws/codebuild/rds-pgdump-backup-prod-${name}`,
        RetentionInDays: 365,
        KmsKeyId: Match.anyValue(),
      });
    }
    source().hasResourceProperties('AWS::Scheduler::Schedule', {
      Name: 'rds-pgdump-backup-prod-appdb',
      ScheduleExpression: 'cron(0 3 ? * SUN *)',
      ScheduleExpressionTimezone: 'UTC',
    });
    source().hasResourceProperties('AWS::Scheduler::Schedule', {
      Name: 'rds-pgdump-backup-prod-dw',
      ScheduleExpression: 'cron(0 * * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      Target: Match.objectLike({
        RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3600 },
        DeadLetterConfig: { Arn: Match.anyValue() },
      }),
    });
  });

  it('gives each build a config that the worker reads, with its own database and without a secret', async () => {
    const { Properties } = project(source(), 'rds-pgdump-backup-prod-dw');
    const [variable, ...others] = Properties.Environment.EnvironmentVariables;
    expect(others).toEqual([]);
    const joined = (variable!.Value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
    const text = joined.map((each) => (typeof each === 'string' ? each : KEY_ARN)).join('');
    const { config, warnings } = await loadInlineConfig({ name: variable!.Name, text, directory: '/' });
    expect(warnings).toEqual([]);
    expect(variable!.Name).toBe('HOLDFAST_CONFIG');
    expect(config).toMatchObject({ environment: 'prod', vault: `s3://${BACKUP}`, kmsKeyArn: KEY_ARN });
    expect(config.databases).toHaveLength(1);
    expect(config.databases[0]).toMatchObject({
      name: 'dw',
      dbName: 'dw',
      secretArn: expect.stringMatching(/dw-AbCdEf$/) as string,
      sslmode: 'require',
    });
  });

  it('has a build run nothing but the bundle of its source', () => {
    const { Source } = project(source(), 'rds-pgdump-backup-prod-dw').Properties;
    expect(JSON.parse(Source.BuildSpec)).toEqual({
      version: '0.2',
      phases: {
        install: { 'runtime-versions': { nodejs: 24 }, commands: ['dnf install --assumeyes --quiet postgresql18'] },
        build: { commands: ['node holdfast.mjs backup dw'] },
      },
    });
  });

  it('runs builds in our own image as its user, with its home', async () => {
    const image = 'build';
    const template = Template.fromStack(await stackOf({ ...CONFIG, sourceAccount: { build: { image } } }, SOURCE));
    const { Source } = project(template, 'rds-pgdump-backup-prod-dw').Properties;
    expect(JSON.parse(Source.BuildSpec)).toEqual({
      version: '0.2',
      'run-as': 'holdfast',
      phases: { build: { commands: ['HOME=/home/holdfast node holdfast.mjs backup dw'] } },
    });
    const dockerfile = await readFile(new URL('../../../docker/backup-worker/Dockerfile', import.meta.url), 'utf8');
    expect(dockerfile).toMatch(/^RUN useradd .*--create-home .* holdfast$/m);
  });

  it('lets a role read its one secret, by the suffix where the config has none', () => {
    const secretsOf = (name: string) => {
      const found = source().findResources('AWS::IAM::Role', {
        Properties: { RoleName: `rds-pgdump-codebuild-role-prod-${name}` },
      });
      const statements = JSON.stringify(found).match(
        /"secretsmanager:GetSecretValue"[^}]*?"Resource":("[^"]*"|\[[^\]]*\])/,
      );
      return JSON.parse(statements![1]!) as unknown;
    };
    const arn = `arn:aws:secretsmanager:us-east-1:${SOURCE_ACCOUNT}:secret`;
    expect(secretsOf('appdb')).toBe(`${arn}:appdb-??????`);
    expect(secretsOf('dw')).toBe(`${arn}:dw-AbCdEf`);
  });

  it('raises an alarm for a failed build, and for a start that was given up', () => {
    source().hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'FailedBuilds',
      Dimensions: [{ Name: 'ProjectName', Value: 'rds-pgdump-backup-prod-appdb' }],
      AlarmActions: [Match.anyValue()],
    });
    source().hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Namespace: 'AWS/SQS',
      AlarmActions: [Match.anyValue()],
    });
  });

  it('runs in the network that is given, and lets itself into the databases', () => {
    source().hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: 'sg-0a1b2c3d4e5f67890',
      FromPort: 5432,
      ToPort: 5432,
    });
    source().hasResourceProperties('AWS::CodeBuild::Project', {
      VpcConfig: Match.objectLike({ VpcId: 'vpc-0a1b2c3d4e5f67890' }),
    });
    source().resourceCountIs('AWS::EC2::VPCEndpoint', 0);
  });

  it('makes all endpoints for subnets without a way out, and lets S3 through for what builds need', async () => {
    const network = { ...CONFIG.sourceAccount!.network, endpoints: true, routeTableIds: ['rtb-0a1b2c3d4e5f67890'] };
    const template = Template.fromStack(
      await stackOf({ ...CONFIG, sourceAccount: { network, build: { image: 'build' } } }, SOURCE),
    );
    const endpoints = Object.values(template.findResources('AWS::EC2::VPCEndpoint')).map(
      (each) => each['Properties'] as { ServiceName: string; PolicyDocument?: { Statement: { Sid: string }[] } },
    );
    expect(endpoints.map(({ ServiceName }) => ServiceName).sort()).toEqual(
      ['ecr.api', 'ecr.dkr', 'logs', 's3', 'secretsmanager'].map((service) => `com.amazonaws.us-east-1.${service}`),
    );
    const s3 = endpoints.find(({ PolicyDocument }) => PolicyDocument !== undefined);
    expect(s3?.PolicyDocument?.Statement.map(({ Sid }) => Sid)).toEqual(['Vault', 'Source', 'ImageLayers']);
  });

  it('takes the key by a parameter where the config names none, and has none where it does', async () => {
    expect(source().findParameters('VaultKeyArn')).not.toEqual({});
    const named = Template.fromStack(await stackOf({ ...CONFIG, kmsKeyArn: KEY_ARN }, SOURCE));
    expect(named.findParameters('VaultKeyArn')).toEqual({});
    expect(JSON.stringify(named.toJSON())).toContain(KEY_ARN);
  });

  it('gives all jobs one role where that is asked for, with the name of the source document', async () => {
    const template = Template.fromStack(await stackOf({ ...CONFIG, sourceAccount: { roles: 'shared' } }, SOURCE));
    template.hasResourceProperties('AWS::IAM::Role', { RoleName: 'rds-pgdump-codebuild-role-prod' });
    template.resourcePropertiesCountIs('AWS::IAM::Role', { RoleName: Match.stringLikeRegexp('-codebuild-role-') }, 1);
  });

  it('A9: warns in both accounts that a role that all jobs share is bound to no prefix', async () => {
    const app = await appOf({ ...CONFIG, sourceAccount: { roles: 'shared' } });
    const [backup, source] = [BACKUP, SOURCE].map((name) => app.node.findChild(name) as Stack);
    Annotations.fromStack(backup!).hasWarning('*', Match.stringLikeRegexp('nothing binds a job to the prefix'));
    Annotations.fromStack(source!).hasWarning('*', Match.stringLikeRegexp('write under the prefix of every one'));
    const separate = Annotations.fromStack(await stackOf(CONFIG, BACKUP));
    expect(separate.findWarning('*', Match.stringLikeRegexp('share one role'))).toEqual([]);
  });

  it('A9: says which tags roles need where the policies of the vault bind by them', async () => {
    const input: ConfigInput = {
      ...CONFIG,
      backupAccount: { account: BACKUP_ACCOUNT, sources: [{ account: OTHER_ACCOUNT, prefix: 'b' }] },
    };
    const stack = await stackOf(input, BACKUP);
    const [only, ...others] = Annotations.fromStack(stack).findInfo('*', Match.stringLikeRegexp('by their tags'));
    expect(others).toEqual([]);
    expect(JSON.stringify(only?.entry.data)).toMatch(new RegExp(`account ${OTHER_ACCOUNT}.*holdfast:database`));
  });

  it('A9: has the tags on every role, and policies with one statement for all, with 31 databases', async () => {
    const [appdb] = CONFIG.databases!;
    const databases = Array.from({ length: 31 }, (_, index) => ({ ...appdb!, name: `db-${index}` }));
    const templates = await templatesOf({ ...CONFIG, databases, backupAccount: { account: BACKUP_ACCOUNT } });
    const roles = Object.values(templates.get(SOURCE)!.findResources('AWS::IAM::Role')) as {
      Properties: { RoleName?: string; Tags: object[] };
    }[];
    const jobs = roles.filter(({ Properties }) => Properties.RoleName?.includes('-codebuild-role-'));
    expect(jobs).toHaveLength(31);
    for (const { Properties } of jobs)
      expect(Properties.Tags).toContainEqual({
        Key: 'holdfast:database',
        Value: Properties.RoleName!.replace(/^.*-prod-/, ''),
      });
    const bound = (statement: { Sid: string }) => statement.Sid === 'AllowNewObjectsAccount1Tagged';
    const [policy] = Object.values(templates.get(BACKUP)!.findResources('AWS::S3::BucketPolicy'))
      .map(
        ({ Properties }) =>
          (Properties as { PolicyDocument: { Statement: { Sid: string }[] } }).PolicyDocument.Statement,
      )
      .filter((statements) => statements.some(bound));
    expect(policy?.filter(({ Sid }) => Sid.startsWith('AllowNewObjects'))).toEqual([
      expect.objectContaining({
        Resource: 'arn:aws:s3:::rds-backup-layer2-prod/layer2/${aws:PrincipalTag/holdfast:database}/*',
        Condition: {
          ArnLike: {
            'aws:PrincipalArn': `arn:aws:iam::${SOURCE_ACCOUNT}:role/rds-pgdump-codebuild-role-prod-\${aws:PrincipalTag/holdfast:database}`,
          },
          StringLike: { 'aws:PrincipalTag/holdfast:database': '?*' },
          StringNotLike: { 'aws:PrincipalTag/holdfast:database': '*/*' },
        },
      }),
    ]);
  });

  it('brings the certificates that databases are checked against', async () => {
    const directory = temporaryDirectory();
    writeFileSync(path.join(directory, 'rds-ca.pem'), '-----BEGIN CERTIFICATE-----\n');
    const databases = CONFIG.databases!.map((each) => ({
      ...each,
      sslmode: 'verify-full' as const,
      sslrootcert: 'rds-ca.pem',
    }));
    const config = await configOf({ ...CONFIG, kmsKeyArn: KEY_ARN, databases }, directory);
    const stack = (await appOf(config)).node.findChild(SOURCE) as Stack;
    const { Environment } = project(Template.fromStack(stack), 'rds-pgdump-backup-prod-dw').Properties;
    expect(Environment.EnvironmentVariables[0]!.Value).toMatch(/"sslrootcert":"\.\/certificates\/[0-9a-f]{16}\.pem"/);
  });
});

describe("the source document's variables", () => {
  it('give two projects and schedules, as written', async () => {
    const text = (await readFile(new URL('../../config/fixtures/layer2.tfvars', import.meta.url), 'utf8'))
      .replaceAll('<SRC_ACCT>', SOURCE_ACCOUNT)
      .replaceAll('<BACKUP_ACCT_ID>', BACKUP_ACCOUNT)
      .replaceAll('<CMK_ID>', '1234abcd-12ab-34cd-56ef-1234567890ab');
    const { config } = await load('terraform.tfvars', text);
    const written = await templatesOf(config);
    expect([...written.keys()]).toEqual([SOURCE]);
    const template = written.get(SOURCE)!;
    const names = (type: string) =>
      Object.values(template.findResources(type)).map((each) => (each['Properties'] as { Name: string }).Name);
    expect(names('AWS::CodeBuild::Project')).toEqual(['rds-pgdump-backup-prod-appdb', 'rds-pgdump-backup-prod-dw']);
    expect(names('AWS::Scheduler::Schedule')).toEqual(['rds-pgdump-backup-prod-appdb', 'rds-pgdump-backup-prod-dw']);
    template.allResourcesProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(0 3 ? * SUN *)',
      ScheduleExpressionTimezone: 'UTC',
    });
    expect(JSON.stringify(template.toJSON())).toContain(KEY_ARN);
  });
});

describe('createApp refuses, and says what to change', () => {
  const [appdb] = CONFIG.databases!;
  it.each<[string, ConfigInput, RegExp]>([
    ['a config without an environment', { ...CONFIG, environment: undefined }, /environment is not given/],
    ['a config without a Region', { ...CONFIG, region: undefined }, /region is not given/],
    ['a vault that is not in S3', { ...CONFIG, vault: 'file:///srv/vault' }, /On AWS it is s3:/],
    ['a config with nothing for AWS', { environment: 'prod', region: 'us-east-1' }, /nothing for AWS/],
    ['an entry that discovers', { ...CONFIG, databases: [appdb!, { host: 'h', discover: true }] }, /gets a project/],
    [
      'a passfile',
      { ...CONFIG, databases: [{ host: 'h', dbName: 'd', passfile: '/p' }, appdb!] },
      /a build on AWS does not have/,
    ],
    [
      'IAM without the name that permissions have',
      { ...CONFIG, databases: [{ host: 'h', dbName: 'd', iam: true, user: 'u' }, appdb!] },
      /Add rdsResourceId and user/,
    ],
    [
      'a name that no project can have',
      { ...CONFIG, databases: [{ ...appdb, name: 'app.db' }] },
      /"rds-pgdump-backup-prod-app\.db" cannot be the name/,
    ],
    [
      'secrets of two accounts',
      { ...CONFIG, sourceAccount: { account: '999999999999' } },
      /name several accounts: 999999999999, 111122223333/,
    ],
    [
      'two accounts under one prefix',
      { ...CONFIG, backupAccount: { account: BACKUP_ACCOUNT, sources: [{ account: '777788889999' }] } },
      /under the same prefix/,
    ],
    [
      'certificates that are not there',
      { ...CONFIG, databases: [{ ...appdb, sslrootcert: '/not/there.pem' }] },
      /not\/there\.pem, does not exist/,
    ],
    [
      'a VPC without subnets',
      { ...CONFIG, sourceAccount: { network: { vpcId: 'vpc-0a1b2c3d4e5f67890' } } },
      /vpcId and subnetIds are both needed/,
    ],
    [
      'packages from the internet in a VPC of ours without a way there',
      { ...CONFIG, sourceAccount: { network: { createCidr: '10.90.0.0/24' } } },
      /build\.image is "install".*they are those of sourceAccount\.network\.createCidr, 10\.90\.0\.0\/24/,
    ],
    [
      'packages from the internet beside endpoints',
      {
        ...CONFIG,
        sourceAccount: {
          network: { ...CONFIG.sourceAccount!.network, endpoints: true, routeTableIds: ['rtb-0a1b2c3d4e5f67890'] },
        },
      },
      /build\.image is "install".*endpoints: true/,
    ],
    [
      'packages from the internet in the network of the data layer',
      {
        ...CONFIG,
        databases: [{ dbName: 'ledger', dataLayer: true }],
        dataLayer: { account: SOURCE_ACCOUNT, network: { createCidr: '10.80.0.0/22' } },
        sourceAccount: { account: SOURCE_ACCOUNT },
      },
      /build\.image is "install".*dataLayer\.network\.createCidr/,
    ],
  ])('%s', async (_, input, message) => {
    await expect(appOf(input)).rejects.toThrow(message);
    await expect(appOf(input)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
