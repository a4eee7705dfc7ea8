import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFailingRestores, type FailingRestores, type Round } from './failed-restores.js';

let restores: FailingRestores;

beforeAll(async () => {
  restores = await startFailingRestores();
});

afterAll(() => restores?.stop());

/** A rollback alone does not take back the values of sequences. */
const ROWS_AT_THE_LAST: Round = { part: 'rows', user: 0, options: 0, fault: { how: 'error', at: -1 } };

test('a restore that is refused, or fails at any statement, changes nothing of its target', async () => {
  // The same ones each time; test/long has others.
  const parameters = { numRuns: 9, seed: 20261130, endOnFailure: true };
  const { failed, rounds } = await restores.hold({ ...parameters, examples: [[ROWS_AT_THE_LAST]] });
  expect(failed).toBeGreaterThan(rounds * 0.7);
});
