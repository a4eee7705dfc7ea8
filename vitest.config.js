import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.mjs';

/** What needs a running server shares one for the whole run: see test/helpers/shared-server.ts. */
const withServer = { globalSetup: ['test/helpers/shared-server.ts'], testTimeout: 60_000, hookTimeout: 60_000 };

/** Modules are loaded once for each worker: they keep no state, and loading takes longer than most tests. */
const sharedModules = { isolate: false };

export default defineConfig({
  test: {
    // A third of the time they wait for what is slow on purpose: timeouts, stores that hang, signals.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // Nothing of the developer's own environment decides about a test.
    env: { NO_COLOR: '1', TZ: 'UTC' },
    unstubEnvs: true,
    setupFiles: ['test/helpers/clean-up.ts'],
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/long/**', 'test/versions/**'],
          testTimeout: 20_000,
          ...sharedModules,
        },
      },
      {
        extends: true,
        test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...withServer, ...sharedModules },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          ...withServer,
          testTimeout: 900_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'versions',
          include: ['test/versions/**/*.test.ts'],
          testTimeout: 900_000,
          // A server's packages are fetched and unpacked in the first run.
          hookTimeout: 1_800_000,
        },
      },
    ],
  },
});
