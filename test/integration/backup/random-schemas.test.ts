import { describe, test } from 'vitest';
import { holdForRandomDatabases } from './random-schemas.js';

describe('a random database', () => {
  test('is proven by its drill, and compares equal after a restore', async () => {
    // The same ones each time; test/long has others.
    await holdForRandomDatabases({ numRuns: 5, seed: 20261122, endOnFailure: true });
  });
});
