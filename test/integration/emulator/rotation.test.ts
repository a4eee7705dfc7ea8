import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { clientOptions, stacksOf } from './stacks.js';

interface RotationEvent {
  readonly Step: string;
  readonly SecretId: string;
  readonly ClientRequestToken: string;
}

const emulator = useEmulator();
let client: SecretsManagerClient;
let server: Server;
let functionArn = '';
let events: (RotationEvent & { readonly path: string })[] = [];
/** The step that fails, if any. */
let failing: string | undefined;

beforeAll(async () => {
  client = new SecretsManagerClient(clientOptions(emulator));
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const event = JSON.parse(body) as RotationEvent;
      events.push({ ...event, path: request.url! });
      rotate(event).then(
        () => response.end('null'),
        (error: Error) => response.setHeader('X-Amz-Function-Error', 'Unhandled').end(JSON.stringify(error.message)),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const lambdaUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await fetch(`${emulator.endpoint}/emulator/options`, { method: 'POST', body: JSON.stringify({ lambdaUrl }) });
  functionArn = await createFunction();
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** What a rotation function does, with nothing to rotate but the value. */
async function rotate({ Step, SecretId, ClientRequestToken: token }: RotationEvent): Promise<void> {
  if (Step === failing) throw new Error(`${Step} was to fail`);
  if (Step === 'createSecret') {
    const SecretString = `value of ${token}`;
    await client.send(
      new PutSecretValueCommand({ SecretId, ClientRequestToken: token, SecretString, VersionStages: ['AWSPENDING'] }),
    );
  }
  if (Step === 'finishSecret') {
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
    const [current] = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes('AWSCURRENT'))!;
    const move = { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: token, RemoveFromVersionId: current };
    await client.send(new UpdateSecretVersionStageCommand(move));
    await client.send(
      new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: token }),
    );
  }
}

async function createFunction(): Promise<string> {
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  };
  const iam = new IAMClient(clientOptions(emulator));
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'rotation', AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  const lambda = new LambdaClient(clientOptions(emulator));
  const made = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'rotate-app-user',
      Code: { ZipFile: Buffer.from('none') },
      Handler: 'index.handler',
      Runtime: 'nodejs22.x',
      Role: Role!.Arn,
    }),
  );
  return made.FunctionArn!;
}

async function createSecret(Name: string): Promise<void> {
  await client.send(new CreateSecretCommand({ Name, SecretString: 'first' }));
}

