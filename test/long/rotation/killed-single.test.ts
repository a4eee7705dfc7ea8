import { killEverywhere } from './kill-everywhere.js';

// In finishSecret the server knows the new password for some writes before AWSCURRENT moves: the price of one user.
const common = {
  strategy: 'single',
  finds: 'user',
  currentWorksIn: ['createSecret', 'setSecret', 'testSecret'],
} as const;

killEverywhere('a rotation of a single user', { ...common, before: 1, side: 'before' });
killEverywhere('the first rotation, which marks a single user', { ...common, before: 0, side: 'after' });
// Nobody can sign in before setSecret has made the user, and then with the pending password.
killEverywhere('the first rotation, which makes a declared single user', {
  ...common,
  finds: 'nobody',
  before: 0,
  side: 'after',
  currentWorksIn: [],
});
