/** Where the time comes from, so that tests can set it. */
import { MINUTE_MS } from './times.js';
export interface Clock {
  now(): Date;
}

/**
 * How far in the future a time written by another machine may be, in milliseconds: clocks differ. A backup dated
 * further ahead would hide for that long that newer ones are missing.
 */
export const CLOCK_TOLERANCE_MS = 5 * MINUTE_MS;

/** The machine's clock. */
export const systemClock: Clock = { now: () => new Date() };