/** Starts a rotation, waits for its end, and returns what the emulator says of it. */
async function rotated(SecretId: string): Promise<{ status: string; step: string; error: string | null }> {
  events = [];
  const { VersionId } = await client.send(
    new RotateSecretCommand({
      SecretId,
      RotationLambdaARN: functionArn,
      RotationRules: { AutomaticallyAfterDays: 30 },
    }),
  );
  for (;;) {
    const answer = await fetch(`${emulator.endpoint}/emulator/rotations`);
    const all = (await answer.json()) as { token: string; status: string; step: string; error: string | null }[];
    const record = all.find(({ token }) => token === VersionId)!;
    if (record.status !== 'running') return record;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const value = async (SecretId: string, VersionStage: string) =>
  (await client.send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString;

it('sends the four steps to the function, and a second rotation follows the first', async () => {
  await createSecret('twice');
  expect(await rotated('twice')).toMatchObject({ status: 'done', error: null });
  const [{ ClientRequestToken: first } = { ClientRequestToken: '' }] = events;
  expect(events.map(({ Step, path }) => [Step, path])).toEqual(
    ['createSecret', 'setSecret', 'testSecret', 'finishSecret'].map((step) => [
      step,
      '/2015-03-31/functions/rotate-app-user/invocations',
    ]),
  );
  expect(new Set(events.map((event) => event.ClientRequestToken)).size).toBe(1);
  expect(await value('twice', 'AWSCURRENT')).toBe(`value of ${first}`);
  expect(await value('twice', 'AWSPREVIOUS')).toBe('first');

  expect(await rotated('twice')).toMatchObject({ status: 'done' });
  expect(await value('twice', 'AWSPREVIOUS')).toBe(`value of ${first}`);
  expect(await value('twice', 'AWSCURRENT')).toBe(`value of ${events[0]!.ClientRequestToken}`);
  const { RotationRules, LastRotatedDate } = await client.send(new DescribeSecretCommand({ SecretId: 'twice' }));
  expect(RotationRules).toEqual({ AutomaticallyAfterDays: 30 });
  expect(LastRotatedDate).toBeInstanceOf(Date);
});

it('stops at the step that fails: the old value stays current, the new one pending, and no other rotation begins', async () => {
  await createSecret('failing');
  failing = 'testSecret';
  try {
    expect(await rotated('failing')).toMatchObject({
      status: 'failed',
      step: 'testSecret',
      error: '"testSecret was to fail"',
    });
  } finally {
    failing = undefined;
  }
  expect(events.map(({ Step }) => Step)).toEqual(['createSecret', 'setSecret', 'testSecret']);
  expect(await value('failing', 'AWSCURRENT')).toBe('first');
  expect(await value('failing', 'AWSPENDING')).toBe(`value of ${events[0]!.ClientRequestToken}`);
  await expect(rotated('failing')).rejects.toThrow(/previous rotation isn't complete/);
});

it('has a pending version without a value until createSecret has made one', async () => {
  await createSecret('pending');
  failing = 'createSecret';
  try {
    expect(await rotated('pending')).toMatchObject({ status: 'failed', step: 'createSecret' });
  } finally {
    failing = undefined;
  }
  const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: 'pending' }));
  // The rotation of the test before this one is attempted again meanwhile.
  const own = events.find(({ SecretId }) => SecretId.includes(':pending-'));
  expect(VersionIdsToStages?.[own!.ClientRequestToken]).toEqual(['AWSPENDING']);
  await expect(value('pending', 'AWSPENDING')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

it('refuses a secret without a function, and a function that there is not', async () => {
  await createSecret('bare');
  await expect(client.send(new RotateSecretCommand({ SecretId: 'bare' }))).rejects.toThrow(
    /No Lambda rotation function/,
  );
  const missing = functionArn.replace('rotate-app-user', 'missing');
  await expect(
    client.send(new RotateSecretCommand({ SecretId: 'bare', RotationLambdaARN: missing })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

const stagesOf = async (SecretId: string) =>
  (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {};
const move = (SecretId: string, VersionStage: string, RemoveFromVersionId?: string, MoveToVersionId?: string) =>
  client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage, RemoveFromVersionId, MoveToVersionId }));
const put = async (SecretId: string, SecretString: string, VersionStages?: string[]) =>
  (await client.send(new PutSecretValueCommand({ SecretId, SecretString, VersionStages }))).VersionId!;

it('17.D: has one version with AWSCURRENT, whatever moves and whoever stores a value', async () => {
  await createSecret('labels');
  const [first] = Object.keys(await stagesOf('labels'));
  const second = await put('labels', 'second', ['AWSPENDING']);
  await move('labels', 'AWSCURRENT', first, second);
  expect(await stagesOf('labels')).toEqual({ [first!]: ['AWSPREVIOUS'], [second]: ['AWSPENDING', 'AWSCURRENT'] });
  await move('labels', 'OURS', undefined, second);
  const third = await put('labels', 'third');
  expect(await stagesOf('labels')).toMatchObject({
    [second]: ['AWSPENDING', 'OURS', 'AWSPREVIOUS'],
    [third]: ['AWSCURRENT'],
  });
  expect(
    Object.values(await stagesOf('labels'))
      .flat()
      .filter((label) => label === 'AWSPREVIOUS'),
  ).toHaveLength(1);
});

it('17.D: moves a label from the version that has it alone', async () => {
  await createSecret('moves');
  const [first] = Object.keys(await stagesOf('moves'));
  const second = await put('moves', 'second', ['AWSPENDING']);
  await expect(move('moves', 'AWSCURRENT', undefined, second)).rejects.toThrow(/RemoveFromVersionId can't be empty/);
  await expect(move('moves', 'AWSCURRENT', second, second)).rejects.toThrow(/not found in version/);
  await expect(move('moves', 'AWSPENDING', undefined, first)).rejects.toThrow(/RemoveFromVersionId can't be empty/);
  await expect(move('moves', 'AWSCURRENT', first)).rejects.toThrow(/You can only move staging label AWSCURRENT/);
  expect(await stagesOf('moves')).toEqual({ [first!]: ['AWSCURRENT'], [second]: ['AWSPENDING'] });
});

it('17.D: never changes a value under its token', async () => {
  await createSecret('fixed');
  const input = { SecretId: 'fixed', ClientRequestToken: 'a'.repeat(36), VersionStages: ['AWSPENDING'] };
  await client.send(new PutSecretValueCommand({ ...input, SecretString: 'one' }));
  await client.send(new PutSecretValueCommand({ ...input, SecretString: 'one' }));
  await expect(client.send(new PutSecretValueCommand({ ...input, SecretString: 'two' }))).rejects.toMatchObject({
    name: 'ResourceExistsException',
  });
  expect(await value('fixed', 'AWSPENDING')).toBe('one');
});

it('17.D: takes a rotation up again that has failed, with its token', async () => {
  await createSecret('again');
  failing = 'setSecret';
  try {
    expect(await rotated('again')).toMatchObject({ status: 'failed', step: 'setSecret' });
  } finally {
    failing = undefined;
  }
  const [{ ClientRequestToken: token } = { ClientRequestToken: '' }] = events;
  await expect(client.send(new RotateSecretCommand({ SecretId: 'again' }))).rejects.toThrow(/will be reattempted/);
  while ((await stagesOf('again'))[token]?.includes('AWSCURRENT') !== true) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await value('again', 'AWSCURRENT')).toBe(`value of ${token}`);
});

it('17.D: updates the replicas of a secret, and refuses to replace a resource that keeps its name', async () => {
  const stacks = stacksOf(emulator);
  const secret = (ReplicaRegions: object[]) => ({
    Resources: {
      Secret: {
        Type: 'AWS::SecretsManager::Secret',
        Properties: { Name: 'copied', SecretString: 'x', ReplicaRegions },
      },
    },
  });
  const there = (region: string) => new SecretsManagerClient({ ...clientOptions(emulator), region });
  expect((await stacks.create('copied', secret([{ Region: 'eu-west-1' }]))).status).toBe('CREATE_COMPLETE');
  expect((await stacks.update('copied', secret([{ Region: 'eu-central-1' }]))).status).toBe('UPDATE_COMPLETE');
  const input = { SecretId: 'copied' };
  expect(await there('eu-central-1').send(new DescribeSecretCommand(input))).toMatchObject({
    PrimaryRegion: 'us-east-1',
  });
  await expect(there('eu-west-1').send(new DescribeSecretCommand(input))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });

  const group = (GroupDescription: string, GroupName?: string) => ({
    Resources: { Group: { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription, GroupName } } },
  });
  const made = await stacks.create('named', group('first', 'kept'));
  const refused = await stacks.update('named', group('second', 'kept'));
  expect(refused).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', ids: made.ids });
  expect(refused.failures.join()).toContain('cannot update a stack when a custom-named resource requires replacing');
  expect((await stacks.update('named', group('second', 'another'))).status).toBe('UPDATE_COMPLETE');
  const unnamed = await stacks.create('unnamed', group('first'));
  const replaced = await stacks.update('unnamed', group('second'));
  expect(replaced.status).toBe('UPDATE_COMPLETE');
  expect(replaced.ids).not.toEqual(unnamed.ids);
});
