/** Hundreds of faults with a seed of their own: HOLDFAST_FAULT_SEED repeats them. */
import { randomInt } from 'node:crypto';
import { ALL_KINDS } from '../../faults/kinds.js';
import { testFaults } from '../../faults/run-in-vitest.js';

const seed = process.env.HOLDFAST_FAULT_SEED ?? String(randomInt(1, 1_000_000));

testFaults(ALL_KINDS, { each: () => 36, seed });
