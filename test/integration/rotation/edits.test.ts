/** Secrets that people edit while a rotation is unfinished: what is current then is what the next value is made from. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.js';
import { supplyApiKeys } from '../../../src/rotation/api-keys/manual-supply.js';
import { createSecretStore } from '../../../src/rotation/protocol/secret-store.js';
import { useEmulator } from '../../helpers/emulator.js';
import { application, asApplication, createUser, roleAsStored, runningApplication } from './application.js';
import { heldStore, movesCurrent } from './held-store.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';
import { secretOf, secretsClient, useSecret, type TestSecret } from './secrets.js';

const emulator = useEmulator();
let server: PasswordServer;
beforeAll(async () => {
  server = await startPasswordServer();
});
afterAll(() => server?.stop());

const TOKEN = '11111111-2222-3333-4444-555555555555';
const STEPS = ['createSecret', 'setSecret', 'testSecret'] as const;

const edit = async (secret: TestSecret, change: Record<string, unknown>) =>
  secret.put({ ...(await secret.current()), ...change });

describe.each(['alternating', 'single'] as const)('of a rotation that is %s', (strategy) => {
  it.each([1, 2, 3])('17.8: an edit after step %i is kept by the rotation that goes on', async (done) => {
    const app = await runningApplication(emulator, server, { strategy });
    for (const step of STEPS.slice(0, done)) await app.secret.step(step, TOKEN);
    await edit(app.secret, { pool: 20, team: 'billing' });
    const before = await app.secret.current();
    // Whichever step comes first finds that the pending value is outdated.
    await expect(app.secret.step(STEPS[done] ?? 'finishSecret', TOKEN)).rejects.toMatchObject({
      code: 'ROTATION_OUTDATED',
    });
    expect(await app.secret.current()).toEqual(before);
    await app.secret.rotate();
    const after = await app.secret.current();
    expect(after).toMatchObject({ pool: 20, team: 'billing' });
    expect(after.password).not.toBe(before.password);
    await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
    expect(
      Object.values(await app.secret.stages())
        .flat()
        .sort(),
    ).toEqual(['AWSCURRENT', 'AWSPREVIOUS', 'HOLDFAST_BASE']);
  });

  it('17.8: an edit while AWSCURRENT is about to move is kept, and what is current signs in', async () => {
    const app = await runningApplication(emulator, server, { strategy });
    const client = secretsClient(emulator);
    const held = heldStore(createSecretStore(client), movesCurrent);
    const settings = { kind: 'postgres' as const, users: [app.user], hosts: [server.server.host], strategy };
    const rotation = secretOf(client, app.secret.id, settings, held).rotate();
    await held.reached;
    await edit(app.secret, { pool: 20 });
    held.release();
    await expect(rotation).rejects.toMatchObject({ code: 'ROTATION_STORE_FAILED' });
    await asApplication(app.secret, (session) => session.query('SELECT * FROM orders'));
    await app.secret.rotate();
    expect(await app.secret.current()).toMatchObject({ pool: 20 });
    await asApplication(app.secret, (session) => session.query('SELECT * FROM orders'));
  });
});

it("17.1: an edit that names somebody else while AWSCURRENT is about to move sets nobody's password", async () => {
  for (const role of ['payroll', 'rds_admin']) {
    const app = await runningApplication(emulator, server, { strategy: 'single' });
    if (role === 'payroll')
      await server.query('postgres', `SET ROLE rds_admin; CREATE ROLE payroll LOGIN PASSWORD 'theirs'`);
    const [before, value] = [await roleAsStored(server, role), await app.secret.current()];
    const held = heldStore(createSecretStore(app.secret.client), movesCurrent);
    const settings = {
      kind: 'postgres' as const,
      users: [app.user],
      hosts: [server.server.host],
      strategy: 'single' as const,
    };
    const rotation = secretOf(app.secret.client, app.secret.id, settings, held).rotate();
    await held.reached;
    await edit(app.secret, { username: role, password: 'chosen by whoever wrote it' });
    held.release();
    const outcome = await rotation.catch((error: unknown) => error);
    expect(await roleAsStored(server, role)).toEqual(before);
    expect(outcome).toMatchObject({
      code: 'ROTATION_FAILED',
      message: expect.stringMatching(
        /could not be put back: The current version names the user "\w+" by now, and this rotation is of/,
      ) as string,
    });
    // Once the secret names its own user again, the next rotation mends the rest.
    await app.secret.put(value);
    await app.secret.rotate();
    await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
  }
});

it('17.8: a single user whose new password the server has already signs in after an edit and another rotation', async () => {
  for (const administrator of [true, false]) {
    const app = await application(
      emulator,
      server,
      { strategy: 'single' },
      administrator ? {} : { value: { masterarn: undefined } },
    );
    await createUser(server, app);
    for (const step of STEPS) await app.secret.step(step, TOKEN);
    const client = secretsClient(emulator);
    const held = heldStore(createSecretStore(client), movesCurrent);
    const settings = {
      kind: 'postgres' as const,
      users: [app.user],
      hosts: [server.server.host],
      strategy: 'single' as const,
    };
    // Killed there: the server has the password, and nothing else happens.
    void secretOf(client, app.secret.id, settings, held).step('finishSecret', TOKEN);
    await held.reached;
    await edit(app.secret, { pool: 20 });
    await app.secret.rotate();
    expect(await app.secret.current()).toMatchObject({ pool: 20 });
    await asApplication(app.secret, (session) => session.query('SELECT * FROM orders'));
  }
});

it('17.8: a pending password that people gave to the server and to the secret is replaced by the next rotation', async () => {
  const app = await runningApplication(emulator, server, { strategy: 'single' });
  await app.secret.step('createSecret', TOKEN);
  const pending = await createSecretStore(app.secret.client).read(app.secret.id, { stage: 'AWSPENDING' });
  const { password } = JSON.parse(pending ?? '') as { password: string };
  await server.query('postgres', `ALTER ROLE ${app.user} PASSWORD '${password}'`);
  await edit(app.secret, { password });
  await app.secret.rotate();
  expect((await app.secret.current()).password).not.toBe(password);
  await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
});

it('17.8: a host that was corrected as the hint says is rotated with', async () => {
  const app = await runningApplication(emulator, server);
  const { host } = await app.secret.current();
  await edit(app.secret, { host: '127.0.0.1', port: 1 });
  await expect(app.secret.rotate()).rejects.toMatchObject({ code: 'ROTATION_REFUSED' });
  await edit(app.secret, { host, port: server.server.port });
  expect(await app.secret.rotate()).toMatchObject({ resumed: false });
  await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
});

describe('API keys that people supply', () => {
  const keysOf = (value: Record<string, string>) => useSecret(secretsClient(emulator), value, { kind: 'api-keys' });
  const supply = (secret: TestSecret, keys: Record<string, string>) =>
    supplyApiKeys(secret.client, createSecretStore(secret.client), secret.id, new Secret(JSON.stringify(keys)));

  it('17.8: keep a key that was stored while others were pending', async () => {
    const secret = await keysOf({ stripe: 'first', maps: 'first' });
    await supply(secret, { stripe: 'second' });
    await secret.step('createSecret', TOKEN);
    await edit(secret, { maps: 'leaked, so replaced', added: 'new' });
    await secret.rotate();
    expect(await secret.current()).toEqual({ stripe: 'second', maps: 'leaked, so replaced', added: 'new' });
  });

  it('17.8: are refused where both changed, and rotated with once they are supplied again', async () => {
    const secret = await keysOf({ stripe: 'first', maps: 'first' });
    await supply(secret, { stripe: 'second' });
    await secret.step('createSecret', TOKEN);
    await edit(secret, { stripe: 'third' });
    await expect(secret.rotate()).rejects.toMatchObject({
      code: 'ROTATION_REFUSED',
      message: expect.stringMatching(/: stripe changed in the current version after it was supplied/) as string,
    });
    expect(await secret.current()).toEqual({ stripe: 'third', maps: 'first' });
    await supply(secret, { stripe: 'fourth' });
    await secret.rotate();
    expect(await secret.current()).toEqual({ stripe: 'fourth', maps: 'first' });
  });

  it('17.8: do not bring back what was supplied long ago', async () => {
    const secret = await keysOf({ stripe: 'first' });
    await supply(secret, { stripe: 'second' });
    await secret.rotate();
    await edit(secret, { stripe: 'third' });
    await expect(secret.rotate()).rejects.toMatchObject({ code: 'ROTATION_REFUSED' });
    expect(await secret.current()).toEqual({ stripe: 'third' });
  });
});
