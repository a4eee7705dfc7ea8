/**
 * Rounds in which rotations, edits, kills and clients of one secret meet at random, and what has to hold all the same:
 * AWSCURRENT signs in, no role outside of the declared ones changes, and no field of the secret is lost.
 *
 * Each round has two to four rotations at once. They are whole ones, or a function's: step by step, some of them twice,
 * and a step that died once more. Any of them may die at any call of Secrets Manager, before it or after it, or while it
 * works on the server: from then on nothing that it asks for happens, and its connections are cut. Where `processes` are given,
 * some are ones of the command line that are killed with SIGKILL at a write of theirs.
 */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { abortError } from '../../../src/core/cancellation.js';
import { HoldfastError } from '../../../src/core/errors.js';
import { createSecretStore, type SecretStore } from '../../../src/rotation/protocol/secret-store.js';
import { STEPS } from '../../../src/rotation/protocol/state-machine.js';
import type { RotationSettingsInput } from '../../../src/rotation/settings.js';
import { interceptedStore, movesCurrent } from './held-store.js';
import { secretOf, type TestSecret } from './secrets.js';

export interface RandomRotations {
  readonly secret: TestSecret;
  readonly settings: RotationSettingsInput;
  readonly seed: number;
  readonly rounds: number;
  /** Signs in with a value and uses what the application may use. */
  readonly signIn: (value: Record<string, unknown>) => Promise<void>;
  /** Everything of the server that the rotation is not for. */
  readonly bystanders: () => Promise<unknown>;
  /** Whether AWSCURRENT has to sign in at every moment; otherwise, once a rotation has ended. */
  readonly always: boolean;
  readonly processes?: Processes;
}

export interface Processes {
  /** Starts one that rotates the secret and is killed at the write, unless it ends before. */
  run(dieAt: string): Promise<unknown>;
  /** About as many times as one writes to a socket, so that they die in each step. */
  readonly writes: number;
}

/** What became of all rounds: that something happened in them at all. */
export interface Happened {
  rotated: number;
  died: number;
  failed: number;
  edits: number;
  looks: number;
}

class Died extends Error {}

export async function rotateAtRandom(options: RandomRotations): Promise<Happened> {
  const { secret, rounds, signIn, bystanders, always, seed } = options;
  const random = generator(seed);
  const happened: Happened = { rotated: 0, died: 0, failed: 0, edits: 0, looks: 0 };
  const moves = new Mutex();
  const before = await bystanders();
  const expected: Record<string, unknown> = { ...(await secret.current()) };
  const context = { ...options, random, happened, moves, expected };
  for (let round = 1; round <= rounds; round += 1) {
    const what = `seed ${seed}, round ${round}`;
    const watch = always ? watchCurrent(secret, signIn, happened) : undefined;
    const actors = Array.from({ length: 2 + random(3) }, () => rotation(context));
    if (random(3) > 0) actors.push(edit(context, round));
    try {
      await Promise.all(actors);
    } finally {
      await watch?.stop();
    }
    if (watch) expect(watch.refused, `${what}: AWSCURRENT signs in while others work`).toEqual([]);
    const { processes } = options;
    if (processes && random(4) === 0) {
      await processes.run(`${1 + random(processes.writes)}${random(2) === 0 ? '+' : ''}`);
    }
    if (always) await signIn(await secret.current());
    await secret.rotate();
    const current = await secret.current();
    await signIn(current);
    expect({ ...current, username: expected.username, password: expected.password }, `${what}: fields`).toEqual(
      expected,
    );
    expect(await bystanders(), `${what}: who is not declared`).toEqual(before);
    const labels = Object.values(await secret.stages()).flat();
    expect(
      labels.filter((label) => label === 'AWSCURRENT'),
      what,
    ).toHaveLength(1);
    expect(labels, what).not.toContain('AWSPENDING');
  }
  return happened;
}

interface Context extends RandomRotations {
  readonly random: (below: number) => number;
  readonly happened: Happened;
  readonly moves: Mutex;
  readonly expected: Record<string, unknown>;
}

