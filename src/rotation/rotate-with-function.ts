/** Starts a rotation as its schedule would, and follows it by the staging labels: the only thing that tells. */
import { randomUUID } from 'node:crypto';
import { RotateSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { sleep } from '../core/cancellation.js';
import { HoldfastError, messageOf } from '../core/errors.js';
import type { SecretStore } from './protocol/secret-store.js';
import { FAILED, GIVEN_UP, PENDING, versionState, versionWith } from './protocol/version-state.js';

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
 * @throws HoldfastError ROTATION_STORE_FAILED, ROTATION_FAILED where the function has said so, ROTATION_TIMEOUT,
 *   ROTATION_REFUSED; the signal's error, while the rotation goes on
 */
export async function rotateWithFunction(options: FollowOptions): Promise<{ readonly version: string }> {
  try {
    return await follow(options, await start(options));
  } catch (error) {
    // What was pending was made from a value that has been edited since: a new rotation begins with that one.
    if (!(error instanceof HoldfastError) || error.code !== 'ROTATION_OUTDATED') throw error;
    return follow(options, await start(options));
  }
}

interface Started {
  /** The version that the rotation makes: of one that had not finished, where there is one. */
  readonly token: string;
  /** Whether it still has the mark of an attempt before this one. */
  readonly failedBefore: boolean;
}

async function follow(options: FollowOptions, started: Started): Promise<{ readonly version: string }> {
  const { store, secretId, timeoutMs, pollMs = 2000, signal } = options;
  const { token } = started;
  let { failedBefore } = started;
  for (let waited = 0; ; waited += pollMs) {
    const { stages, name } = await store.describe(secretId);
    const state = versionState(stages, token);
    options.onState?.(state);
    if (state === 'current') return { version: token };
    const outdated = stages[token]?.includes(GIVEN_UP) ?? false;
    if (state === 'past') {
      const reason = outdated ? 'as the value was edited after it was made' : 'by another rotation';
      throw new HoldfastError(
        outdated ? 'ROTATION_OUTDATED' : 'ROTATION_REFUSED',
        `Rotating ${name}: version ${token} was given up, ${reason}.`,
      );
    }
    const failed = stages[token]?.includes(FAILED) ?? false;
    failedBefore &&= failed;
    if (failed && !failedBefore) {
      throw new HoldfastError('ROTATION_FAILED', `Rotating ${name}: a step of version ${token} has failed.`, {
        hint: "The function's log says which, and why. The current version remains and works; run this again once the cause is removed.",
      });
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

async function start({ client, store, secretId: SecretId, signal }: FollowOptions): Promise<Started> {
  const ClientRequestToken = randomUUID();
  const { stages } = await store.describe(SecretId);
  const unfinished = versionWith(stages, PENDING);
  const failedBefore = unfinished !== undefined && !(await forgetFailure(store, SecretId, versionWith(stages, FAILED)));
  try {
    const answer = await client.send(
      new RotateSecretCommand({ SecretId, ClientRequestToken, RotateImmediately: true }),
      {
        abortSignal: signal,
      },
    );
    const token = answer.VersionId ?? ClientRequestToken;
    return { token, failedBefore: failedBefore && token === unfinished };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    // Secrets Manager then takes the steps of that one again.
    if (name === 'InvalidRequestException' && unfinished !== undefined && /previous rotation/i.test(messageOf(error)))
      return { token: unfinished, failedBefore };
    throw new HoldfastError(
      'ROTATION_STORE_FAILED',
      `Starting the rotation of ${SecretId}: ${messageOf(error)} (${name}).`,
      {
        hint: "A rotation that has not finished continues once the cause of its failure is removed; the function's log names it.",
      },
    );
  }
}

/** What failed before is no answer to this attempt. @returns whether the mark is gone */
async function forgetFailure(store: SecretStore, secretId: string, failed: string | undefined): Promise<boolean> {
  if (failed === undefined) return true;
  try {
    await store.moveStage(secretId, FAILED, { from: failed });
    return true;
  } catch (error) {
    // To start a rotation takes less than to change labels.
    if (error instanceof HoldfastError && error.code === 'ROTATION_DENIED') return false;
    throw error;
  }
}
