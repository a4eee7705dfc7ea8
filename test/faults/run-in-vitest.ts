/** The faults as tests: one a kind, which fails with what was wrong and the command that repeats it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FaultKind } from './harness/fault-kind.js';
import { formatFailure, formatReport, makeReport } from './harness/report.js';
import { runFaults, type FaultResult } from './harness/runner.js';
import { openWorld, type World } from './harness/world.js';

/** Of so many that strike after a time, one is reached on any machine. */
const CERTAIN = 10;

/**
 * Defines the tests of some kinds.
 *
 * @param each how many faults of a kind
 * @param seed of all of them
 */
export function testFaults(
  kinds: readonly FaultKind[],
  { each, seed }: { readonly each: (kind: FaultKind) => number; readonly seed: string },
): void {
  let world: World;
  const all: FaultResult[] = [];
  const started = performance.now();

  beforeAll(async () => {
    world = await openWorld();
  }, 120_000);
  afterAll(async () => {
    await world?.stop();
    const seconds = (performance.now() - started) / 1000;
    console.log(formatReport(makeReport(kinds, all, { seed, seconds })));
  }, 60_000);

  test.each(kinds)(
    '$name: $about',
    async (kind) => {
      const results = await runFaults(world, { kinds: [kind], seed, count: each(kind) });
      all.push(...results);
      expect(results).toHaveLength(each(kind));
      const failed = results.filter(({ violations }) => violations.length > 0);
      expect(failed.map(formatFailure(seed)).join('\n')).toBe('');
      if (kind.byTime && results.length < CERTAIN) return;
      // A harness whose faults never happen shows nothing.
      expect(
        makeReport([kind], results, { seed, seconds: 0 }).unreached,
        results.map(({ plan }) => plan).join('\n'),
      ).toEqual([]);
    },
    1_800_000,
  );
}
