/** Secrets in the emulator, and rotations of them in this process. */
import { randomBytes } from 'node:crypto';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { systemClock } from '../../../src/core/clock.js';
import { createLogger } from '../../../src/core/logger.js';
import type { AdapterEnvironment } from '../../../src/rotation/adapter-environment.js';
import { createAdapter } from '../../../src/rotation/create-adapter.js';
import { createSecretStore } from '../../../src/rotation/protocol/secret-store.js';
import { takeStep, type RotationStep, type StepOutcome } from '../../../src/rotation/protocol/state-machine.js';
import { rotateHere, type Rotated } from '../../../src/rotation/rotate-here.js';
import { parseRotationSettings, type RotationSettingsInput } from '../../../src/rotation/settings.js';
import type { Emulator } from '../../helpers/emulator.js';

/** One secret of a test, and how it is rotated. */
export interface TestSecret {
  readonly id: string;
  readonly client: SecretsManagerClient;
  /** The value that a client would read. */
  current(): Promise<Record<string, unknown>>;
  /** The labels of each version. */
  stages(): Promise<Record<string, string[]>>;
  /** Puts another value in its place, as a person would. */
  put(value: unknown): Promise<void>;
  /** All four steps. */
  rotate(): Promise<Rotated>;
  /** One step. */
  step(step: RotationStep, token: string): Promise<StepOutcome>;
  /** What was logged so far. */
  readonly log: readonly string[];
}

/** For a client of any service of the emulator. */
export function clientOptions({ env }: Pick<Emulator, 'env'>) {
  const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = env;
  return {
    endpoint,
    region,
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID ?? '', secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '' },
  };
}

export function secretsClient(emulator: Pick<Emulator, 'env'>): SecretsManagerClient {
  return new SecretsManagerClient(clientOptions(emulator));
}

/** Stores a value as a new secret and returns its ARN. */
export async function createSecret(client: SecretsManagerClient, value: unknown): Promise<string> {
  const SecretString = typeof value === 'string' ? value : JSON.stringify(value);
  const Name = `test/${randomBytes(6).toString('hex')}`;
  const { ARN = '' } = await client.send(new CreateSecretCommand({ Name, SecretString }));
  return ARN;
}

export async function readCurrent(client: SecretsManagerClient, id: string): Promise<Record<string, unknown>> {
  const input = { SecretId: id, VersionStage: 'AWSCURRENT' };
  const { SecretString = '' } = await client.send(new GetSecretValueCommand(input));
  return JSON.parse(SecretString) as Record<string, unknown>;
}

/** Stores a value as a new secret, to be rotated by these settings. */
export async function useSecret(
  client: SecretsManagerClient,
  value: unknown,
  settings: RotationSettingsInput,
  overrides: Partial<AdapterEnvironment> = {},
): Promise<TestSecret> {
  return secretOf(client, await createSecret(client, value), settings, overrides);
}

/** A secret that is there, to be rotated by these settings. @param id name or ARN */
export function secretOf(
  client: SecretsManagerClient,
  id: string,
  settings: RotationSettingsInput,
  overrides: Partial<AdapterEnvironment> = {},
): TestSecret {
  const store = overrides.store ?? createSecretStore(client);
  const log: string[] = [];
  const logger = createLogger('verbose', (line) => log.push(line));
  const adapter = createAdapter(parseRotationSettings(JSON.stringify(settings), 'the test'), {
    secretId: id,
    store,
    elastiCache: () => new ElastiCacheClient({ region: 'us-east-1' }),
    clock: systemClock,
    logger,
    ...overrides,
  });
  return {
    id,
    client,
    log,
    current: () => readCurrent(client, id),
    async stages() {
      const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: id }));
      return VersionIdsToStages;
    },
    async put(next) {
      const SecretString = typeof next === 'string' ? next : JSON.stringify(next);
      await client.send(new PutSecretValueCommand({ SecretId: id, SecretString }));
    },
    rotate: () => rotateHere({ secretId: id, store, adapter, logger }),
    step: (step, token) => takeStep({ secretId: id, token, step }, adapter, { store, logger, reserved: false }),
  };
}
