/** Whom a rotation may touch: real servers, with users of others that happen to have a fitting name. */
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { reloadConfiguration } from '../../helpers/reload.js';
import {
  application,
  asApplication,
  createUser,
  FIRST_PASSWORD,
  roleAsStored,
  runningApplication,
  signIn,
  type Application,
} from './application.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';
import { STEPS } from '../../../src/rotation/protocol/state-machine.js';
import { createSecret, secretsClient, useSecret } from './secrets.js';

const emulator = useEmulator();
let server: PasswordServer;
beforeAll(async () => {
  server = await startPasswordServer();
});
afterAll(() => server?.stop());

const TOKEN = '11111111-2222-3333-4444-555555555555';

const refusal = (message: RegExp) => ({
  code: 'ROTATION_REFUSED',
  message: expect.stringMatching(message) as string,
  hint: expect.stringMatching(/./) as string,
});

/** Rotates, and expects a refusal that leaves the role exactly as it is stored. */
async function refusedFor(role: string, app: Application, message: RegExp): Promise<void> {
  const [before, value] = [await roleAsStored(server, role), await app.secret.current()];
  await expect(app.secret.rotate()).rejects.toMatchObject(refusal(message));
  expect(await roleAsStored(server, role)).toEqual(before);
  expect(await app.secret.current()).toEqual(value);
}

describe("a secret whose user does not exist, and whose second user is somebody else's", () => {
  it('17.1: leaves that one its password, though the name fits', async () => {
    const app = await application(emulator, server);
    await server.query('postgres', `SET ROLE rds_admin; CREATE ROLE ${app.user} LOGIN PASSWORD 'payroll'`);
    await app.secret.put({ ...(await app.secret.current()), username: app.clone, password: 'any' });
    await refusedFor(app.user, app, /already exists, and nothing shows that it belongs to this secret/);
    await signIn({ ...(await app.secret.current()), username: app.user, password: 'payroll' });
  });

  it('17.1: leaves the administrator alone, whose name with the suffix the secret has', async () => {
    const app = await application(emulator, server, { users: ['rds_admin', 'rds_admin_clone'] });
    await app.secret.put({ ...(await app.secret.current()), username: 'rds_admin_clone', password: 'any' });
    await refusedFor('rds_admin', app, /is the administrator of this rotation itself/);
  });

  it('17.1: is not moved by a former version that somebody wrote', async () => {
    const app = await application(emulator, server);
    await server.query('postgres', `SET ROLE rds_admin; CREATE ROLE ${app.user} LOGIN PASSWORD 'payroll'`);
    const value = await app.secret.current();
    await app.secret.put({ ...value, username: app.user, password: 'guessed' });
    await app.secret.put({ ...value, username: app.clone, password: 'any' });
    await refusedFor(app.user, app, /nothing shows that it belongs to this secret/);
  });
});

it('17.1: takes a password for no proof where the server lets every one in', async () => {
  const app = await runningApplication(emulator, server);
  const rows = await server.query<{ hba_file: string }>('postgres', 'SHOW hba_file');
  const file = rows[0]?.hba_file ?? '';
  const before = await readFile(file, 'utf8');
  await writeFile(file, `local all ${app.user} trust\n${before}`);
  await reloadConfiguration(server.server);
  try {
    await refusedFor(app.user, app, /lets ".*" sign in with any password/);
    await app.secret.put({ ...(await app.secret.current()), password: 'any' });
    await refusedFor(app.user, app, /lets ".*" sign in with any password/);
  } finally {
    await writeFile(file, before);
    await appendFile(file, '');
    await reloadConfiguration(server.server);
  }
});

it('17.1: changes users that a rotation of this secret has marked, also once nothing else proves them', async () => {
  const app = await runningApplication(emulator, server);
  await app.secret.rotate();
  // Two edits, so that no version knows the second user's password any more.
  for (const team of ['billing', 'orders']) await app.secret.put({ ...(await app.secret.current()), team });
  await app.secret.rotate();
  await app.secret.rotate();
  await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
  expect(
    await server.query('postgres', `SELECT shobj_description('${app.user}'::regrole, 'pg_authid') AS text`),
  ).toEqual([{ text: `holdfast rotation of ${app.secret.id}` }]);
});

it('17.1: keeps what others have written into the comment, and its user cannot write the mark', async () => {
  const app = await runningApplication(emulator, server, { sql: `COMMENT ON ROLE APP IS 'owned by payments'` });
  await app.secret.rotate();
  const { comment } = (await roleAsStored(server, app.user)) as { comment: string };
  expect(comment).toBe(`owned by payments\nholdfast rotation of ${app.secret.id}`);
  await asApplication(app.secret, async (client) => {
    for (const role of [app.user, app.clone]) {
      await expect(client.query(`COMMENT ON ROLE ${role} IS NULL`)).rejects.toThrow('must have CREATEROLE privilege');
    }
  });
});

