/**
 * The rotation of one secret, as a state machine.
 *
 * Secrets Manager calls four steps with one token, which is the id of the version that they make. It may call a step
 * again, late, or after another one: a function dies, an answer is lost, two invocations overlap. So nothing is
 * remembered between steps. Each looks where the version stands, and does what is left to do:
 *
 *                 create                set            test                finish
 *   (no value) ─────────────▶ pending ────────▶ ... ─────────▶ ... ─────────────────────▶ current
 *                                    the labels do not show these               │
 *                                                                               └─▶ previous (what was current)
 *
 *   step     version of the token          does
 *   create   unknown, pending, no value    stores a new value under AWSPENDING
 *            pending with a value          checks that it can be read, nothing else
 *   set      pending                       makes the pending value work; the current one goes on working
 *   test     pending                       fails unless it works
 *   finish   pending                       tests again, switches over, moves AWSCURRENT, removes AWSPENDING, retires
 *            current                       what is left of that: removes AWSPENDING, retires the previous value
 *   create, set, test: current             nothing: a late call of a step that was done long ago
 *   all      past                          refused: going on would bring back a value that was given up
 *   set, test, finish: unknown or no value refused: the steps before did not take place
 *
 * Three rules keep the current version working. Its credential is not touched before AWSCURRENT has moved (`set`
 * never does; where a service has only one credential, `switchOver` replaces it just before). AWSCURRENT moves only
 * after the pending value was seen to work within the same invocation. It moves from the very version that the values
 * were compared with: if another one has become current in the meantime, Secrets Manager refuses.
 */
