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
import { clientOptions } from './stacks.js';

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
  expect(VersionIdsToStages?.[events[0]!.ClientRequestToken]).toEqual(['AWSPENDING']);
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
