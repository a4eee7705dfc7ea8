/** Stores a version of a secret, or one field of it. */
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { HoldfastError } from '../../core/errors.js';
import type { Secret } from '../../core/secret.js';
import { awsFailure, isMissing } from './aws-failures.js';
import type { ClientOptions } from './sign-in.js';

export interface PutSecretOptions {
  readonly options: ClientOptions;
  /** Name or ARN. */
  readonly name: string;
  /** Absent: the whole secret. */
  readonly field: string | undefined;
  readonly value: Secret;
}

export interface StoredSecret {
  readonly name: string;
  readonly arn: string;
  readonly versionId: string;
}

const WHEN_MISSING =
  'The secret has to exist: `holdfast deploy` makes those of the data layer. Check name and account.';

/** @throws HoldfastError AWS_MISSING without the secret, AWS_DENIED, SECRET_INVALID when a field is set and it is not JSON */
export async function putSecret({ options, name, field, value }: PutSecretOptions): Promise<StoredSecret> {
  const client = new SecretsManagerClient(options);
  try {
    const SecretString = field === undefined ? value.reveal() : await withField(client, name, field, value);
    const {
      Name = name,
      ARN = name,
      VersionId = '',
    } = await client.send(new PutSecretValueCommand({ SecretId: name, SecretString })).catch((error: unknown) => {
      throw awsFailure(error, {
        what: `Storing the secret ${name}`,
        action: 'secretsmanager:PutSecretValue',
        whenMissing: WHEN_MISSING,
      });
    });
    return { name: Name, arn: ARN, versionId: VersionId };
  } finally {
    client.destroy();
  }
}

/** A secret that was never given a value begins as an empty object. */
async function withField(client: SecretsManagerClient, name: string, field: string, value: Secret): Promise<string> {
  let text = '{}';
  try {
    const found = await client.send(new GetSecretValueCommand({ SecretId: name, VersionStage: 'AWSCURRENT' }));
    text = found.SecretString ?? '';
  } catch (error) {
    const failure = {
      what: `Reading the secret ${name}`,
      action: 'secretsmanager:GetSecretValue',
      whenMissing: WHEN_MISSING,
    };
    if (!isMissing(error)) throw awsFailure(error, failure);
  }
  return JSON.stringify({ ...parseObject(name, text), [field]: value.reveal() });
}

function parseObject(name: string, text: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // The parser's words would repeat the value.
  }
  throw new HoldfastError('SECRET_INVALID', `Setting a field of ${name}: its present value is not a JSON object.`, {
    hint: 'Leave --field out to replace the whole value.',
  });
}
