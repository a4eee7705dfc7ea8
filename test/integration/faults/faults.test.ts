/** Faults of every kind, a few of each: see docs/how-to/inject-faults.md. */
import { FAULT_KINDS } from '../../faults/kinds.js';
import { testFaults } from '../../faults/run-in-vitest.js';

/** How many of each, 39 in all: few of what takes seconds, more of what takes none. */
const COUNTS: Readonly<Record<string, number>> = {
  'kill-pg-dump': 10,
  'disk-full': 4,
  'lying-exit': 3,
  'store-lies': 3,
  'kill-holdfast': 2,
  churn: 3,
  'few-descriptors': 2,
  'clock-jump': 1,
  'kill-psql': 1,
  'store-refuses': 2,
  connection: 1,
  'wrong-clock-at-verification': 1,
  interrupt: 1,
  'kept-waiting': 1,
  'kill-server': 1,
  'at-once': 1,
  'proof-disk-full': 1,
  'store-connection': 1,
};

// The same ones in every run, so that what fails here has to do with the change at hand. The long tests vary.
testFaults(FAULT_KINDS, { each: ({ name }) => COUNTS[name] ?? 5, seed: '1' });
