/** Secrets Manager as a step sees it that is held at a call, or whose call fails: for steps that come late. */
import type { SecretStore } from '../../../src/rotation/protocol/secret-store.js';

export interface HeldStore {
  readonly store: SecretStore;
  /** Resolves once the step stands at the call. */
  readonly reached: Promise<void>;
  release(): void;
}

/** @param at whether the step is to be held at this call; it is held at the first one alone */
export function heldStore(
  plain: SecretStore,
  at: (name: keyof SecretStore, args: readonly unknown[]) => boolean,
): HeldStore {
  let release = () => {};
  let arrive = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const reached = new Promise<void>((resolve) => (arrive = resolve));
  let held = false;
  const store = interceptedStore(plain, async (name, args) => {
    if (held || !at(name, args)) return;
    held = true;
    arrive();
    await released;
  });
  return { store, reached, release };
}

/** @param before called before each call; what it throws is the answer */
export function interceptedStore(
  plain: SecretStore,
  before: (name: keyof SecretStore, args: readonly unknown[]) => Promise<void> | void,
): SecretStore {
  const wrapped: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(plain)) {
    wrapped[name] = async (...args: readonly unknown[]) => {
      await before(name as keyof SecretStore, args);
      return (method as (...given: readonly unknown[]) => Promise<unknown>)(...args);
    };
  }
  return wrapped as unknown as SecretStore;
}

/** Moves of AWSCURRENT. */
export const movesCurrent = (name: keyof SecretStore, args: readonly unknown[]) =>
  name === 'moveStage' && args[1] === 'AWSCURRENT';
