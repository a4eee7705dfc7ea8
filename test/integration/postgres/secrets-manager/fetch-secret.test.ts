import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../../src/core/errors.js';
import { fetchSecret } from '../../../../src/postgres/secrets-manager/fetch-secret.js';
import { useEmulator } from '../../../helpers/emulator.js';
import { startAnsweringServer, type AnsweringServer } from './answering-server.js';

const emulator = useEmulator();
let client: SecretsManagerClient;
beforeAll(() => {
  client = clientIn('us-east-1');
});
afterAll(() => client.destroy());

function clientIn(region: string): SecretsManagerClient {
  const { endpoint, credentials } = emulator.clientOptions as { endpoint: string; credentials: never };
  return new SecretsManagerClient({ endpoint, region, credentials });
}

let secrets = 0;
async function createSecret(value: string | Uint8Array | undefined, name = `app-db-no${++secrets}`): Promise<string> {
  const content = typeof value === 'string' ? { SecretString: value } : { SecretBinary: value };
  const { ARN = '' } = await client.send(new CreateSecretCommand({ Name: name, ...content }));
  return ARN;
}

const withoutSuffix = (arn: string) => arn.slice(0, -7);
const fetch = (arn: string, env: NodeJS.ProcessEnv = emulator.env) => fetchSecret(arn, { env });

async function failure(promise: Promise<unknown>): Promise<HoldfastError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof HoldfastError) return error;
  throw new Error(`Expected a HoldfastError, got ${String(error)}`);
}

describe('the value of a secret', () => {
  it('is found by its complete ARN and by one without the suffix, as text and as bytes', async () => {
    const arn = await createSecret('{"password":"one"}');
    for (const given of [arn, withoutSuffix(arn)]) {
      const { arn: complete, text } = await fetch(given);
      expect(complete).toBe(arn);
      expect(text.reveal()).toBe('{"password":"one"}');
      expect(String(text)).toBe('[redacted]');
    }
    expect((await fetch(await createSecret(Buffer.from('{"password":"two"}')))).text.reveal()).toBe(
      '{"password":"two"}',
    );
  });

  it('is found though its name looks like that of another one with a suffix', async () => {
    const arn = await createSecret('right', 'app-backup');
    expect((await fetch(withoutSuffix(arn))).arn).toBe(arn);
  });

  it('is that of AWSCURRENT while a rotation has put another one', async () => {
    const arn = await createSecret('current');
    await client.send(
      new PutSecretValueCommand({ SecretId: arn, SecretString: 'pending', VersionStages: ['AWSPENDING'] }),
    );
    expect((await fetch(arn)).text.reveal()).toBe('current');
    await client.send(new PutSecretValueCommand({ SecretId: arn, SecretString: 'next' }));
    expect((await fetch(arn)).text.reveal()).toBe('next');
  });

  it('is looked for in the region of the ARN, whatever AWS_REGION says', async () => {
    const elsewhere = clientIn('eu-west-1');
    const { ARN = '' } = await elsewhere.send(new CreateSecretCommand({ Name: 'far', SecretString: 'away' }));
    elsewhere.destroy();
    expect(ARN).toContain(':eu-west-1:');
    expect((await fetch(ARN)).text.reveal()).toBe('away');
  });
});

