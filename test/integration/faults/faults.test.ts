/** Faults of every kind, a few of each: see docs/faults.md. */
import { FAULT_KINDS } from '../../faults/kinds.js';
import { testFaults } from '../../faults/run-in-vitest.js';

// The same ones in every run, so that what fails here has to do with the change at hand. The long tests vary.
testFaults(FAULT_KINDS, { each: 5, seed: '1' });
