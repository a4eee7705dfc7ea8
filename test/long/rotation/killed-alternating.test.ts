import { STEPS } from '../../../src/rotation/protocol/state-machine.js';
import { killEverywhere } from './kill-everywhere.js';

const common = { strategy: 'alternating', finds: 'user', currentWorksIn: STEPS } as const;

killEverywhere('a rotation to the second of a pair', { ...common, before: 2, side: 'before' });
killEverywhere('a rotation to the first of a pair', { ...common, before: 1, side: 'after' });
killEverywhere('the first rotation, which makes the alternate', { ...common, before: 0, side: 'after' });
// Nobody can sign in before it has ended.
killEverywhere('the first rotation, which makes a declared user', {
  ...common,
  finds: 'nobody',
  before: 0,
  side: 'after',
  currentWorksIn: [],
});
