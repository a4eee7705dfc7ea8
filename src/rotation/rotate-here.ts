/** A whole rotation in this process: the four steps that Secrets Manager would have a function take. */
import { randomUUID } from 'node:crypto';
import { throwIfAborted } from '../core/cancellation.js';
import type { Logger } from '../core/logger.js';
import type { SecretAdapter } from './adapter.js';
import type { SecretStore } from './protocol/secret-store.js';
import { STEPS, takeStep, type RotationStep } from './protocol/state-machine.js';
import { PENDING, versionWith } from './protocol/version-state.js';

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
  const { secretId, store, adapter, logger, signal } = options;
  const { stages } = await store.describe(secretId);
  const unfinished = versionWith(stages, PENDING);
  const token = unfinished ?? randomUUID();
  if (unfinished !== undefined) logger.info(`${secretId}: continuing the rotation of version ${token}.`);
  for (const step of STEPS) {
    throwIfAborted(signal);
    options.onStep?.(step);
    await takeStep({ secretId, token, step }, adapter, { store, logger, reserved: false });
  }
  return { version: token, resumed: unfinished !== undefined };
}
