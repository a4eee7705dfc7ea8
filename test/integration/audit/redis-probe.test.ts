import { afterAll, beforeAll, expect, it } from 'vitest';
import { probeRedis } from '../../../src/audit/redis/probe.js';
import { Secret } from '../../../src/core/secret.js';
import { type RedisServer, startRedisServer } from '../rotation/redis-server.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
  await server.command('ACL', 'SETUSER', 'app', 'on', '>right', '~*', '+@all');
});
afterAll(() => server.stop());

const probe = (username: string | undefined, password: string) =>
  probeRedis(
    { host: '127.0.0.1', port: server.port, tls: false },
    { password: new Secret(password), ...(username !== undefined && { username }) },
  );

it('finds out that a cache lets everyone in', async () => {
  await server.command('ACL', 'SETUSER', 'default', 'on', 'nopass', '~*', '+@all');
  expect(await probe('app', 'right')).toEqual({ value: { withCredential: true, without: true } });
});

it('finds out that a cache wants the credential of a user', async () => {
  await server.command('ACL', 'SETUSER', 'default', 'off', 'resetpass');
  expect(await probe('app', 'right')).toEqual({ value: { withCredential: true, without: false } });
  expect(await probe('app', 'wrong')).toEqual({ value: { withCredential: false, without: false } });
});

it('finds out that a cache wants an AUTH token', async () => {
  await server.command('ACL', 'SETUSER', 'default', 'on', 'resetpass', '>token', '~*', '+@all');
  expect(await probe(undefined, 'token')).toEqual({ value: { withCredential: true, without: false } });
  expect(await probe(undefined, 'stale')).toEqual({ value: { withCredential: false, without: false } });
});

it('does not know of a cache that cannot be reached, and does not tell the password', async () => {
  const reading = await probeRedis({ host: '127.0.0.1', port: 1, tls: false }, { password: new Secret('hidden') });
  expect(reading).toMatchObject({
    unknown: { reason: expect.stringContaining('127.0.0.1:1 could not be reached') as string },
  });
  expect(JSON.stringify(reading)).not.toContain('hidden');
});
