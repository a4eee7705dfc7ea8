import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DescribeStackEventsCommand,
  ExecuteChangeSetCommand,
  ListStackResourcesCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  ListBucketsCommand,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { att, clientOptions, ref, stacksOf, sub } from '../../integration/emulator/stacks.js';

const emulator = useEmulator();
const stacks = stacksOf(emulator);

const bucket = (properties: Readonly<Record<string, unknown>> = {}) => ({
  Type: 'AWS::S3::Bucket',
  Properties: properties,
});
const buckets = async () => (await emulator.client.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name);

describe('a template that cannot be carried out', () => {
  it('fails on a type that the emulator does not know, by its name, and removes what was made', async () => {
    const deployed = await stacks.create('unknown-type', {
      Resources: { First: bucket(), Pipeline: { Type: 'AWS::CodePipeline::Pipeline', DependsOn: 'First' } },
    });
    expect(deployed).toMatchObject({
      status: 'ROLLBACK_COMPLETE',
      failures: ['Pipeline: The emulator does not know the type AWS::CodePipeline::Pipeline'],
      ids: {},
    });
    expect(await buckets()).toEqual([]);
  });

  it.each([
    ['at the top', { AccelerateConfiguration: {} }, 'AccelerateConfiguration of AWS::S3::Bucket'],
    ['inside of another', { VersioningConfiguration: { MFA: 'x' } }, 'VersioningConfiguration.MFA'],
  ])('fails on a property that the emulator does not handle, by its name: %s', async (where, properties, named) => {
    const name = `unknown-property-${where.replaceAll(' ', '-')}`;
    const deployed = await stacks.create(name, { Resources: { Bucket: bucket(properties) } });
    expect(deployed.status).toBe('ROLLBACK_COMPLETE');
    expect(deployed.failures).toEqual([`Bucket: The emulator does not handle the property ${named}`]);
    expect(await buckets()).toEqual([]);
  });

  it('keeps what was made when rollback is off', async () => {
    const Resources = { First: bucket(), Second: { Type: 'AWS::Nothing::Here', DependsOn: 'First' } };
    const deployed = await stacks.create('no-rollback', { Resources }, { DisableRollback: true });
    expect(deployed.status).toBe('CREATE_FAILED');
    expect(await buckets()).toEqual([deployed.ids.First]);
    expect((await stacks.delete('no-rollback')).status).toBe('DELETE_COMPLETE');
  });

  it('leaves alone what another stack owns', async () => {
    const Resources = { Bucket: bucket({ BucketName: 'owned-by-the-first' }) };
    await stacks.create('owner', { Resources });
    expect((await stacks.create('intruder', { Resources })).status).toBe('ROLLBACK_COMPLETE');
    expect(await buckets()).toEqual(['owned-by-the-first']);
    await stacks.delete('owner');
  });

  it.each([
    [
      'a reference to nothing',
      { Resources: { A: bucket({ BucketName: ref('Missing') }) } },
      'Unresolved resource dependencies \\[Missing\\]',
    ],
    [
      'a circle',
      { Resources: { A: { ...bucket(), DependsOn: 'B' }, B: { ...bucket(), DependsOn: 'A' } } },
      'Circular dependency',
    ],
    [
      'a parameter without a value',
      { Parameters: { P: { Type: 'String' } }, Resources: { A: bucket() } },
      'must have values',
    ],
    ['no resources', { Resources: {} }, 'At least one Resources member'],
  ])('is refused before anything is made: %s', async (title, template, words) => {
    await expect(stacks.create(title.replaceAll(' ', '-'), template)).rejects.toThrow(new RegExp(words));
  });

  it.each([
    ['an attribute that the type has not', att('A', 'Nonsense'), /Nonsense/],
    ['a function that there is not', { 'Fn::Reverse': 'abc' }, /Fn::Reverse/],
  ])('fails on %s', async (title, value, words) => {
    const Resources = { A: bucket(), B: bucket({ BucketName: value }) };
    const deployed = await stacks.create(title.replaceAll(' ', '-'), { Resources });
    expect(deployed.status).toBe('ROLLBACK_COMPLETE');
    expect(deployed.failures.join()).toMatch(words);
  });
});