describe('a secret that cannot be read', () => {
  it('because there is none', async () => {
    const error = await failure(fetch('arn:aws:secretsmanager:us-east-1:123456789012:secret:nothing'));
    expect(error).toMatchObject({ code: 'SECRET_MISSING', exitCode: 1, retryable: false });
    expect(error.message).toContain('there is no such secret in us-east-1');
  });

  it('because it has no value yet', async () => {
    const arn = await createSecret(undefined);
    const error = await failure(fetch(arn));
    expect(error.code).toBe('SECRET_MISSING');
    expect(error.hint).toContain('has a current value');
  });

  it('because it is marked for deletion', async () => {
    const arn = await createSecret('x');
    await client.send(new DeleteSecretCommand({ SecretId: arn, RecoveryWindowInDays: 7 }));
    const error = await failure(fetch(arn));
    expect(error).toMatchObject({ code: 'SECRET_MISSING', hint: expect.stringContaining('restore-secret') as string });
  });

  it('because the identity may not, with the permission that it lacks', async () => {
    const arn = await createSecret('x');
    const { accessKeyId, secretAccessKey } = await emulator.createUser(['s3:PutObject']);
    const env = { ...emulator.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    const error = await emulator.enforcing(() => failure(fetch(arn, env)));
    expect(error.code).toBe('SECRET_DENIED');
    expect(error.message).toContain('secretsmanager:GetSecretValue was refused');
    expect(error.hint).toContain('secretsmanager:GetSecretValue');
    expect(error.hint).not.toContain('kms');
  });

  it('because the credentials are not known, without their secret in the error', async () => {
    const arn = await createSecret('x');
    const env = { ...emulator.env, AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN', AWS_SECRET_ACCESS_KEY: 'unknown-secret' };
    const error = await emulator.enforcing(() => failure(fetch(arn, env)));
    expect(error.code).toBe('SECRET_DENIED');
    expect(error.message).toContain('was refused: HTTP 403');
    expect(`${String(error.stack)}${JSON.stringify(error.cause)}`).not.toContain('unknown-secret');
  });

  it('because there are no credentials', async () => {
    const env = { AWS_ENDPOINT_URL: emulator.endpoint, AWS_PROFILE: 'no-such-profile' };
    const error = await failure(fetch('arn:aws:secretsmanager:us-east-1:123456789012:secret:any', env));
    expect(error.code).toBe('SECRET_DENIED');
    expect(error.message).toContain('no AWS credentials');
  });

  it('because the reading was interrupted', async () => {
    const signal = AbortSignal.abort();
    const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:any';
    expect(await failure(fetchSecret(arn, { env: emulator.env, signal }))).toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('an answer of Secrets Manager', () => {
  let server: AnsweringServer;
  beforeAll(async () => {
    server = await startAnsweringServer();
  });
  beforeEach(() => {
    server.requests.length = 0;
  });
  afterAll(() => server.stop());
  const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:appdb';
  const ask = () => fetch(ARN, { ...emulator.env, AWS_ENDPOINT_URL_SECRETS_MANAGER: server.endpoint });

  it('that comes after throttling is taken', async () => {
    const throttled = { error: 'ThrottlingException', message: 'Rate exceeded' };
    server.answers = [throttled, throttled, throttled, { value: 'at last' }];
    expect((await ask()).text.reveal()).toBe('at last');
    expect(server.requests).toHaveLength(4);
    expect(server.requests[0]).toEqual({ SecretId: ARN, VersionStage: 'AWSCURRENT' });
  });

  it.each([
    ['AccessDeniedException', 'Access to KMS is not allowed', 'SECRET_DENIED', /KMS key was refused/, /kms:Decrypt/],
    ['DecryptionFailure', "Secrets Manager can't decrypt it.", 'SECRET_DENIED', /KMS key was refused/, /kms:Decrypt/],
    ['UnrecognizedClientException', 'Invalid token.', 'SECRET_DENIED', /credentials were refused/, /AWS_PROFILE/],
    ['ExpiredTokenException', 'The token has expired', 'SECRET_DENIED', /have expired/, /Sign in again/],
    ['InternalServiceError', 'Something broke', 'SECRET_UNREADABLE', /Something broke/, /can be reached/],
    [
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      'SECRET_MISSING',
      /no current value/,
      /put-secret-value/,
    ],
  ])('that is %s (%s) is %s', async (error, message, code, said, hint) => {
    server.answers = [{ error, message }];
    const coded = await failure(ask());
    expect(coded.code).toBe(code);
    expect(coded.message).toMatch(said);
    expect(coded.hint).toMatch(hint);
  });

  it('that there is none like that, for a name that looks like another one with a suffix, leads to that name', async () => {
    const arn = `${ARN.slice(0, -5)}app-backup`;
    const none = { error: 'ResourceNotFoundException', message: "Secrets Manager can't find the specified secret." };
    const env = { ...emulator.env, AWS_ENDPOINT_URL_SECRETS_MANAGER: server.endpoint };
    server.answers = [none, { value: 'right', arn: `${arn}-XyZ123` }];
    expect((await fetch(arn, env)).text.reveal()).toBe('right');
    expect(server.requests.map(({ SecretId }) => SecretId)).toEqual([arn, 'app-backup']);
    // The same name in the caller's own account is another secret.
    server.answers = [none, { value: 'wrong', arn: `${arn.replace('123456789012', '999999999999')}-XyZ123` }];
    expect(await failure(fetch(arn, env))).toMatchObject({ code: 'SECRET_MISSING' });
  });

  it('that is about another secret is not taken', async () => {
    server.answers = [{ value: 'wrong', arn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:other-AbC123' }];
    expect(await failure(ask())).toMatchObject({ code: 'SECRET_MISSING' });
  });

  it('that does not come is worth another try', async () => {
    const env = { ...emulator.env, AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:1' };
    expect(await failure(fetch(ARN, env))).toMatchObject({ code: 'SECRET_UNREADABLE', retryable: true });
  });
});
