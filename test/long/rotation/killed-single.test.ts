import { killEverywhere } from './kill-everywhere.js';

// In finishSecret the server knows the new password for some writes before AWSCURRENT moves: the price of one user.
killEverywhere('a rotation of a single user', {
  strategy: 'single',
  finds: 'user',
  sides: ['before', 'after'],
  currentWorksIn: ['createSecret', 'setSecret', 'testSecret'],
});
// Nobody can sign in before setSecret has made the user, and then with the pending password.
killEverywhere('the first rotation, which makes a declared single user', {
  strategy: 'single',
  finds: 'nobody',
  sides: ['after'],
  currentWorksIn: [],
});