async function rotation(context: Context): Promise<void> {
  const { random, happened, settings, secret } = context;
  const death =
    random(3) > 0 ? { afterCalls: 1 + random(16), milliseconds: random(2) === 0 ? random(400) : undefined } : {};
  const { store, signal, dead } = mortalStore(context, death);
  const mortal = secretOf(secret.client, secret.id, settings, { store, signal });
  try {
    await (random(2) === 0 ? mortal.rotate() : asFunction(context, mortal));
    happened.rotated += 1;
  } catch (error) {
    // One of several at once is refused, or finds that another one was faster; whatever dies may end anyhow.
    if (!dead() && !(error instanceof HoldfastError)) throw error;
    if (dead()) happened.died += 1;
    else happened.failed += 1;
  }
}

/** As Secrets Manager calls a function: each step, now and then once more, and a late one of a while ago. */
async function asFunction({ random, secret }: Context, mortal: TestSecret): Promise<void> {
  const stages = Object.entries(await secret.stages());
  const token = stages.find(([, labels]) => labels.includes('AWSPENDING'))?.[0] ?? randomUUID();
  for (const [index, step] of STEPS.entries()) {
    await mortal.step(step, token);
    if (random(4) === 0) await mortal.step(step, token);
    const earlier = STEPS[random(index + 1)];
    if (random(6) === 0 && earlier) await mortal.step(earlier, token);
  }
}

function mortalStore(
  { secret, moves, random }: Context,
  { afterCalls, milliseconds }: { readonly afterCalls?: number; readonly milliseconds?: number | undefined },
): { readonly store: SecretStore; readonly signal: AbortSignal; readonly dead: () => boolean } {
  const controller = new AbortController();
  const { signal } = controller;
  let calls = 0;
  let heard = random(2) === 0;
  const die = () => controller.abort(new Died());
  if (milliseconds !== undefined) setTimeout(die, milliseconds);
  // What people do in one sitting, and the move of AWSCURRENT, come one after the other.
  const plain = createSecretStore(secret.client);
  const ordered: SecretStore = {
    ...plain,
    moveStage: (...args) =>
      movesCurrent('moveStage', args) ? moves.run(() => plain.moveStage(...args)) : plain.moveStage(...args),
  };
  const store = interceptedStore(ordered, () => {
    calls += 1;
    if (!signal.aborted && calls === afterCalls) {
      // Before the call, or once it was carried out and its answer is lost.
      if (heard) heard = false;
      else die();
    } else if (!signal.aborted && afterCalls !== undefined && calls === afterCalls + 1) die();
    if (signal.aborted) throw abortError(signal);
  });
  return { store, signal, dead: () => signal.aborted };
}

/** Somebody adds a field or changes one, in what is current. */
async function edit({ secret, random, happened, moves, expected }: Context, round: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, random(600)));
  const change = random(2) === 0 ? { pool: round } : { [`added in round ${round}`]: { by: 'somebody', round } };
  Object.assign(expected, change);
  await moves.run(async () => secret.put({ ...(await secret.current()), ...change }));
  happened.edits += 1;
}

/** Looks again and again whether what is current signs in; a value that has been replaced meanwhile is read again. */
function watchCurrent(
  secret: TestSecret,
  signIn: RandomRotations['signIn'],
  happened: Happened,
): { readonly refused: readonly string[]; stop(): Promise<void> } {
  const refused: string[] = [];
  let running = true;
  const look = async () => {
    while (running) {
      const value = await secret.current();
      try {
        await signIn(value);
        happened.looks += 1;
      } catch (error) {
        const now = await secret.current();
        if (JSON.stringify(now) === JSON.stringify(value)) refused.push(`${String(value.username)}: ${String(error)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const looks = Promise.all([look(), look()]);
  return {
    refused,
    async stop() {
      running = false;
      await looks;
    },
  };
}

class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work, work);
    this.#last = next.catch(() => {});
    return next;
  }
}

/** Whole numbers from 0, the same ones for a seed (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