describe('an update', () => {
  it('makes, replaces and removes, and rolls all of it back when one resource fails', async () => {
    const first = {
      Kept: bucket({ Tags: [{ Key: 'v', Value: '1' }] }),
      Named: bucket({ BucketName: 'first-name' }),
      Gone: bucket({ BucketName: 'gone-later' }),
    };
    const created = await stacks.create('changing', { Resources: first });
    const next = {
      Kept: bucket({ Tags: [{ Key: 'v', Value: '2' }] }),
      Named: bucket({ BucketName: 'second-name' }),
      New: bucket({ BucketName: 'new-one' }),
    };
    const tags = async () =>
      (await emulator.client.send(new GetBucketTaggingCommand({ Bucket: created.ids.Kept }))).TagSet?.[0]?.Value;

    const failed = await stacks.update('changing', {
      Resources: { ...next, Wrong: { Type: 'AWS::Nothing::Here', DependsOn: ['Kept', 'Named', 'New'] } },
    });
    expect(failed).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', ids: created.ids });
    expect((await buckets())?.sort()).toEqual(Object.values(created.ids).sort());
    expect(await tags()).toBe('1');

    const updated = await stacks.update('changing', { Resources: next });
    expect(updated).toMatchObject({
      status: 'UPDATE_COMPLETE',
      ids: { Kept: created.ids.Kept, Named: 'second-name', New: 'new-one' },
    });
    expect((await buckets())?.sort()).toEqual([created.ids.Kept, 'new-one', 'second-name'].sort());
    expect(await tags()).toBe('2');
    await expect(stacks.update('changing', { Resources: next })).rejects.toThrow(/No updates are to be performed/);
    await stacks.delete('changing');
  });

  it('by a change set keeps the outputs', async () => {
    const client = new CloudFormationClient(clientOptions(emulator));
    const StackName = 'by-change-set';
    const change = async (type: 'CREATE' | 'UPDATE', value: string) => {
      const Resources = { Bucket: bucket({ Tags: [{ Key: 'v', Value: value }] }) };
      const TemplateBody = JSON.stringify({
        Resources,
        Outputs: { Name: { Value: ref('Bucket') }, V: { Value: value } },
      });
      const ChangeSetName = `change-${value}`;
      await client.send(new CreateChangeSetCommand({ StackName, ChangeSetName, ChangeSetType: type, TemplateBody }));
      await client.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName }));
      return stacks.describe(StackName);
    };
    expect(await change('CREATE', 'one')).toMatchObject({ status: 'CREATE_COMPLETE', outputs: { V: 'one' } });
    expect(await change('UPDATE', 'two')).toMatchObject({ status: 'UPDATE_COMPLETE', outputs: { V: 'two' } });
    await stacks.delete(StackName);
  });
});

