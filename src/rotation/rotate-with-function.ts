/** Starts a rotation as its schedule would, and follows it by the staging labels: the only thing that tells. */
import { randomUUID } from 'node:crypto';
import { RotateSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { sleep } from '../core/cancellation.js';
import { HoldfastError, messageOf } from '../core/errors.js';
import type { SecretStore } from './protocol/secret-store.js';
import { versionState } from './protocol/version-state.js';

export interface FollowOptions {
  readonly client: SecretsManagerClient;
  readonly store: SecretStore;
  readonly secretId: string;
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** Milliseconds between two looks. @default 2000 */
  readonly pollMs?: number;
  readonly onState?: (state: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @returns the version that is current now
 * @throws HoldfastError ROTATION_STORE_FAILED, ROTATION_TIMEOUT, ROTATION_REFUSED; the signal's error, while the
 *   rotation goes on
 */
export async function rotateWithFunction(options: FollowOptions): Promise<{ readonly version: string }> {
  const { client, store, secretId, timeoutMs, pollMs = 2000, signal } = options;
  const token = await start(client, secretId, signal);
  for (let waited = 0; ; waited += pollMs) {
    const { stages, name } = await store.describe(secretId);
    const state = versionState(stages, token);
    options.onState?.(state);
    if (state === 'current') return { version: token };
    if (state === 'past') {
      throw new HoldfastError(
        'ROTATION_REFUSED',
        `Rotating ${name}: version ${token} was given up by another rotation.`,
      );
    }
    if (waited >= timeoutMs) {
      throw new HoldfastError(
        'ROTATION_TIMEOUT',
        `Rotating ${name}: version ${token} is not current after ${Math.round(timeoutMs / 1000)} s.`,
      );
    }
    await sleep(pollMs, signal);
  }
}

async function start(client: SecretsManagerClient, SecretId: string, signal?: AbortSignal): Promise<string> {
  const ClientRequestToken = randomUUID();
  try {
    const answer = await client.send(
      new RotateSecretCommand({ SecretId, ClientRequestToken, RotateImmediately: true }),
      {
        abortSignal: signal,
      },
    );
    return answer.VersionId ?? ClientRequestToken;
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    throw new HoldfastError(
      'ROTATION_STORE_FAILED',
      `Starting the rotation of ${SecretId}: ${messageOf(error)} (${name}).`,
      {
        hint: "A rotation that has not finished continues once the cause of its failure is removed; the function's log names it.",
      },
    );
  }
}
