/** The pair is one role for everything but signing in: what applications take from the name of their user stays. */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { asApplication, runningApplication, signIn, type Application } from './application.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';
import { startPooler, type Pooler } from './pooler.js';

const emulator = useEmulator();
let server: PasswordServer;
beforeAll(async () => {
  server = await startPasswordServer();
});
afterAll(() => server?.stop());

const ask = async (client: pg.Client, sql: string) =>
  Object.values((await client.query<Record<string, unknown>>(sql)).rows[0] ?? {});

const NAMED = `
  SET ROLE rds_admin; CREATE SCHEMA APP; CREATE TABLE APP.settings (value text); INSERT INTO APP.settings VALUES ('its own');
  CREATE TABLE notes (author text DEFAULT current_user, text text); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own_notes ON notes USING (author = current_user);
  GRANT USAGE ON SCHEMA APP TO APP; GRANT SELECT ON APP.settings TO APP; GRANT SELECT, INSERT ON notes TO APP`;

describe('whichever of the pair signs in', () => {
  it('17.4: "$user" in the search path, policies and defaults by current_user see what they saw before', async () => {
    const app = await runningApplication(emulator, server, { sql: NAMED });
    await asApplication(app.secret, (client) => client.query(`INSERT INTO notes (text) VALUES ('first')`));
    for (const notes of [2, 3, 4]) {
      await app.secret.rotate();
      await asApplication(app.secret, async (client) => {
        expect(await ask(client, 'SELECT value FROM settings')).toEqual(['its own']);
        await client.query(`INSERT INTO notes (text) VALUES ('next')`);
        expect(await ask(client, 'SELECT count(*)::int, min(author), max(author) FROM notes')).toEqual([
          notes,
          app.user,
          app.user,
        ]);
      });
    }
  });

  it('17.4: a session that is reset acts as the same role again', async () => {
    const app = await runningApplication(emulator, server);
    await app.secret.rotate();
    await asApplication(app.secret, async (client) => {
      for (const reset of ['DISCARD ALL', 'RESET ROLE', 'RESET SESSION AUTHORIZATION', 'RESET ALL']) {
        await client.query(reset);
        expect(await ask(client, 'SELECT current_user::text'), reset).toEqual([app.user]);
      }
    });
  });

  describe.each(['session', 'transaction'] as const)('through PgBouncer with pool_mode %s', (mode) => {
    let pooler: Pooler;
    beforeAll(async () => {
      pooler = await startPooler(server, mode);
    });
    afterAll(() => pooler?.stop());

    it('17.4: acts as the same role, also in a connection that another client had', async () => {
      const app = await runningApplication(emulator, server, { sql: NAMED });
      for (let rotation = 0; rotation < 3; rotation += 1) {
        await app.secret.rotate();
        const value = { ...(await app.secret.current()), ...pooler.place };
        for (let client = 0; client < 3; client += 1) {
          const session = await signIn(value);
          expect(await ask(session, 'SELECT current_user::text, (SELECT value FROM settings)')).toEqual([
            app.user,
            'its own',
          ]);
          await session.end();
        }
      }
    });
  });
});

it('17.C: a former user that may no longer sign in may again when it is its turn', async () => {
  const app = await runningApplication(emulator, server);
  await app.secret.rotate();
  await server.query('postgres', `ALTER ROLE ${app.user} NOLOGIN`);
  await app.secret.rotate();
  expect((await app.secret.current()).username).toBe(app.user);
  await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
});

