/** Faults of every kind, a few of each: see docs/how-to/inject-faults.md. */
import { FAULT_KINDS } from '../../faults/kinds.js';
import { testFaults } from '../../faults/run-in-vitest.js';

/** How many of each, 74 in all: few of what takes seconds, more of what takes none. */
const COUNTS: Readonly<Record<string, number>> = {
  'kill-pg-dump': 10,
  'disk-full': 10,
  'lying-exit': 6,
  'store-lies': 6,
  'kill-holdfast': 5,
  churn: 9,
  'few-descriptors': 5,
  'clock-jump': 4,
  'kill-psql': 3,
  'store-refuses': 3,
  connection: 2,
  'wrong-clock-at-verification': 2,
  interrupt: 2,
  'kept-waiting': 2,
  'kill-server': 2,
  'at-once': 1,
  'proof-disk-full': 1,
  'store-connection': 1,
};

// The same ones in every run, so that what fails here has to do with the change at hand. The long tests vary.
testFaults(FAULT_KINDS, { each: ({ name }) => COUNTS[name] ?? 5, seed: '1' });
