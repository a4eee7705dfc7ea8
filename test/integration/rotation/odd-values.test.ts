/** Labels, passwords and histories of secrets that other hands have made. */
import { UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { errorRegistry } from '../../../src/core/errors.js';
import { createSecretStore } from '../../../src/rotation/protocol/secret-store.js';
import { useEmulator } from '../../helpers/emulator.js';
import { asApplication, application, runningApplication, signIn } from './application.js';
import { interceptedStore, movesCurrent } from './held-store.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';
import { secretOf, secretsClient } from './secrets.js';

const emulator = useEmulator();
let server: PasswordServer;
beforeAll(async () => {
  server = await startPasswordServer();
});
afterAll(() => server?.stop());

it('17.9: rotates where AWSPENDING is on the current version, as the templates of AWS leave it', async () => {
  const app = await runningApplication(emulator, server);
  const [current = ''] = Object.keys(await app.secret.stages());
  const input = { SecretId: app.secret.id, VersionStage: 'AWSPENDING', MoveToVersionId: current };
  await app.secret.client.send(new UpdateSecretVersionStageCommand(input));
  const before = await app.secret.current();
  const { version, resumed } = await app.secret.rotate();
  expect(resumed).toBe(false);
  expect(version).not.toBe(current);
  expect((await app.secret.current()).password).not.toBe(before.password);
  await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
  expect(Object.values(await app.secret.stages()).flat()).not.toContain('AWSPENDING');
});

it.each(['pässwörd-½', 'ﬁn\u00a0e', 'пароль', '密码💥'])(
  '17.9: puts the password %s back where AWSCURRENT cannot be moved',
  async (password) => {
    const strategy = 'single' as const;
    const app = await application(emulator, server, { strategy }, { value: { password } });
    await server.query(
      app.database,
      `SET ROLE rds_admin; CREATE ROLE ${app.user} LOGIN PASSWORD '${password}'; GRANT SELECT ON orders TO ${app.user}`,
    );
    const client = secretsClient(emulator);
    const store = interceptedStore(createSecretStore(client), (name, args) => {
      if (movesCurrent(name, args)) throw new Error('Secrets Manager is not available');
    });
    const settings = { kind: 'postgres' as const, users: [app.user], hosts: [server.server.host], strategy };
    const failing = secretOf(client, app.secret.id, settings, { store });
    await expect(failing.rotate()).rejects.toThrow('Secrets Manager is not available');
    expect(failing.log.join('\n')).toContain('has the password of its current version again');
    expect(await app.secret.current()).toMatchObject({ password });
    await asApplication(app.secret, (session) => session.query('SELECT * FROM orders'));
    await app.secret.rotate();
    await asApplication(app.secret, (session) => session.query('SELECT * FROM orders'));
  },
);

it('17.9: says that the server has the new password where the former one cannot be put back', async () => {
  const strategy = 'single' as const;
  const app = await runningApplication(emulator, server, { strategy });
  const client = secretsClient(emulator);
  const { username, password } = server.administrator;
  const store = interceptedStore(createSecretStore(client), async (name, args) => {
    if (!movesCurrent(name, args)) return;
    await server.query('postgres', `ALTER ROLE ${username} PASSWORD 'another'`);
    throw new Error('Secrets Manager is not available');
  });
  const settings = { kind: 'postgres' as const, users: [app.user], hosts: [server.server.host], strategy };
  const failing = secretOf(client, app.secret.id, settings, { store });
  const error = await failing.rotate().catch((thrown: unknown) => thrown as { message: string; hint: string });
  await server.query('postgres', `ALTER ROLE ${username} PASSWORD '${password}'`);
  expect(error).toMatchObject({
    message: expect.stringMatching(/the server has the password of version .*, which is still pending/) as string,
    hint: expect.stringMatching(/Clients are refused until the rotation ends/) as string,
  });
  // So does the next attempt find it.
  await app.secret.rotate();
  await asApplication(app.secret, (session) => session.query('SELECT * FROM orders'));
});

it('17.9: promises in no hint of a rotation that nothing was changed', () => {
  const hints = Object.entries(errorRegistry).filter(([code]) => code.startsWith('ROTATION_'));
  expect(hints.length).toBeGreaterThan(5);
  for (const [code, { hint }] of hints) expect(hint, code).not.toMatch(/not changed|nothing was changed/i);
});

it('has two users take turns whose names have quotes, blanks and capitals', async () => {
  const users = [`Odd "one" $1 ${process.pid}`, `odd 'two' \\ ${process.pid}`];
  const [first = '', second = ''] = users;
  const app = await application(emulator, server, { users }, { value: { username: first } });
  const quoted = `"${first.replaceAll('"', '""')}"`;
  await server.query(
    app.database,
    `SET ROLE rds_admin; CREATE ROLE ${quoted} LOGIN PASSWORD 'never set'; GRANT SELECT ON orders TO ${quoted}`,
  );
  for (const username of [second, first, second]) {
    await app.secret.rotate();
    expect(await app.secret.current()).toMatchObject({ username });
    await asApplication(app.secret, async (client) => {
      const { rows } = await client.query('SELECT current_user::text AS name, id FROM orders');
      expect(rows).toEqual([{ name: first, id: 7 }]);
    });
  }
});

it('17.9: has two users take turns for a secret that was rotated with one user before', async () => {
  const app = await runningApplication(emulator, server, { strategy: 'single' });
  await app.secret.rotate();
  await app.secret.rotate();
  // What a rotation of one user has left pending is no value of a pair.
  const token = '11111111-2222-3333-4444-555555555555';
  await app.secret.step('createSecret', token);
  const both = secretOf(app.secret.client, app.secret.id, {
    kind: 'postgres',
    users: [app.user],
    hosts: [server.server.host],
  });
  const former = await both.current();
  await both.rotate();
  expect(await both.current()).toMatchObject({ username: app.clone, team: 'payments' });
  await signIn(former);
  await both.rotate();
  expect(await both.current()).toMatchObject({ username: app.user });
  await asApplication(both, (client) => client.query('SELECT * FROM orders'));
  // And back again.
  await app.secret.rotate();
  await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
});
