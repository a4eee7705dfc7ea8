import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFailingRestores, type FailingRestores } from '../../integration/backup/failed-restores.js';

/** Less than a test may take: what has failed by then is told with its seed, and not lost behind the runner's limit. */
const LIMIT_MS = 600_000;

let restores: FailingRestores;

beforeAll(async () => {
  restores = await startFailingRestores();
});

afterAll(() => restores?.stop());

test.each(Array.from({ length: 4 }, (_, n) => n + 1))(
  'a restore that is refused, or fails at any statement, changes nothing of its target (%i of 4)',
  async () => {
    // Another seed each time; a failure prints it.
    const limit = { interruptAfterTimeLimit: LIMIT_MS, markInterruptAsFailure: true };
    const { failed, rounds } = await restores.hold({ numRuns: 60, endOnFailure: true, ...limit });
    expect(failed).toBeGreaterThan(rounds * 0.7);
  },
);