it('17: a client in a long transaction does not keep the others from its table through the rotation that waits for it', async () => {
  const app = await runningApplication(emulator, server);
  for (const user of [app.clone, app.user]) {
    await app.secret.rotate();
    expect((await app.secret.current()).username).toBe(user);
  }
  await server.query(
    app.database,
    `SET ROLE rds_admin; CREATE POLICY own ON orders TO ${app.user}, ${app.clone} USING (true)`,
  );
  const [idle, other] = [await signIn(await app.secret.current()), await signIn(await app.secret.current())];
  await idle.query('BEGIN; SELECT * FROM orders');
  // Less than what any other session of a rotation would wait.
  await other.query("SET statement_timeout TO '15s'");
  const rotation = app.secret.rotate();
  const waiting = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'orders'::regclass`;
  while ((await server.query(app.database, waiting)).length === 0) {
    await Promise.race([rotation, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
  await other.query('SELECT * FROM orders');
  await rotation;
  expect(app.secret.log.join('\n')).toMatch(/keeps one: .*the policy "own" ON public\.orders.*lock timeout/);
  await idle.query('COMMIT');
  for (let more = 0; more < 2; more += 1) await app.secret.rotate();
  expect(await server.query(app.database, 'SELECT roles::text[] FROM pg_policies')).toEqual([{ roles: [app.user] }]);
});

describe('what is created by the former user', () => {
  const MAY_CREATE = 'GRANT CREATE ON SCHEMA public TO APP';
  const owners = (app: Application) =>
    server.query<{ name: string; owner: string }>(
      app.database,
      `SELECT relname AS name, relowner::regrole::text AS owner FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'orders' ORDER BY 1`,
    );

  it("17.5: is the application's, however late a client is that has not read the secret again", async () => {
    const app = await runningApplication(emulator, server, { sql: MAY_CREATE });
    const stale = [await signIn(await app.secret.current())];
    for (let rotation = 1; rotation <= 4; rotation += 1) {
      await app.secret.rotate();
      for (const [index, client] of stale.entries()) {
        await client.query(`CREATE TABLE made_${rotation}_${index} (id int)`);
        await asApplication(app.secret, (current) =>
          current.query(
            `INSERT INTO made_${rotation}_${index} VALUES (1); ALTER TABLE made_${rotation}_${index} ADD x int`,
          ),
        );
      }
      stale.push(await signIn(await app.secret.current()));
    }
    for (const { owner } of await owners(app)) expect(owner).toBe(app.user);
  });

  it('17.5: goes to the role that both act as where a session has given that up, and no rotation is refused', async () => {
    const app = await runningApplication(emulator, server, { sql: MAY_CREATE });
    await app.secret.rotate();
    const stale = await signIn(await app.secret.current());
    await stale.query('SET ROLE NONE');
    await stale.query('CREATE TABLE lost (id int)');
    await app.secret.rotate();
    await asApplication(app.secret, (client) =>
      client.query('INSERT INTO lost VALUES (1); ALTER TABLE lost ADD x int'),
    );
    // Later still, by the same session: usable at once, and owned after the next rotation.
    await stale.query('CREATE TABLE later (id int)');
    await asApplication(app.secret, (client) => client.query('INSERT INTO later VALUES (1)'));
    await app.secret.rotate();
    expect(await owners(app)).toEqual([
      { name: 'later', owner: app.user },
      { name: 'lost', owner: app.user },
    ]);
  });

  it('17.5: goes to it in every database of the server', async () => {
    const app = await runningApplication(emulator, server, { sql: MAY_CREATE });
    const second = await server.createDatabase();
    await server.query(second, `SET ROLE rds_admin; GRANT CREATE ON SCHEMA public TO ${app.user}`);
    await app.secret.rotate();
    const elsewhere = await signIn({ ...(await app.secret.current()), dbname: second });
    await elsewhere.query('SET ROLE NONE');
    await elsewhere.query('CREATE TABLE lost (id int)');
    await app.secret.rotate();
    expect(await owners({ ...app, database: second })).toEqual([{ name: 'lost', owner: app.user }]);
  });

  it('17.5: is made usable for a pair that took turns without acting as one before', async () => {
    const app = await runningApplication(emulator, server, { sql: MAY_CREATE });
    // As it was left: two equal users, of whom the second one is in use, and both own something.
    await server.query(
      app.database,
      `SET ROLE rds_admin; CREATE ROLE ${app.clone} LOGIN PASSWORD 'second';
       GRANT SELECT ON orders TO ${app.clone}; GRANT CREATE ON SCHEMA public TO ${app.clone}; RESET ROLE;
       SET ROLE ${app.user}; CREATE TABLE firsts (id int); RESET ROLE; SET ROLE ${app.clone}; CREATE TABLE seconds (id int)`,
    );
    const value = await app.secret.current();
    const stale = await signIn({ ...value, username: app.clone, password: 'second' });
    await app.secret.put({ ...value, username: app.clone, password: 'second' });
    for (let rotation = 0; rotation < 3; rotation += 1) {
      await app.secret.rotate();
      await asApplication(app.secret, (client) =>
        client.query(
          'ALTER TABLE firsts ADD COLUMN IF NOT EXISTS x int; ALTER TABLE seconds ADD COLUMN IF NOT EXISTS x int',
        ),
      );
      await stale.query('SELECT * FROM seconds');
    }
  });
});
