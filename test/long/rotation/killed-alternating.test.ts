import { STEPS } from '../../../src/rotation/protocol/state-machine.js';
import { killEverywhere } from './kill-everywhere.js';

const common = { strategy: 'alternating', currentWorksIn: STEPS } as const;

killEverywhere('a rotation of a pair', { ...common, finds: 'pair', sides: ['before', 'after'] });
killEverywhere('the first rotation, which makes the alternate', { ...common, finds: 'user', sides: ['after'] });
// Nobody can sign in before it has ended.
killEverywhere('the first rotation, which makes a declared user', {
  ...common,
  finds: 'nobody',
  sides: ['after'],
  currentWorksIn: [],
});
