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
 *   create   unknown, pending, no value    stores a new value under AWSPENDING, and marks what it was made from
 *            pending with a value          checks that it can be read, nothing else
 *   set      pending                       makes the pending value work; the current one goes on working
 *   test     pending                       fails unless it works
 *   finish   pending                       tests again, switches over, moves AWSCURRENT, removes AWSPENDING, retires
 *            current                       what is left of that: removes AWSPENDING, retires the previous value
 *   create, set, test: current             nothing: a late call of a step that was done long ago
 *   all      past                          refused: going on would bring back a value that was given up
 *   set, test, finish: unknown or no value refused: the steps before did not take place
 *   all      pending, outdated             given up: the current value was edited after the pending one was made from it
 *
 * Three rules keep the current version working. Its credential is not touched before AWSCURRENT has moved (`set`
 * never does; where a service has only one credential, `switchOver` replaces it just before). AWSCURRENT moves only
 * after the pending value was seen to work within the same invocation. It moves from the very version that the values
 * were compared with: if another one has become current in the meantime, Secrets Manager refuses.
 *
 * A fourth one keeps edits: the version that a pending value was made from is marked (HOLDFAST_BASE). A value cannot be
 * changed under its token, so one that is outdated gives AWSPENDING up, and the next rotation begins with what is
 * current then. Its credential is used again (HOLDFAST_GIVEN_UP), since a server may know no other.
 */
import { sleep } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { RotatedValues, SecretAdapter, WayBack } from '../adapter.js';
import type { DescribedSecret, SecretStore } from './secret-store.js';
import { BASE, CURRENT, FAILED, GIVEN_UP, PENDING, PREVIOUS, versionState, versionWith } from './version-state.js';

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

/** Milliseconds between looks for a version that Secrets Manager has reserved and does not show yet. */
const VISIBLE_AFTER_MS = [100, 300, 1000, 2000];

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
  const { token, step } = request;
  const secret = await describeWithVersion(request, context);
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

/** What was written elsewhere shows after a moment. */
async function describeWithVersion(
  { secretId, token }: RotationRequest,
  { store, reserved }: RotationContext,
): Promise<DescribedSecret> {
  let secret = await store.describe(secretId);
  for (const ms of reserved ? VISIBLE_AFTER_MS : []) {
    if (versionState(secret.stages, token) !== 'unknown') break;
    await sleep(ms);
    secret = await store.describe(secretId);
  }
  return secret;
}

