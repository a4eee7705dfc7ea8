/** Steps that come late, or twice at once: a process held at a known point, while another one goes on. */
import { UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSecretStore } from '../../../src/rotation/protocol/secret-store.js';
import { useEmulator } from '../../helpers/emulator.js';
import {
  application,
  asApplication,
  createUser,
  runningApplication,
  type Application,
  type PostgresSettings,
} from './application.js';
import { heldStore, interceptedStore, movesCurrent, type HeldStore } from './held-store.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';
import { secretOf, secretsClient, type TestSecret } from './secrets.js';

const emulator = useEmulator();
let server: PasswordServer;
beforeAll(async () => {
  server = await startPasswordServer();
});
afterAll(() => server?.stop());

const TOKEN = '11111111-2222-3333-4444-555555555555';

/** The same rotation, whose step is held where it reads the administrator's secret: all values are read by then. */
function heldAtAdministrator(app: Application, settings: PostgresSettings = {}): HeldStore & { secret: TestSecret } {
  const client = secretsClient(emulator);
  const held = heldStore(createSecretStore(client), (name, [id]) => name === 'read' && id !== app.secret.id);
  const secret = secretOf(
    client,
    app.secret.id,
    { kind: 'postgres', users: [app.user], hosts: [server.server.host], ...settings },
    held,
  );
  return { ...held, secret };
}

/** As a person does who wants a rotation to begin anew. */
async function giveUp({ secret }: Application): Promise<void> {
  const input = { SecretId: secret.id, VersionStage: 'AWSPENDING', RemoveFromVersionId: TOKEN };
  await secret.client.send(new UpdateSecretVersionStageCommand(input));
}

const refusal = {
  code: 'ROTATION_REFUSED',
  message: expect.stringMatching(/another rotation or an edit has moved its labels/) as string,
};

it('17.7: a setSecret that was given up does not overwrite the password that its user has by now', async () => {
  const app = await runningApplication(emulator, server);
  await app.secret.step('createSecret', TOKEN);
  const late = heldAtAdministrator(app);
  const step = late.secret.step('setSecret', TOKEN);
  await late.reached;
  await giveUp(app);
  await app.secret.rotate();
  const current = await app.secret.current();
  expect(current.username).toBe(app.clone);
  late.release();
  await expect(step).rejects.toMatchObject(refusal);
  await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
  expect(await app.secret.current()).toEqual(current);
});

it('17.7: a finishSecret of a single user that was given up does not bring its password back', async () => {
  const single = { strategy: 'single' as const };
  const app = await runningApplication(emulator, server, single);
  await app.secret.step('createSecret', TOKEN);
  await app.secret.step('setSecret', TOKEN);
  const late = heldAtAdministrator(app, single);
  const step = late.secret.step('finishSecret', TOKEN);
  await late.reached;
  await giveUp(app);
  await app.secret.rotate();
  late.release();
  await expect(step).rejects.toMatchObject({ code: 'ROTATION_REFUSED' });
  await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
});

it('17.7: a finishSecret that fails takes back nothing that another one has made current meanwhile', async () => {
  for (const administrator of [true, false]) {
    const single = { strategy: 'single' as const };
    const app = await application(emulator, server, single, administrator ? {} : { value: { masterarn: undefined } });
    await createUser(server, app);
    for (const step of ['createSecret', 'setSecret'] as const) await app.secret.step(step, TOKEN);
    let failed = false;
    const failing = interceptedStore(createSecretStore(app.secret.client), (name, args) => {
      if (!movesCurrent(name, args)) return;
      failed = true;
      throw new Error('throttled');
    });
    const held = heldStore(failing, (name) => failed && name === 'read');
    const settings = { kind: 'postgres' as const, users: [app.user], hosts: [server.server.host], ...single };
    const late = secretOf(app.secret.client, app.secret.id, settings, held).step('finishSecret', TOKEN);
    await held.reached;
    await app.secret.step('finishSecret', TOKEN);
    held.release();
    await expect(late).rejects.toThrow('throttled');
    expect((await app.secret.stages())[TOKEN]).toContain('AWSCURRENT');
    await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
  }
});

it('17.7: one step at a time changes the server, and the other one waits for it', async () => {
  const app = await runningApplication(emulator, server);
  await app.secret.step('createSecret', TOKEN);
  const client = secretsClient(emulator);
  let described = 0;
  // The second look at the labels is the one inside of the transaction.
  const held = heldStore(createSecretStore(client), (name) => name === 'describe' && (described += 1) === 2);
  const first = secretOf(
    client,
    app.secret.id,
    { kind: 'postgres', users: [app.user], hosts: [server.server.host] },
    held,
  ).step('setSecret', TOKEN);
  await held.reached;
  const second = app.secret.step('setSecret', TOKEN);
  const waiting = () =>
    server.query(
      'postgres',
      `SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE locktype = 'advisory' AND NOT granted AND d.datname = '${app.database}'`,
    );
  while ((await waiting()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  held.release();
  expect(await Promise.all([first, second])).toEqual(['done', 'done']);
  await app.secret.step('testSecret', TOKEN);
  await app.secret.step('finishSecret', TOKEN);
  await asApplication(app.secret, (session) => session.query('SELECT * FROM orders'));
});

it('17.7: two rotations at once leave a current version that signs in', async () => {
  const app = await runningApplication(emulator, server);
  for (let round = 0; round < 3; round += 1) {
    await Promise.allSettled([app.secret.rotate(), app.secret.rotate(), app.secret.rotate()]);
    await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
  }
});
