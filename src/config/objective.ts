/** An objective as people write it: the greatest age that is allowed, or `none`. */
import { DURATION_PATTERN, parseDuration } from './duration.js';

/** What turns an objective off. */
const NONE = 'none';

/** What is wrong with an objective; `undefined` if it is valid. Unlike a timer's, it may be months. */
export function objectiveProblem(value: string): string | undefined {
  if (value === NONE || (DURATION_PATTERN.test(value) && parseDuration(value) !== 0)) return undefined;
  return `Give a number with its unit: d, h, m or s, for example 26h or 8d; or ${NONE}.`;
}

/** Milliseconds of an objective; `undefined` for none. */
export function parseObjective(value: string): number | undefined {
  return value === NONE ? undefined : parseDuration(value);
}
