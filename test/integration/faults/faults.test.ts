/** Faults of every kind, a few of each: see docs/faults.md. */
import { FAULT_KINDS } from '../../faults/kinds.js';
import { testFaults } from '../../faults/run-in-vitest.js';

/** What takes seconds for one fault is done fewer times, what takes none more often: 67 in all. */
const COUNTS: Readonly<Record<string, number>> = {
  'at-once': 2,
  'store-connection': 3,
  connection: 4,
  'kill-server': 4,
  'kill-pg-dump': 7,
  'disk-full': 7,
};

// The same ones in every run, so that what fails here has to do with the change at hand. The long tests vary.
testFaults(FAULT_KINDS, { each: ({ name }) => COUNTS[name] ?? 5, seed: '1' });
