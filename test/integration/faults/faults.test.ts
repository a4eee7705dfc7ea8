/** Faults of every kind, a few of each: see docs/how-to/inject-faults.md. */
import { FAULT_KINDS } from '../../faults/kinds.js';
import { testFaults } from '../../faults/run-in-vitest.js';

/** How many of each, 55 in all: few of what takes seconds, more of what takes none. */
const COUNTS: Readonly<Record<string, number>> = {
  'kill-pg-dump': 10,
  'disk-full': 6,
  'lying-exit': 4,
  'store-lies': 4,
  'kill-holdfast': 4,
  churn: 5,
  'few-descriptors': 3,
  'clock-jump': 2,
  'kill-psql': 2,
  'store-refuses': 2,
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
