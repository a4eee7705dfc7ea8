/** The action of `holdfast rotate`. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { settingsOfSecret } from '../../../config/accounts.js';
import { HoldfastError } from '../../../core/errors.js';
import { systemReasonOf } from '../../../core/system-reason.js';
import { MINUTE_MS, formatDuration } from '../../../core/times.js';
import { regionOfSecret } from '../../../syntax/secret-arn.js';
import type { DescribedSecret, SecretStore } from '../../../rotation/protocol/secret-store.js';
import type { RotationSettings } from '../../../rotation/settings.js';
import type { ClientOptions } from '../../aws/sign-in.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_DONE } from '../../exit-code.js';
import type { Session } from '../../session.js';
import { signIn } from '../../aws/sign-in.js';
import { rotateWithFunction } from '../../../rotation/rotate-with-function.js';
import { createAdapter } from '../../../rotation/create-adapter.js';
import { rotateHere } from '../../../rotation/rotate-here.js';
import * as clients from '../../aws/rotation-clients.js';
import { supplyApiKeys } from '../../../rotation/api-keys/manual-supply.js';
import { guessSettings, parseRotationSettings } from '../../../rotation/settings.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { rotateDocument } from '../../json/aws-documents.js';
import { readInput } from '../../inputs/read-input.js';

type Document = DocumentOf<typeof rotateDocument>;

export interface RotateOptions {
  readonly here?: boolean;
  readonly settings?: string;
  readonly supply?: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
}

const DEFAULT_TIMEOUT_MS = 15 * MINUTE_MS;

export async function rotate(
  session: Session,
  secretId: string,
  options: RotateOptions,
): Promise<CommandResult<Document>> {
  const config = await session.config.optional();
  const region = regionOfSecret(secretId) ?? config?.region;
  const access = await signIn(session, 'the account of the secret', settingsOfSecret(config, secretId), region);
  const client = new clients.SecretsManagerClient(access.clientOptions);
  const began = session.clock.now().getTime();
  try {
    const store = clients.createSecretStore(client, session.signal);
    const secret = await store.describe(secretId);
    const managed = secret.rotationLambdaArn !== undefined || secret.owningService !== undefined;
    const byFunction = managed && !options.here && !options.supply;
    const rotated = byFunction
      ? {
          ...(await follow(session, { client, store, secretId, timeoutMs: options.timeout ?? DEFAULT_TIMEOUT_MS })),
          resumed: false,
        }
      : await takeSteps(session, secret, { client, store, options, clientOptions: access.clientOptions });
    const durationMs = session.clock.now().getTime() - began;
    const by = byFunction ? 'function' : 'here';
    const { name, arn } = secret;
    return {
      document: { rotation: { name, arn, version: rotated.version, by, resumed: rotated.resumed, durationMs } },
      format: () =>
        `${rotated.resumed ? 'Finished the rotation of' : 'Rotated'} ${name} in ${formatDuration(durationMs)}: version ${rotated.version} is current.`,
      exitCode: EXIT_DONE,
    };
  } finally {
    client.destroy();
  }
}

async function follow(
  session: Session,
  options: { client: SecretsManagerClient; store: SecretStore; secretId: string; timeoutMs: number },
): Promise<{ readonly version: string }> {
  let shown = '';
  const onState = (state: string) => {
    if (state !== shown) session.logger.info(`The new version is ${state}.`);
    shown = state;
  };
  return rotateWithFunction({ ...options, onState, signal: session.signal });
}

interface Steps {
  readonly client: SecretsManagerClient;
  readonly store: SecretStore;
  readonly options: RotateOptions;
  readonly clientOptions: ClientOptions;
}

async function takeSteps(session: Session, secret: DescribedSecret, { client, store, options, clientOptions }: Steps) {
  const { clock, logger, signal } = session;
  if (options.supply) {
    const names = await supplyApiKeys(client, store, secret.arn, await readInput(session));
    logger.info(`Supplied: ${names.join(', ')}.`);
  }
  const settings = options.supply ? { kind: 'api-keys' as const } : await readSettings(session, secret, store, options);
  const adapter = createAdapter(settings, {
    secretId: secret.arn,
    store,
    elastiCache: () => new clients.ElastiCacheClient(clientOptions),
    clock,
    logger,
    signal,
  });
  const onStep = (step: string) => logger.debug(`${secret.name}: ${step}`);
  return rotateHere({ secretId: secret.arn, store, adapter, logger, onStep, signal });
}

async function readSettings(
  session: Session,
  secret: DescribedSecret,
  store: SecretStore,
  { settings }: RotateOptions,
): Promise<RotationSettings> {
  if (settings !== undefined) {
    const path = resolve(session.cwd, settings);
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw new HoldfastError('USAGE', `Reading the settings ${path}: ${systemReasonOf(error)}.`);
    });
    return parseRotationSettings(text, path);
  }
  const guessed = guessSettings((await store.read(secret.arn, { stage: 'AWSCURRENT' })) ?? '');
  if (guessed) return guessed;
  throw new HoldfastError('USAGE', `How ${secret.name} is rotated cannot be told from its value.`, {
    hint: 'Say how it is rotated with --settings FILE; docs/reference/rotation.md has an example of each kind. Those of a database user name the users that may be changed: {"kind": "postgres", "users": ["app"]}.',
  });
}
