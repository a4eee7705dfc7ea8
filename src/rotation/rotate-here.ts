/** A whole rotation in this process: the four steps that Secrets Manager would have a function take. */
import { randomUUID } from 'node:crypto';
import { throwIfAborted } from '../core/cancellation.js';
import { HoldfastError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { SecretAdapter } from './adapter.js';
import type { SecretStore } from './protocol/secret-store.js';
import { STEPS, takeStep, type RotationStep } from './protocol/state-machine.js';
import { PENDING, versionState, versionWith } from './protocol/version-state.js';

export interface RotateHereOptions {
  readonly secretId: string;
  readonly store: SecretStore;
  readonly adapter: SecretAdapter;
  readonly logger: Logger;
  /** Called before each step. */
  readonly onStep?: (step: RotationStep) => void;
  /** Checked between the steps, and while one waits. */
  readonly signal?: AbortSignal | undefined;
}

export interface Rotated {
  /** The version that is current now. */
  readonly version: string;
  /** Whether an interrupted rotation was finished, rather than a new one begun. */
  readonly resumed: boolean;
}

/** @throws HoldfastError as of `takeStep`, with the current version as it was; the signal's error */
export async function rotateHere(options: RotateHereOptions): Promise<Rotated> {
  const { secretId, store, logger } = options;
  const { stages } = await store.describe(secretId);
  const pending = versionWith(stages, PENDING);
  if (pending !== undefined && versionState(stages, pending) === 'current') {
    // A rotation that died at its last words, or one by a function that leaves the label there. It is over.
    logger.info(`${secretId}: cleaning up after the rotation to version ${pending}, which is current.`);
    await step(options, pending, 'finishSecret');
  } else if (pending !== undefined) {
    logger.info(`${secretId}: continuing the rotation of version ${pending}.`);
    try {
      return { version: await steps(options, pending), resumed: true };
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'ROTATION_OUTDATED') throw error;
      logger.info(`${error.message} A new rotation begins.`);
    }
  }
  return { version: await steps(options, randomUUID()), resumed: false };
}

async function steps(options: RotateHereOptions, token: string): Promise<string> {
  for (const name of STEPS) await step(options, token, name);
  return token;
}

async function step(options: RotateHereOptions, token: string, name: RotationStep): Promise<void> {
  const { secretId, store, adapter, logger, signal } = options;
  throwIfAborted(signal);
  options.onStep?.(name);
  await takeStep({ secretId, token, step: name }, adapter, { store, logger, reserved: false });
}
