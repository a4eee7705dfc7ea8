import { expect, it } from 'vitest';
import { refusePasswords } from '../../../src/cli/inputs/refuse-passwords.js';
import type { HoldfastError } from '../../../src/core/errors.js';

const SECRET = 'hunter2';

it.each([
  [['backup', '--url', `postgres://me:${SECRET}@host/db`]],
  [['backup', `--url=postgresql://me:${SECRET}@host/db`]],
  [['backup', '--url', `postgres://host/db?user=me&password=${SECRET}`]],
  [['backup', '--url', `postgres://host/db?pass%77ord=${SECRET}`]],
  [['backup', '--url', `POSTGRES://me:${SECRET}@host/db`]],
  [['backup', '--url', `postgre//me:${SECRET}@host/db`]],
  [['backup', '--url', `mysql://me:${SECRET}@host/db`]],
  [['backup', '--url', `host=x password=${SECRET}`]],
  [['backup', '--ulr', `postgres://me:${SECRET}@host/db`]],
  [['backup', `postgres://me:${SECRET}@host/db`]],
  [['restore', 'orders', '--to', `postgres://me:${SECRET}@host/db`]],
  [['restore', 'orders', `--to=postgres://me:${SECRET}@host/db`]],
  [['verify', 'orders', '--server', `postgres://me:${SECRET}@host/db`]],
  [['backup', '--vault', `postgres://me:${SECRET}@host/db`]],
  [['backup', '--url', `postgres://me:${SECRET}/with/slashes@host/db`]],
])('refuses a password in %j, and does not repeat it', (args) => {
  let thrown: unknown;
  try {
    refusePasswords(args);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: 'PASSWORD_ON_COMMAND_LINE' });
  expect(JSON.stringify({ ...(thrown as HoldfastError), message: (thrown as Error).message })).not.toContain(SECRET);
});

it.each([
  [['backup', '--url', 'postgres://me@host:5432/db?sslmode=require']],
  [['backup', '--url', 'postgres://me:@host/db']],
  [['backup', '--url', 'mysql://me@host/db']],
  [['backup', '--url', '-']],
  [['backup', 'orders@2026-11-22T03:00:00Z']],
  [['list', '--vault', 's3://bucket/a:b@c']],
  [['backup', '--passfile', '/etc/password=file']],
  [['backup', '--url']],
])('lets %j pass', (args) => {
  expect(() => refusePasswords(args)).not.toThrow();
});
