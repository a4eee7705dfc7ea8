/** Where the version of a rotation stands, judged from the staging labels alone. */

export const CURRENT = 'AWSCURRENT';
export const PENDING = 'AWSPENDING';
export const PREVIOUS = 'AWSPREVIOUS';

/** The version that the pending value was made from. Once another one is current, the pending value is outdated. */
export const BASE = 'HOLDFAST_BASE';
/** A pending version that was given up. A server may have its credential, so the next one is made with it. */
export const GIVEN_UP = 'HOLDFAST_GIVEN_UP';
/** The version of a rotation whose function failed: for whoever follows it. */
export const FAILED = 'HOLDFAST_FAILED';

/**
 * - `unknown`: Secrets Manager has no version with the token.
 * - `pending`: it has AWSPENDING, and may not have a value yet.
 * - `current`: it has AWSCURRENT: the rotation has got past the point of no return.
 * - `past`: it has neither: it was current once, or was given up.
 */
export type VersionState = 'unknown' | 'pending' | 'current' | 'past';

/** The labels of each version, by its id (which is the token that made it). */
export type VersionStages = Readonly<Record<string, readonly string[]>>;

export function versionState(stages: VersionStages, token: string): VersionState {
  const labels = stages[token];
  if (labels === undefined) return 'unknown';
  if (labels.includes(CURRENT)) return 'current';
  return labels.includes(PENDING) ? 'pending' : 'past';
}

/** The id of the version that has a label. */
export function versionWith(stages: VersionStages, label: string): string | undefined {
  return Object.entries(stages).find(([, labels]) => labels.includes(label))?.[0];
}