describe('an existing user with the name of the second one', () => {
  /** Beside a first user that is in use. */
  async function beside(sql: string): Promise<Application> {
    const app = await application(emulator, server);
    await createUser(server, app, sql.replaceAll('CLONE', app.clone).replaceAll('APP', app.user));
    return app;
  }

  it('17.2: stays a superuser with its password', async () => {
    const app = await beside(`CREATE ROLE CLONE SUPERUSER LOGIN PASSWORD 'root'`);
    await refusedFor(app.clone, app, /is a superuser/);
  });

  it("17.2: stays another service's, whose grants and session are left alone", async () => {
    const app = await beside(`CREATE ROLE CLONE LOGIN PASSWORD 'theirs'; GRANT DELETE ON orders TO CLONE`);
    const value = { ...(await app.secret.current()), username: app.clone, password: 'theirs' };
    const theirs = await signIn(value, { application_name: 'billing' });
    await refusedFor(app.clone, app, /nothing shows that it belongs to this secret/);
    await theirs.query('DELETE FROM orders WHERE false');
  });

  it('17.2: stays the administrator', async () => {
    const app = await application(emulator, server, { users: ['beside_admin', 'rds_admin'] });
    await server.query('postgres', `SET ROLE rds_admin; CREATE ROLE beside_admin LOGIN PASSWORD '${FIRST_PASSWORD}'`);
    await app.secret.put({ ...(await app.secret.current()), username: 'beside_admin' });
    await refusedFor('rds_admin', app, /is the administrator of this rotation itself/);
  });

  it('17.2: stays the user that another secret names', async () => {
    const first = await runningApplication(emulator, server);
    await first.secret.rotate();
    const value = await first.secret.current();
    const client = secretsClient(emulator);
    const masterarn = await createSecret(client, server.administrator);
    const settings = { kind: 'postgres' as const, users: [first.user], hosts: [server.server.host] };
    const second = { ...first, secret: await useSecret(client, { ...value, masterarn }, settings) };
    await refusedFor(first.user, second, /is rotated for another secret, arn:/);
    await refusedFor(first.clone, second, /is rotated for another secret, arn:/);
    await first.secret.rotate();
  });

  describe('whose password the former version proves', () => {
    /** As the rotation templates of AWS leave a pair: both signed in with, neither of them marked. */
    async function pairOfTemplates(sql = ''): Promise<Application> {
      const app = await beside(`CREATE ROLE CLONE LOGIN PASSWORD 'former'; ${sql}`);
      const value = await app.secret.current();
      await app.secret.put({ ...value, username: app.clone, password: 'former' });
      await app.secret.put(value);
      return app;
    }

    it('becomes the second one', async () => {
      const app = await pairOfTemplates();
      await app.secret.rotate();
      expect(await app.secret.current()).toMatchObject({ username: app.clone });
      await app.secret.rotate();
      await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
    });

    it('17.2: does not if it is a member of a privileged role, but for those that the settings declare', async () => {
      for (const group of ['pg_write_server_files', 'rds_admin', 'pg_read_all_data']) {
        const app = await pairOfTemplates(`GRANT ${group} TO CLONE`);
        await refusedFor(app.clone, app, new RegExp(`more rights than .*: membership in ${group}`));
      }
      const app = await pairOfTemplates(
        'CREATE ROLE CLONE_group; GRANT pg_write_server_files TO CLONE_group; GRANT CLONE_group TO CLONE',
      );
      await refusedFor(app.clone, app, /membership in pg_write_server_files/);
      const able = await pairOfTemplates('ALTER ROLE CLONE CREATEROLE');
      await refusedFor(able.clone, able, /more rights than .*: CREATEROLE/);
    });

    it('17.2: does not while it is connected from other applications than the user in use', async () => {
      const app = await pairOfTemplates();
      const value = await app.secret.current();
      await signIn(value, { application_name: 'shop' });
      const theirs = await signIn(
        { ...value, username: app.clone, password: 'former' },
        { application_name: 'billing' },
      );
      await refusedFor(app.clone, app, /is connected from other applications than the user in use: "billing"/);
      await theirs.end();
      await signIn({ ...value, username: app.clone, password: 'former' }, { application_name: 'shop' });
      await app.secret.rotate();
      expect(await app.secret.current()).toMatchObject({ username: app.clone });
    });
  });
});

