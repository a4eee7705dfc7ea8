import { expect, it } from 'vitest';
import { alternateOf, declaredUsers } from '../../../src/rotation/postgres/declared-users.js';

it('17.3: has two users take turns, the second one as it is named, or with the suffix of the templates of AWS', () => {
  const named = { users: ['blue', 'green'], strategy: 'alternating' as const };
  expect([alternateOf('blue', named), alternateOf('green', named)]).toEqual(['green', 'blue']);
  const derived = { users: ['app'], strategy: 'alternating' as const };
  expect([alternateOf('app', derived), alternateOf('app_clone', derived)]).toEqual(['app_clone', 'app']);
});

it('17.3: refuses whom the settings do not name', () => {
  const declared = { users: ['app'], strategy: 'alternating' as const };
  for (const name of ['payroll', 'app_clone_clone', 'rds_admin_clone', 'APP']) {
    expect(() => alternateOf(name, declared)).toThrow(
      `The secret names the user "${name}": this rotation is only for "app" and "app_clone".`,
    );
  }
});

it('refuses a name that leaves no room for the suffix, as two truncated names could be the same', () => {
  const long = 'a'.repeat(58);
  expect(() => declaredUsers({ users: [long], strategy: 'alternating' })).toThrow('at most 63 bytes');
  expect(declaredUsers({ users: [long], strategy: 'single' })).toEqual([long]);
  expect(declaredUsers({ users: [long, 'other'], strategy: 'alternating' })).toEqual([long, 'other']);
});
