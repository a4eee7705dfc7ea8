import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFailingRestores, type FailingRestores, type Round } from './failed-restores.js';

let restores: FailingRestores;

beforeAll(async () => {
  restores = await startFailingRestores();
});

afterAll(() => restores?.stop());

/** A rollback alone does not take back the values of sequences. */
const ROWS_AT_THE_LAST: Round = { part: 'rows', user: 0, options: 0, fault: { how: 'error', at: -1 } };

/** The same rounds each time, one each, of several kinds of faults; test/long has others. */
const SEEDS = [2, 6, 8, 10, 13, 15];

test.each(SEEDS)(
  'a restore that is refused, or fails at any statement, changes nothing of its target (seed %i)',
  async (seed) => {
    expect(await restores.hold({ numRuns: 1, seed, endOnFailure: true })).toEqual({ failed: 1, rounds: 1 });
  },
);

test('a restore of rows that fails at COMMIT takes the values of sequences back', async () => {
  const rounds = await restores.hold({ numRuns: 1, examples: [[ROWS_AT_THE_LAST]], endOnFailure: true });
  expect(rounds).toEqual({ failed: 1, rounds: 1 });
});
