/**
 * Rotations since PostgreSQL 16: CREATEROLE alone administers no role. It takes the admin option, which creators get, and
 * memberships have options and a grantor each.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useEmulator } from '../helpers/emulator.js';
import {
  application,
  asApplication,
  createUser,
  FIRST_PASSWORD,
  roleAsStored,
  runningApplication,
  signIn,
  type Application,
} from '../integration/rotation/application.js';
import { startPasswordServer, type PasswordServer } from '../integration/rotation/password-server.js';
import { describeMajors, programsOf } from './majors.js';

describeMajors(16, 'rotations on %i', (major) => {
  const emulator = useEmulator();
  let server: PasswordServer;
  beforeAll(async () => {
    server = await startPasswordServer({ programs: await programsOf(major) });
  });
  afterAll(() => server?.stop());

  async function rotates(app: Application, times: number, role = app.user): Promise<void> {
    for (let rotation = 0; rotation < times; rotation += 1) {
      await app.secret.rotate();
      await asApplication(app.secret, async (client) => {
        const { rows } = await client.query('SELECT current_user::text AS name, id FROM orders');
        expect(rows).toEqual([{ name: role, id: 7 }]);
      });
    }
  }

  /** What the administrator holds, besides the admin option on what it has made. */
  const held = (member = 'rds_admin') =>
    server.query(
      'postgres',
      `SELECT roleid::regrole::text AS role FROM pg_auth_members
        WHERE member = '${member}'::regrole AND (inherit_option OR set_option OR grantor = member) ORDER BY 1`,
    );

  it('17: has two users take turns that an administrator has made, in a schema public of pg_database_owner', async () => {
    const app = await application(emulator, server);
    const owner = `${app.user}_owner`;
    await server.query(
      'postgres',
      `CREATE ROLE ${owner}; SET ROLE rds_admin; CREATE ROLE ${app.user} LOGIN PASSWORD '${FIRST_PASSWORD}'`,
    );
    await server.query('postgres', `CREATE DATABASE ${owner} OWNER ${owner}`);
    await server.query(
      owner,
      `SET ROLE ${owner}; CREATE TABLE orders AS SELECT 7 AS id; GRANT CREATE ON SCHEMA public TO ${app.user}; GRANT SELECT ON orders TO ${app.user}`,
    );
    await app.secret.put({ ...(await app.secret.current()), dbname: owner });
    await rotates(app, 2);
    const stale = await signIn(await app.secret.current());
    await stale.query('CREATE TABLE made (id int)');
    await rotates(app, 2);
    await stale.query('CREATE TABLE later (id int)');
    await asApplication(app.secret, (client) =>
      client.query('ALTER TABLE made ADD x int; ALTER TABLE later ADD x int'),
    );
    expect(await held()).toEqual([]);
  });

  it('17: makes a declared pair, and a declared single user, with all that they are granted', async () => {
    const role = {
      memberOf: [`readers_${major}`],
      connectionLimit: 7,
      settings: { search_path: ['public'] },
      grants: [{ on: 'tables' as const, schema: 'public', privileges: ['SELECT'], createdBy: ['rds_admin'] }],
    };
    await server.query('postgres', `SET ROLE rds_admin; CREATE ROLE readers_${major}`);
    const app = await application(emulator, server, { role });
    await rotates(app, 3);
    const single = await application(emulator, server, { role, strategy: 'single' });
    await rotates(single, 3);
    expect(
      await server.query('postgres', `SELECT rolconnlimit FROM pg_roles WHERE rolname LIKE '${app.user}%'`),
    ).toEqual(Array.from({ length: 2 }, () => ({ rolconnlimit: 7 })));
    expect(await held()).toEqual([]);
  });

  it('17.5: gives the shared role what a session created that has given it up, and takes grants away', async () => {
    const app = await runningApplication(emulator, server, { sql: 'GRANT CREATE ON SCHEMA public TO APP' });
    await app.secret.rotate();
    const stale = await signIn(await app.secret.current());
    await stale.query('SET ROLE NONE; CREATE TABLE lost (id int)');
    const group = `${app.user}_group`;
    await server.query(
      app.database,
      `SET ROLE rds_admin; GRANT DELETE ON orders TO ${app.clone}; CREATE ROLE ${group}; GRANT ${group} TO ${app.clone}`,
    );
    await rotates(app, 2);
    await asApplication(app.secret, (client) => client.query('ALTER TABLE lost ADD x int; SELECT * FROM lost'));
    await rotates(app, 1);
    await asApplication(app.secret, async (client) => {
      await client.query('SET ROLE NONE');
      await expect(client.query('DELETE FROM orders')).rejects.toThrow('permission denied');
    });
    expect(
      await server.query(
        'postgres',
        `SELECT FROM pg_auth_members WHERE roleid = '${group}'::regrole AND member = '${app.clone}'::regrole`,
      ),
    ).toEqual([]);
    expect(await held()).toEqual([]);
  });

  it('17.C: says that an administrator needs the admin option on a role that others have made, and rotates with it', async () => {
    for (const strategy of ['alternating', 'single'] as const) {
      const app = await application(emulator, server, { strategy });
      await server.query(
        app.database,
        `CREATE ROLE ${app.user} LOGIN PASSWORD '${FIRST_PASSWORD}'; SET ROLE rds_admin; GRANT SELECT ON orders TO ${app.user}`,
      );
      const value = await app.secret.current();
      await expect(app.secret.rotate()).rejects.toMatchObject({
        code: 'ROTATION_DENIED',
        hint: expect.stringContaining('TO "rds_admin" WITH ADMIN OPTION') as string,
      });
      expect(await app.secret.current()).toEqual(value);
      await server.query('postgres', `GRANT ${app.user} TO rds_admin WITH ADMIN OPTION`);
      await rotates(app, 3);
    }
  });

  it.each(['', 'set', 'set, inherit'])(
    '17.C: rotates for an administrator with createrole_self_grant = "%s", and for one that does not inherit',
    async (grants) => {
      await server.query('postgres', `ALTER ROLE rds_admin SET createrole_self_grant TO '${grants}'`);
      const app = await runningApplication(emulator, server, { sql: 'GRANT CREATE ON SCHEMA public TO APP' });
      try {
        await rotates(app, 2);
        await server.query('postgres', 'ALTER ROLE rds_admin NOINHERIT');
        await app.secret.rotate();
        const stale = await signIn(await app.secret.current());
        await stale.query('SET ROLE NONE; CREATE TABLE lost (id int)');
        await rotates(app, 2);
        await asApplication(app.secret, (client) => client.query('ALTER TABLE lost ADD x int'));
      } finally {
        await server.query(
          'postgres',
          'ALTER ROLE rds_admin INHERIT; ALTER ROLE rds_admin RESET createrole_self_grant',
        );
      }
    },
  );

  it('17.7: names whoever holds the row of a role, which everybody may', async () => {
    const app = await runningApplication(emulator, server);
    const mallory = `${app.user}_mallory`;
    await server.query('postgres', `CREATE ROLE ${mallory} LOGIN PASSWORD 'theirs'`);
    await rotates(app, 2);
    const theirs = await signIn({ ...(await app.secret.current()), username: mallory, password: 'theirs' });
    await theirs.query(`BEGIN; ALTER ROLE ${app.clone}`);
    await expect(app.secret.rotate()).rejects.toMatchObject({
      code: 'ROTATION_FAILED',
      hint: expect.stringContaining(`of "${mallory}". End the one in the way`) as string,
    });
    await theirs.query('ROLLBACK');
    await rotates(app, 1);
  });

  it('17.1: is not taken in by the mark on a second user that somebody with CREATEROLE has made', async () => {
    const app = await application(emulator, server);
    await createUser(server, app);
    const mallory = `${app.user}_mallory`;
    await server.query('postgres', `CREATE ROLE ${mallory} LOGIN CREATEROLE PASSWORD 'theirs'`);
    await server.query(
      'postgres',
      `SET ROLE ${mallory}; CREATE ROLE ${app.clone} LOGIN PASSWORD 'theirs'; GRANT ${app.clone} TO rds_admin WITH ADMIN OPTION;
       COMMENT ON ROLE ${app.clone} IS 'holdfast rotation of ${app.secret.id}'`,
    );
    const [before, value] = [await roleAsStored(server, app.clone), await app.secret.current()];
    await expect(app.secret.rotate()).rejects.toMatchObject({
      code: 'ROTATION_REFUSED',
      message: expect.stringContaining(
        `"${mallory}" is a member of "${app.clone}", and would have all rights`,
      ) as string,
    });
    expect(await roleAsStored(server, app.clone)).toEqual(before);
    expect(await app.secret.current()).toEqual(value);
  });

  it('17.1: is not taken in by the mark on a first user that somebody with CREATEROLE has made', async () => {
    for (const strategy of ['alternating', 'single'] as const) {
      const role = { grants: [{ on: 'tables' as const, schema: 'public', privileges: ['SELECT'] }] };
      const app = await application(emulator, server, { strategy, role });
      const mallory = `${app.user}_mallory`;
      await server.query('postgres', `CREATE ROLE ${mallory} LOGIN CREATEROLE PASSWORD 'theirs'`);
      await server.query(
        'postgres',
        `SET ROLE ${mallory}; CREATE ROLE ${app.user} LOGIN PASSWORD 'theirs'; GRANT ${app.user} TO rds_admin WITH ADMIN OPTION;
         COMMENT ON ROLE ${app.user} IS 'holdfast rotation of ${app.secret.id}'`,
      );
      const before = await roleAsStored(server, app.user);
      await expect(app.secret.rotate()).rejects.toMatchObject({ code: 'ROTATION_REFUSED' });
      expect(await roleAsStored(server, app.user)).toEqual(before);
    }
  });
});