it('17.3: touches no user that the settings do not name, whatever the secret says', async () => {
  const app = await runningApplication(emulator, server);
  const other = `${app.user}_other`;
  await server.query('postgres', `SET ROLE rds_admin; CREATE ROLE ${other} LOGIN PASSWORD 'known'`);
  await app.secret.put({ ...(await app.secret.current()), username: other, password: 'known' });
  await refusedFor(other, app, /names the user ".*_other": this rotation is only for ".*" and ".*_clone"/);
  expect(await server.query('postgres', `SELECT FROM pg_roles WHERE rolname LIKE '${other}_%'`)).toEqual([]);
  const single = await runningApplication(emulator, server, { strategy: 'single' });
  await single.secret.put({ ...(await single.secret.current()), username: other, password: 'known' });
  await refusedFor(other, single, /this rotation is only for/);
});

it('17.3: gives up a pending value that names another user, and touches only its own', async () => {
  const app = await runningApplication(emulator, server);
  const token = '11111111-2222-3333-4444-555555555555';
  await app.secret.step('createSecret', token);
  const SecretString = JSON.stringify({ ...(await app.secret.current()), username: 'rds_admin', password: 'mine' });
  const input = { SecretId: app.secret.id, SecretString, VersionStages: ['AWSPENDING'] };
  await app.secret.client.send(new PutSecretValueCommand(input));
  const before = await roleAsStored(server, 'rds_admin');
  await app.secret.rotate();
  expect(await app.secret.current()).toMatchObject({ username: app.clone });
  expect(await roleAsStored(server, 'rds_admin')).toEqual(before);
});

it('17.3: can choose the password of their own user by a pending value, and nothing more', async () => {
  const app = await runningApplication(emulator, server);
  const token = '11111111-2222-3333-4444-555555555555';
  await app.secret.step('createSecret', token);
  const SecretString = JSON.stringify({ ...(await app.secret.current()), username: app.clone, password: 'chosen' });
  const input = { SecretId: app.secret.id, SecretString, VersionStages: ['AWSPENDING'] };
  await app.secret.client.send(new PutSecretValueCommand(input));
  await app.secret.rotate();
  expect(await app.secret.current()).toMatchObject({ username: app.clone, password: 'chosen' });
  await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
});

it('17.3: sends the administrator to no host that only the secret names', async () => {
  const administratorSecretArn = await createSecret(secretsClient(emulator), {
    ...server.administrator,
    host: undefined,
  });
  const app = await runningApplication(emulator, server, { hosts: undefined, administratorSecretArn });
  await refusedFor(app.user, app, /Neither the administrator's secret .* nor hosts of the rotation's settings says/);
});

describe.each([
  // What a single user's setSecret does is rolled back.
  { strategy: 'single', last: 'finishSecret' },
  { strategy: 'alternating', last: 'setSecret' },
] as const)('with the strategy $strategy, a rotation', ({ strategy, last }) => {
  it('17.2: has a user changed for one of two secrets that claim it at the same moment', async () => {
    const one = await runningApplication(emulator, server, { strategy });
    const client = secretsClient(emulator);
    // What a role is called holds for the whole server, a lock by name for one database.
    const elsewhere = { ...(await one.secret.current()), dbname: await server.createDatabase() };
    const settings = { kind: 'postgres' as const, users: [one.user], hosts: [server.server.host], strategy };
    const other = { ...one, secret: await useSecret(client, elsewhere, settings) };
    for (const step of STEPS.slice(0, STEPS.indexOf(last))) await other.secret.step(step, TOKEN);
    const marking = heldQuery((text) => text.includes('COMMENT ON ROLE') && text.includes(other.secret.id));
    const [late, early] = [other.secret.step(last, TOKEN), marking.reached.then(() => one.secret.rotate())];
    const settled = Promise.allSettled([late, early]);
    // It has ended, or waits for the one that holds the user.
    await Promise.race([early.catch(() => {}), waitsForALock(server, one.database)]);
    marking.release();
    const outcomes = await settled;
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = outcomes.find(({ status }) => status === 'rejected');
    expect(refused).toMatchObject({ reason: refusal(/is rotated for another secret, arn:/) });
    const winner = outcomes[0].status === 'fulfilled' ? other : one;
    await winner.secret.rotate();
    await signIn(await winner.secret.current());
  });
});

/** Holds the first query of this process whose text is such a one, before it is sent. */
function heldQuery(isIt: (text: string) => boolean): { readonly reached: Promise<void>; release(): void } {
  let release = () => {};
  let arrive = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const reached = new Promise<void>((resolve) => (arrive = resolve));
  const query = Reflect.get(pg.Client.prototype, 'query') as (...args: unknown[]) => unknown;
  let held = false;
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    if (held || typeof args[0] !== 'string' || !isIt(args[0])) return query.apply(this, args);
    held = true;
    arrive();
    return released.then(() => query.apply(this, args));
  });
  return { reached, release };
}

async function waitsForALock(server: PasswordServer, database: string): Promise<void> {
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = '${database}' AND wait_event_type = 'Lock'`;
  while ((await server.query('postgres', waiting)).length === 0) await setTimeout(50);
}
