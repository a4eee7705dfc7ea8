import { describe, test } from 'vitest';
import { holdForRandomDatabases } from '../../integration/backup/random-schemas.js';

/** Less than a test may take: what has failed by then is told with its seed, and not lost behind the runner's limit. */
const LIMIT_MS = 600_000;

describe('a random database', () => {
  test.each(Array.from({ length: 8 }, (_, n) => n + 1))(
    'is proven by its drill, and compares equal after a restore (%i of 8)',
    async () => {
      // Another seed each time; a failure prints it, and the smallest database that fails.
      const limit = { interruptAfterTimeLimit: LIMIT_MS, markInterruptAsFailure: true };
      await holdForRandomDatabases({ numRuns: 25, ...limit });
    },
  );
});
