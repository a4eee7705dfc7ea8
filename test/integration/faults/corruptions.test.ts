/** Corruptions of every kind: check or verify names what is hurt, and nothing of it is proven. See docs/how-to/inject-faults.md. */
import { CORRUPTION_KINDS } from '../../faults/kinds.js';
import { testFaults } from '../../faults/run-in-vitest.js';

testFaults(CORRUPTION_KINDS, { each: () => 6, seed: '1' });