import { HoldfastError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { RotatedValues, SecretAdapter } from '../adapter.js';
import type { DescribedSecret, SecretStore } from './secret-store.js';
import { CURRENT, PENDING, PREVIOUS, versionState, versionWith } from './version-state.js';

export const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
export type RotationStep = (typeof STEPS)[number];

export interface RotationRequest {
  /** Name or ARN. */
  readonly secretId: string;
  /** The id of the version that this rotation makes. */
  readonly token: string;
  readonly step: RotationStep;
}

export interface RotationContext {
  readonly store: SecretStore;
  readonly logger: Logger;
  /**
   * Who reserves the version: Secrets Manager has done it before it calls a function; a rotation from a laptop makes it
   * with its first step.
   */
  readonly reserved: boolean;
}

/** `done`: the step did its work; `nothing-left`: it had been done before. */
export type StepOutcome = 'done' | 'nothing-left';

/**
 * Takes one step.
 *
 * @throws HoldfastError ROTATION_REFUSED for a version or stage that does not fit; else what failed, with the current
 *   version as it was
 */
export async function takeStep<Value>(
  request: RotationRequest,
  adapter: SecretAdapter<Value>,
  context: RotationContext,
): Promise<StepOutcome> {
  const { secretId, token, step } = request;
  const secret = await context.store.describe(secretId);
  requireRotatable(secret, context);
  const state = versionState(secret.stages, token);
  if (state === 'past') {
    throw refused(request, 'the version is no longer pending or current', 'Start a new rotation.');
  }
  const run = new Run(request, secret, adapter, context);
  switch (step) {
    case 'createSecret':
      if (state === 'current') return 'nothing-left';
      if (state === 'unknown' && context.reserved) {
        throw refused(request, 'the secret has no version with this token', 'Rotations are started with RotateSecret.');
      }
      return run.create();
    case 'setSecret':
    case 'testSecret':
    case 'finishSecret':
      if (state === 'unknown') throw refused(request, 'createSecret has not run', 'Start the rotation again.');
      if (step === 'finishSecret') return state === 'current' ? run.cleanUp() : run.finish();
      if (state === 'current') return 'nothing-left';
      return step === 'setSecret' ? run.set() : run.test();
  }
}

function requireRotatable(secret: DescribedSecret, context: RotationContext): void {
  if (secret.owningService !== undefined) {
    throw new HoldfastError(
      'ROTATION_REFUSED',
      `Rotating ${secret.name}: it is managed by ${secret.owningService}, which rotates it by itself.`,
      { hint: 'Such a secret has a schedule and no function; RotateSecret starts a rotation now.' },
    );
  }
  if (context.reserved && !secret.rotationEnabled) {
    throw new HoldfastError('ROTATION_REFUSED', `Rotating ${secret.name}: rotation is not enabled for it.`, {
      hint: 'Only Secrets Manager calls this function, for secrets that it was attached to.',
    });
  }
}

function refused({ secretId, token, step }: RotationRequest, reason: string, hint: string): HoldfastError {
  return new HoldfastError('ROTATION_REFUSED', `${step} of ${secretId}, version ${token}: ${reason}.`, { hint });
}

class Run<Value> {
  readonly #request: RotationRequest;
  readonly #secret: DescribedSecret;
  readonly #adapter: SecretAdapter<Value>;
  readonly #context: RotationContext;

  constructor(
    request: RotationRequest,
    secret: DescribedSecret,
    adapter: SecretAdapter<Value>,
    context: RotationContext,
  ) {
    this.#request = request;
    this.#secret = secret;
    this.#adapter = adapter;
    this.#context = context;
  }

  async create(): Promise<StepOutcome> {
    const { token } = this.#request;
    const { store } = this.#context;
    const current = await this.#requireValue(CURRENT);
    if ((await this.#pendingText()) !== undefined) {
      await this.#requireValue(PENDING);
      return 'nothing-left';
    }
    const next = await this.#adapter.next(current);
    await store.putPending(this.#secret.arn, token, this.#adapter.print(next));
    this.#context.logger.info(`${this.#secret.name}: a new value is pending as version ${token}.`);
    return 'done';
  }

  async set(): Promise<StepOutcome> {
    await this.#adapter.set(await this.#values());
    this.#context.logger.info(`${this.#secret.name}: the pending value was set.`);
    return 'done';
  }

  async test(): Promise<StepOutcome> {
    await this.#adapter.test(await this.#values());
    this.#context.logger.info(`${this.#secret.name}: the pending value works.`);
    return 'done';
  }

  async finish(): Promise<StepOutcome> {
    const { token } = this.#request;
    const values = await this.#values();
    const from = versionWith(this.#secret.stages, CURRENT);
    const undo = await this.#adapter.switchOver?.(values);
    try {
      // Steps may arrive in any order: nothing becomes current that was not seen to work just now.
      await this.#adapter.test(values);
      await this.#context.store.moveStage(this.#secret.arn, CURRENT, { from, to: token });
    } catch (error) {
      await this.#putBack(undo);
      throw error;
    }
    this.#context.logger.info(`${this.#secret.name}: version ${token} is current.`);
    await this.#context.store.moveStage(this.#secret.arn, PENDING, { from: token });
    await this.#adapter.retire?.({ current: values.pending, previous: values.current });
    return 'done';
  }

  /** AWSCURRENT has moved; the process that moved it may have died before the rest. */
  async cleanUp(): Promise<StepOutcome> {
    const { token } = this.#request;
    const pending = this.#secret.stages[token]?.includes(PENDING) ?? false;
    if (pending) await this.#context.store.moveStage(this.#secret.arn, PENDING, { from: token });
    if (this.#adapter.retire) {
      const current = await this.#requireValue(CURRENT);
      await this.#adapter.retire({ current, previous: await this.#previous() });
    }
    return pending ? 'done' : 'nothing-left';
  }

  /**
   * Only where AWSCURRENT has certainly not moved: an answer that was lost may hide that it has, and then the new value
   * is the one that has to work.
   */
  async #putBack(undo: (() => Promise<void>) | undefined): Promise<void> {
    if (!undo) return;
    const now = await this.#context.store.describe(this.#secret.arn);
    if (versionState(now.stages, this.#request.token) !== 'current') await undo();
  }

  async #values(): Promise<RotatedValues<Value>> {
    const current = await this.#requireValue(CURRENT);
    return { current, pending: await this.#requireValue(PENDING), previous: await this.#previous() };
  }

  #pendingText(): Promise<string | undefined> {
    const { token } = this.#request;
    if (versionState(this.#secret.stages, token) === 'unknown') return Promise.resolve(undefined);
    return this.#context.store.read(this.#secret.arn, { stage: PENDING, version: token });
  }

  async #requireValue(stage: typeof CURRENT | typeof PENDING): Promise<Value> {
    const text =
      stage === PENDING ? await this.#pendingText() : await this.#context.store.read(this.#secret.arn, { stage });
    if (text !== undefined) return this.#parse(text, stage);
    if (stage === PENDING)
      throw refused(this.#request, 'createSecret has stored no value', 'Start the rotation again.');
    throw new HoldfastError('ROTATION_SECRET_INVALID', `Rotating ${this.#secret.name}: it has no current value.`, {
      hint: 'Give it a first value: holdfast secret set NAME, or the stack that makes it.',
    });
  }

  /** What was current before. That it can no longer be read is no reason to fail. */
  async #previous(): Promise<Value | undefined> {
    const text = await this.#context.store.read(this.#secret.arn, { stage: PREVIOUS });
    if (text === undefined) return undefined;
    try {
      return this.#adapter.parse(text);
    } catch {
      return undefined;
    }
  }

  #parse(text: string, stage: string): Value {
    try {
      return this.#adapter.parse(text);
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      throw new HoldfastError(error.code, `${this.#secret.name}, ${stage}: ${error.message}`, { hint: error.hint });
    }
  }
}
