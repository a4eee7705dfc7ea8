import { BaseSequencer } from 'vitest/node';

export const LONGEST: readonly string[];
export class LongestFirst extends BaseSequencer {}
export function missingFromLongest(durations: ReadonlyMap<string, number>): string[];
