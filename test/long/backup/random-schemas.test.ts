import { describe, test } from 'vitest';
import { holdForRandomDatabases } from '../../integration/backup/random-schemas.js';

describe('a random database', () => {
  test('is proven by its drill, and compares equal after a restore', async () => {
    // Another seed each time; a failure prints it, and the smallest database that fails.
    await holdForRandomDatabases({ numRuns: 200 });
  });
});