function requireRotatable(secret: DescribedSecret, context: RotationContext): void {
  if (secret.owningService !== undefined) {
    throw new HoldfastError(
      'ROTATION_REFUSED',
      `Rotating ${secret.name}: it is managed by ${secret.owningService}, which rotates it by itself.`,
      { hint: 'Such a secret has a schedule and no function; RotateSecret starts a rotation now.' },
    );
  }
  const region = secret.arn.split(':')[3];
  if (secret.primaryRegion !== undefined && region !== secret.primaryRegion) {
    throw new HoldfastError(
      'ROTATION_REFUSED',
      `Rotating ${secret.name}: in ${region} it is a replica of the secret in ${secret.primaryRegion}.`,
      { hint: `Rotate it in ${secret.primaryRegion}; its replicas follow.` },
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
    const { store, logger } = this.#context;
    const { arn, name, stages } = this.#secret;
    const from = this.#currentVersion();
    const current = await this.#requireValue(CURRENT);
    if ((await this.#pendingText()) !== undefined) {
      await this.#requireUpToDate();
      await this.#requireValue(PENDING);
      return 'nothing-left';
    }
    const next = await this.#adapter.next(current, await this.#optional(GIVEN_UP));
    // Before the value: without this mark it would be taken for outdated.
    const before = versionWith(stages, BASE);
    if (before !== from) await store.moveStage(arn, BASE, { from: before, to: from });
    await store.putPending(arn, token, this.#adapter.print(next));
    logger.info(`${name}: a new value is pending as version ${token}.`);
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
    const { store, logger } = this.#context;
    const { arn, name } = this.#secret;
    const values = await this.#values();
    const wayBack = await this.#adapter.switchOver?.(values);
    try {
      // Steps may arrive in any order: nothing becomes current that was not seen to work just now.
      await this.#adapter.test(values);
      await store.moveStage(arn, CURRENT, { from: this.#currentVersion(), to: token });
    } finally {
      if (wayBack) await this.#requireCurrentWorks(wayBack);
    }
    logger.info(`${name}: version ${token} is current.`);
    await this.#removeLabels();
    await this.#retire(values.pending, values.current);
    return 'done';
  }

  /** AWSCURRENT has moved; the process that moved it may have died before the rest. */
  async cleanUp(): Promise<StepOutcome> {
    const { token } = this.#request;
    const pending = this.#secret.stages[token]?.includes(PENDING) ?? false;
    if (pending) await this.#removeLabels();
    if (this.#adapter.retire) await this.#retire(await this.#requireValue(CURRENT), await this.#optional(PREVIOUS));
    return pending ? 'done' : 'nothing-left';
  }

  /** AWSPENDING last: as long as it is there, the others are known to be of this rotation, not of one after it. */
  async #removeLabels(): Promise<void> {
    const { arn, stages } = this.#secret;
    for (const label of [GIVEN_UP, FAILED, PENDING]) {
      const version = versionWith(stages, label);
      if (version !== undefined) await this.#context.store.moveStage(arn, label, { from: version });
    }
  }

  async #retire(current: Value, previous: Value | undefined): Promise<void> {
    const stillLatest = async () => {
      const { stages } = await this.#context.store.describe(this.#secret.arn);
      const pending = versionWith(stages, PENDING);
      const { token } = this.#request;
      return versionState(stages, token) === 'current' && (pending === undefined || pending === token);
    };
    await this.#adapter.retire?.({ current, previous, stillLatest });
  }

  /**
   * What is current by now has to work, whoever has made it current: the answer of a move may have been lost, and another
   * step may move it, or put a password back, in between. So all of them look at the server after they have moved it, and
   * at the labels after they have changed the server.
   */
  async #requireCurrentWorks(wayBack: WayBack<Value>): Promise<void> {
    const { store } = this.#context;
    const { arn, name } = this.#secret;
    const { token } = this.#request;
    const currentNow = async () => versionWith((await store.describe(arn)).stages, CURRENT);
    for (let version = await currentNow(), before; version !== before; version = await currentNow()) {
      before = version;
      const text = await store.read(arn, { version });
      if (text === undefined) return;
      try {
        await wayBack.putBack(this.#parse(text, CURRENT));
      } catch (error) {
        if (version === token) throw error;
        const why = error instanceof HoldfastError ? error.message : 'for an unknown reason.';
        throw new HoldfastError(
          'ROTATION_FAILED',
          `Rotating ${name}: the server has the password of version ${token}, which is still pending, and the current one could not be put back: ${why}`,
          { cause: error, hint: 'Clients are refused until the rotation ends: remove the cause, and rotate again.' },
        );
      }
    }
  }

  async #values(): Promise<RotatedValues<Value>> {
    await this.#requireUpToDate();
    const current = await this.#requireValue(CURRENT);
    return {
      current,
      pending: await this.#requireValue(PENDING),
      previous: await this.#optional(PREVIOUS),
      requireUnchanged: () => this.#requireUnchanged(),
    };
  }

  async #requireUnchanged(): Promise<void> {
    const { stages } = await this.#context.store.describe(this.#secret.arn);
    const { token } = this.#request;
    if (versionState(stages, token) === 'pending' && versionWith(stages, CURRENT) === this.#currentVersion()) return;
    throw refused(
      this.#request,
      'another rotation or an edit has moved its labels meanwhile',
      'Nothing was changed by this step. Rotate again if the current value is not the one that you want.',
    );
  }

  /** @throws HoldfastError ROTATION_OUTDATED, once the pending value is given up */
  async #requireUpToDate(): Promise<void> {
    const { stages, name } = this.#secret;
    const { token } = this.#request;
    const text = await this.#visiblePendingText();
    if (text === undefined) return;
    const current = this.#currentVersion();
    if (current !== versionWith(stages, BASE)) {
      await this.#giveUp();
      throw new HoldfastError(
        'ROTATION_OUTDATED',
        `Rotating ${name}: its value was edited (version ${current}) after version ${token} was made from the one before, so that version was given up.`,
      );
    }
    const fits = this.#adapter.fits?.(await this.#requireValue(CURRENT), this.#parse(text, PENDING)) ?? true;
    if (fits) return;
    await this.#giveUp();
    throw new HoldfastError(
      'ROTATION_OUTDATED',
      `Rotating ${name}: version ${token} was not made from the current one by this rotation (its user, host, port or database differs), so it was given up.`,
    );
  }

  async #giveUp(): Promise<void> {
    const { stages, arn } = this.#secret;
    const { token } = this.#request;
    const { store } = this.#context;
    const before = versionWith(stages, GIVEN_UP);
    if (before !== token) await store.moveStage(arn, GIVEN_UP, { from: before, to: token });
    await store.moveStage(arn, PENDING, { from: token });
  }

  #currentVersion(): string {
    const version = versionWith(this.#secret.stages, CURRENT);
    if (version !== undefined) return version;
    throw this.#withoutCurrent();
  }

  #pendingText(): Promise<string | undefined> {
    const { token } = this.#request;
    if (versionState(this.#secret.stages, token) === 'unknown') return Promise.resolve(undefined);
    return this.#context.store.read(this.#secret.arn, { stage: PENDING, version: token });
  }

  /** What createSecret has stored may show a moment later. */
  async #visiblePendingText(): Promise<string | undefined> {
    let text = await this.#pendingText();
    for (const ms of this.#context.reserved ? VISIBLE_AFTER_MS : []) {
      if (text !== undefined) break;
      await sleep(ms);
      text = await this.#pendingText();
    }
    return text;
  }

  async #requireValue(stage: typeof CURRENT | typeof PENDING): Promise<Value> {
    const text =
      stage === PENDING
        ? await this.#visiblePendingText()
        : await this.#context.store.read(this.#secret.arn, { version: this.#currentVersion() });
    if (text !== undefined) return this.#parse(text, stage);
    if (stage === PENDING)
      throw refused(this.#request, 'createSecret has stored no value', 'Start the rotation again.');
    throw this.#withoutCurrent();
  }

  #withoutCurrent(): HoldfastError {
    return new HoldfastError('ROTATION_SECRET_INVALID', `Rotating ${this.#secret.name}: it has no current value.`, {
      hint: 'Give it a first value: holdfast secret set NAME, or the stack that makes it.',
    });
  }

  /** A value of before. That it can no longer be read is no reason to fail. */
  async #optional(stage: typeof PREVIOUS | typeof GIVEN_UP): Promise<Value | undefined> {
    const text = await this.#context.store.read(this.#secret.arn, { stage });
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