describe('a deletion', () => {
  it('leaves what DeletionPolicy retains', async () => {
    const Resources = {
      Vault: { ...bucket({ BucketName: 'retained' }), DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' },
      Other: bucket(),
    };
    await stacks.create('retaining', { Resources });
    const deleted = await stacks.delete('retaining');
    expect(deleted.status).toBe('DELETE_COMPLETE');
    expect(await buckets()).toEqual(['retained']);
    const client = new CloudFormationClient(clientOptions(emulator));
    const { StackEvents } = await client.send(new DescribeStackEventsCommand({ StackName: deleted.stackId }));
    expect(StackEvents?.find((event) => event.ResourceStatus === 'DELETE_SKIPPED')?.LogicalResourceId).toBe('Vault');
    await emulator.aws('s3', 'rb', 's3://retained');
  });

  it('is refused while the stack is protected', async () => {
    const client = new CloudFormationClient(clientOptions(emulator));
    await stacks.create('protected', { Resources: { B: bucket() } }, { EnableTerminationProtection: true });
    await expect(stacks.delete('protected')).rejects.toThrow(/TerminationProtection/);
    await client.send(
      new UpdateTerminationProtectionCommand({ StackName: 'protected', EnableTerminationProtection: false }),
    );
    expect((await stacks.delete('protected')).status).toBe('DELETE_COMPLETE');
  });

  it('fails, and can be repeated, while a bucket has objects', async () => {
    const { ids } = await stacks.create('full', { Resources: { B: bucket(), Other: bucket() } });
    await emulator.aws('s3api', 'put-object', '--bucket', ids.B!, '--key', 'a');
    expect(await stacks.delete('full')).toMatchObject({ status: 'DELETE_FAILED', ids: { B: ids.B } });
    await emulator.aws('s3', 'rm', `s3://${ids.B}/a`);
    expect((await stacks.delete('full')).status).toBe('DELETE_COMPLETE');
  });

  it('is refused while another stack imports an export', async () => {
    const Outputs = { Name: { Value: ref('B'), Export: { Name: 'shared-bucket' } } };
    await stacks.create('exporting', { Resources: { B: bucket() }, Outputs });
    const importing = await stacks.create('importing', {
      Resources: {
        C: bucket({ BucketName: { 'Fn::Sub': ['${Name}-copy', { Name: { 'Fn::ImportValue': 'shared-bucket' } }] } }),
      },
    });
    expect(importing.status).toBe('CREATE_COMPLETE');
    await expect(stacks.delete('exporting')).rejects.toThrow(/in use by importing/);
    await stacks.delete('importing');
    expect((await stacks.delete('exporting')).status).toBe('DELETE_COMPLETE');
  });
});

describe('an import', () => {
  const policy = (Bucket: string) => ({
    Type: 'AWS::S3::BucketPolicy',
    DeletionPolicy: 'Retain',
    Properties: { Bucket, PolicyDocument: { Version: '2012-10-17', Statement: [] } },
  });
  const kept = (BucketName: string) => ({ ...bucket({ BucketName }), DeletionPolicy: 'RetainExceptOnCreate' });
  const client = () => new CloudFormationClient(clientOptions(emulator));
  const importing = async (
    StackName: string,
    template: object,
    identifiers: Readonly<Record<string, readonly [string, Record<string, string>]>>,
  ) => {
    const ResourcesToImport = Object.entries(identifiers).map(([LogicalResourceId, [ResourceType, given]]) => ({
      LogicalResourceId,
      ResourceType,
      ResourceIdentifier: given,
    }));
    const TemplateBody = JSON.stringify(template);
    const set = { StackName, ChangeSetName: 'import' };
    await client().send(
      new CreateChangeSetCommand({ ...set, ChangeSetType: 'IMPORT', TemplateBody, ResourcesToImport }),
    );
    await client().send(new ExecuteChangeSetCommand(set));
    return stacks.describe(StackName);
  };
  const identified = {
    B: ['AWS::S3::Bucket', { BucketName: 'left-behind' }],
    P: ['AWS::S3::BucketPolicy', { Bucket: 'left-behind' }],
  } as const;

  it('takes in what a deleted stack has left, which the next creation would find in its way', async () => {
    const Resources = { B: kept('left-behind'), P: { ...policy('left-behind'), DependsOn: 'B' } };
    await stacks.create('leaving', { Resources });
    const { stackId } = await stacks.delete('leaving');
    const { StackResourceSummaries = [] } = await client().send(new ListStackResourcesCommand({ StackName: stackId }));
    expect(
      StackResourceSummaries.map((left) => [left.LogicalResourceId, left.ResourceStatus, left.PhysicalResourceId]),
    ).toEqual(
      expect.arrayContaining([
        ['B', 'DELETE_SKIPPED', 'left-behind'],
        ['P', 'DELETE_SKIPPED', 'left-behind'],
      ]),
    );
    const again = await stacks.create('again', { Resources: { P: policy('left-behind') } });
    expect(again.failures).toEqual(['P: The bucket policy already exists on bucket left-behind.']);

    const imported = await importing('leaving', { Resources }, identified);
    expect(imported).toMatchObject({ status: 'IMPORT_COMPLETE', ids: { B: 'left-behind', P: 'left-behind' } });
    const more = { ...Resources, Other: bucket() };
    expect((await stacks.update('leaving', { Resources: more })).status).toBe('UPDATE_COMPLETE');
  });

  it('makes again, without drift, what somebody has deleted; another update does not see it', async () => {
    await emulator.aws('s3api', 'delete-bucket-policy', '--bucket', 'left-behind');
    const Resources = { B: kept('left-behind'), P: { ...policy('left-behind'), DependsOn: 'B' } };
    const getPolicy = () => emulator.client.send(new GetBucketPolicyCommand({ Bucket: 'left-behind' }));
    expect((await stacks.update('leaving', { Resources })).status).toBe('UPDATE_COMPLETE');
    await expect(getPolicy()).rejects.toThrow();
    const set = { StackName: 'leaving', ChangeSetName: 'revert', TemplateBody: JSON.stringify({ Resources }) };
    await client().send(
      new CreateChangeSetCommand({ ...set, ChangeSetType: 'UPDATE', DeploymentMode: 'REVERT_DRIFT' }),
    );
    await client().send(new ExecuteChangeSetCommand({ StackName: 'leaving', ChangeSetName: 'revert' }));
    expect((await getPolicy()).Policy).toContain('2012-10-17');
  });

  it.each([
    ['what is not kept', { B: bucket({ BucketName: 'left-behind' }) }, 'DeletionPolicy'],
    ['what no identifier is given for', { B: kept('left-behind'), C: kept('third') }, 'ResourceToImport list'],
    ['what a stack has', { B: kept('left-behind') }, 'already exists in stack'],
  ])('is refused for %s', async (title, Resources, words) => {
    const given = { B: ['AWS::S3::Bucket', { BucketName: 'left-behind' }] } as const;
    await expect(importing(title.replaceAll(' ', '-'), { Resources }, given)).rejects.toThrow(new RegExp(words));
  });

  it('fails for what is not there, and leaves nothing in the stack', async () => {
    const given = { B: ['AWS::S3::Bucket', { BucketName: 'never-made' }] } as const;
    const failed = await importing('missing', { Resources: { B: kept('never-made') } }, given);
    expect(failed).toMatchObject({ status: 'IMPORT_ROLLBACK_COMPLETE', ids: {} });
    expect(failed.failures.join()).toContain('was not found');
  });
});

it('works out functions, conditions, mappings and parameters', async () => {
  const value = (Value: unknown) => ({ Value });
  const deployed = await stacks.create(
    'functions',
    {
      Parameters: { Env: { Type: 'String' }, Many: { Type: 'CommaDelimitedList', Default: 'a,b' } },
      Mappings: { Sizes: { prod: { size: 'large' } } },
      Conditions: { Prod: { 'Fn::Equals': [ref('Env'), 'prod'] }, Not: { 'Fn::Not': [{ Condition: 'Prod' }] } },
      Resources: {
        Bucket: bucket({ BucketName: { 'Fn::Join': ['-', [ref('Env'), 'data', ref('AWS::AccountId')]] } }),
        Never: { ...bucket(), Condition: 'Not' },
        Chosen: bucket({ BucketName: { 'Fn::If': ['Prod', ref('AWS::NoValue'), ref('Never')] } }),
      },
      Outputs: {
        sub: value(sub('${Bucket.Arn}/${!literal}/${AWS::Region}')),
        map: value({ 'Fn::FindInMap': ['Sizes', ref('Env'), 'size'] }),
        select: value({ 'Fn::Select': ['1', ref('Many')] }),
        split: value({ 'Fn::Select': [2, { 'Fn::Split': ['-', ref('Bucket')] }] }),
        base64: value({ 'Fn::Base64': 'text' }),
        cidr: value({ 'Fn::Join': [',', { 'Fn::Cidr': ['10.0.0.0/16', 2, 8] }] }),
        zones: value({ 'Fn::Join': [',', { 'Fn::GetAZs': '' }] }),
        json: value({ 'Fn::ToJsonString': { a: ref('Env') } }),
      },
    },
    { Parameters: [{ ParameterKey: 'Env', ParameterValue: 'prod' }] },
  );
  expect(deployed.failures).toEqual([]);
  expect(deployed.outputs).toEqual({
    sub: 'arn:aws:s3:::prod-data-123456789012/${literal}/us-east-1',
    map: 'large',
    select: 'b',
    split: '123456789012',
    base64: 'dGV4dA==',
    cidr: '10.0.0.0/24,10.0.1.0/24',
    zones: 'us-east-1a,us-east-1b,us-east-1c',
    json: '{"a": "prod"}',
  });
  expect(Object.keys(deployed.ids).sort()).toEqual(['Bucket', 'Chosen']);
});

it('makes the resources of a stack in the account whose role was assumed', async () => {
  const sts = new STSClient(clientOptions(emulator));
  const RoleArn = 'arn:aws:iam::222222222222:role/deploy';
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }));
  const credentials = {
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  };
  const other = stacksOf({
    ...emulator,
    endpoint: emulator.endpoint,
    clientOptions: { ...emulator.clientOptions, credentials },
  });
  const KeyPolicy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }],
  };
  const deployed = await other.create('there', {
    Resources: {
      Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy } },
      Bucket: bucket({ BucketName: 'over-there' }),
    },
    Outputs: { arn: { Value: att('Key', 'Arn') } },
  });
  expect(deployed.outputs.arn).toMatch(/^arn:aws:kms:us-east-1:222222222222:key\//);
  const KeyId = deployed.outputs.arn;
  const kms = new KMSClient({ ...clientOptions(emulator), credentials });
  expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.AWSAccountId).toBe('222222222222');
  await expect(stacks.describe('there')).rejects.toThrow(/does not exist/);
  await other.delete('there');
});

it('forgets all stacks and all they made when it is reset', async () => {
  await stacks.create('forgotten', { Resources: { B: bucket({ BucketName: 'forgotten-too' }) } });
  const answer = await fetch(`${emulator.endpoint}/moto-api/reset`, { method: 'POST' });
  expect(answer.status).toBe(200);
  await expect(stacks.describe('forgotten')).rejects.toThrow(/does not exist/);
  await expect(emulator.client.send(new HeadBucketCommand({ Bucket: 'forgotten-too' }))).rejects.toThrow();
});
