/** Restores into a database whose owner is somebody else: nothing of theirs runs with the restoring role's rights. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { RestoreRequest } from '../../../src/backup/restore/restore-request.js';
import type { Selection } from '../../../src/backup/restore/selection/selection.js';
import type { HoldfastError } from '../../../src/core/errors.js';
import { refuseCodeOfOthers } from '../../../src/postgres/code-of-others.js';
import { openAccess } from '../../../src/postgres/connection.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import {
  createDatabase,
  openDatabase,
  startTestServer,
  type TestDatabase,
  type TestServer,
} from '../../helpers/postgres.js';
import { runPsql } from '../../helpers/psql.js';
import { startWireRecorder } from '../../helpers/wire-recorder.js';
import { accessTo, bareEnvironment, makeContext, readBackup, restore, takeBackup } from './harness.js';

let server: TestServer;
let context: BackupContext;
let orders: CompleteBackup;
let checked: CompleteBackup;
let admin: TestDatabase;
beforeAll(async () => {
  server = await startTestServer();
  context = await makeContext();
  admin = openDatabase(server, 'postgres');
  await admin.query('CREATE ROLE mallory LOGIN; CREATE ROLE app LOGIN; CREATE ROLE helper LOGIN');
  const source = await createDatabase(
    server,
    `CREATE TABLE t (a int PRIMARY KEY, b text); INSERT INTO t SELECT g, 'x' || g FROM generate_series(1, 10) g`,
  );
  orders = (await takeBackup(await accessTo(source.name, { server }), context)).backup;
  const calling = await createDatabase(
    server,
    `CREATE FUNCTION valid(int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
     CREATE TABLE c (a int CHECK (public.valid(a))); INSERT INTO c VALUES (1)`,
  );
  checked = (await takeBackup(await accessTo(calling.name, { server }), context)).backup;
});
afterAll(() => server.stop());

/** What mallory has in her database: each way ends in `m.f()`, which takes all that the session may. */
const PREPARED = `CREATE SCHEMA m; CREATE TABLE m.ran (who text); GRANT USAGE ON SCHEMA m TO PUBLIC; GRANT INSERT ON m.ran TO PUBLIC;
  CREATE FUNCTION m.f() RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN
    INSERT INTO m.ran VALUES (current_user);
    BEGIN EXECUTE 'SET ROLE none'; EXECUTE 'ALTER ROLE mallory SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END;
    RETURN true; END $f$;
  CREATE FUNCTION m.i(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM m.f(); RETURN $1; END $f$;
  CREATE FUNCTION m.t() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM m.f(); RETURN new; END $f$;`;

let target: TestDatabase;
beforeEach(async () => {
  target = await createDatabase(server, undefined, 'OWNER mallory TEMPLATE template0');
  await asMallory(PREPARED);
});

/** Whatever was tried: the same superusers as before, and nothing of hers has run as one. */
afterEach(async () => {
  expect(await admin.query('SELECT rolname FROM pg_roles WHERE rolsuper ORDER BY 1')).toEqual([
    { rolname: 'postgres' },
  ]);
  expect(await target.query(`SELECT who FROM m.ran WHERE who = 'postgres'`)).toEqual([]);
  await target.end();
});

async function asMallory(sql: string): Promise<void> {
  const run = await runPsql(server, target.name, `\\set ON_ERROR_STOP on\n${sql}`, 'mallory');
  expect(run, run.stderr).toMatchObject({ code: 0 });
}

const rows: Selection = {
  ...{ tables: [{ schema: 'public', name: 't' }], schemas: [], part: 'data', append: false },
  triggers: 'fire',
};
const table = (name: string): Selection => ({ ...rows, tables: [{ schema: 'public', name }], part: 'all' });

async function refusal(
  backup: CompleteBackup,
  request: Partial<RestoreRequest>,
  user?: string,
): Promise<HoldfastError> {
  const outcome = await restore(backup, await accessTo(target.name, { server, user }), context, request).catch(
    (error: unknown) => error as HoldfastError,
  );
  expect(outcome).toBeInstanceOf(Error);
  return outcome as HoldfastError;
}

const T = 'CREATE TABLE t (a int PRIMARY KEY, b text);';

describe('A1: rows into a table of somebody else', () => {
  test.each([
    [
      'a trigger',
      `${T} CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION m.t()`,
      'function m.t() of "mallory"',
    ],
    ['a check', 'CREATE TABLE t (a int, b text, CHECK (m.f()))', 'function m.f() of "mallory"'],
    ['an index on an expression', `${T} CREATE INDEX ON t (m.i(a))`, 'function m.i(integer) of "mallory"'],
    ['the condition of an index', `${T} CREATE INDEX ON t (a) WHERE m.i(a) > 0`, 'function m.i(integer) of "mallory"'],
    ['a default', 'CREATE TABLE t (a int, b text, c boolean DEFAULT m.f())', 'function m.f() of "mallory"'],
    [
      'a generated column',
      'CREATE TABLE t (a int, b text, c int GENERATED ALWAYS AS (m.i(a)) STORED)',
      'function m.i(integer) of "mallory"',
    ],
    [
      'the check of a domain',
      'CREATE DOMAIN m.d AS text CHECK (m.f()); CREATE TABLE t (a int, b m.d)',
      'function m.f() of "mallory"',
    ],
    [
      'a domain inside of an array',
      'CREATE DOMAIN m.d AS int CHECK (m.f()); CREATE TABLE t (a int, b text, c m.d[] DEFAULT ARRAY[1])',
      'function m.f() of "mallory"',
    ],
    [
      'a partition',
      `CREATE TABLE t (a int, b text) PARTITION BY RANGE (a); CREATE TABLE m.p PARTITION OF t DEFAULT;
       CREATE TRIGGER x BEFORE INSERT ON m.p FOR EACH ROW EXECUTE FUNCTION m.t()`,
      'function m.t() of "mallory"',
    ],
    [
      'the key of partitions',
      `CREATE TABLE t (a int, b text) PARTITION BY RANGE (m.i(a)); CREATE TABLE m.p PARTITION OF t DEFAULT`,
      'function m.i(integer) of "mallory"',
    ],
    [
      'an operator',
      `CREATE FUNCTION m.op(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT m.f()';
       CREATE OPERATOR m.@@@ (LEFTARG = int, RIGHTARG = int, FUNCTION = m.op);
       CREATE TABLE t (a int, b text, CHECK (a OPERATOR(m.@@@) 1))`,
      'function m.op(integer,integer) of "mallory"',
    ],
    [
      'a function of PostgreSQL that only a superuser may call',
      `CREATE TABLE t (a int, b text, CHECK (pg_catalog.pg_read_file('/etc/passwd') IS NOT NULL))`,
      'check t_check on public.t of "mallory", which calls pg_read_file(text)',
    ],
    [
      'a function of PostgreSQL that runs a text as SQL',
      `CREATE TABLE t (a int, b text, c xml DEFAULT pg_catalog.query_to_xml('SELECT 1', true, true, ''))`,
      'default public.t.c of "mallory", which calls query_to_xml(text,boolean,boolean,text)',
    ],
    [
      'a function of PostgreSQL that reads a table, in the condition of a trigger',
      `${T} CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW WHEN (pg_catalog.table_to_xml('pg_catalog.pg_authid', true, true, '') IS NOT NULL)
         EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()`,
      'condition of the trigger x on public.t of "mallory", which calls table_to_xml(regclass,boolean,boolean,text)',
    ],
  ])('A1: is refused to a superuser where it has %s', async (_, sql, named) => {
    await asMallory(sql);
    const error = await refusal(orders, { selection: rows });
    expect(error).toMatchObject({ code: 'TARGET_UNSAFE' });
    expect(error.message).toContain(named);
    expect(error.hint).toContain('--trust-target');
    expect(await target.query('SELECT FROM t')).toEqual([]);
  });

  test('A1: goes ahead where only what everybody may call is in its expressions', async () => {
    await asMallory(`CREATE TABLE t (a int CHECK (a > 0) CHECK (a IN (1, 2, 3) OR a::text LIKE '%'), b text, at timestamptz DEFAULT now(),
        id serial, u uuid DEFAULT gen_random_uuid(), d date DEFAULT current_date, l text GENERATED ALWAYS AS (lower(b)) STORED);
      CREATE INDEX ON t (lower(b)) WHERE b IS NOT NULL;
      CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW WHEN (new.a > 0) EXECUTE FUNCTION suppress_redundant_updates_trigger();
      CREATE TABLE other (a int CHECK (m.f()))`);
    const { rows: loaded } = await restore(orders, await accessTo(target.name, { server }), context, {
      selection: rows,
    });
    expect(loaded).toBe(10);
  });

  test('A1: goes ahead for the owner of the code, a member of whose role it is, and for functions of superusers', async () => {
    await asMallory('CREATE TABLE t (a int, b text, CHECK (m.f())); GRANT ALL ON t TO app');
    expect(await refusal(orders, { selection: rows }, 'app')).toMatchObject({ code: 'TARGET_UNSAFE' });
    const { rows: loaded } = await restore(orders, await accessTo(target.name, { server, user: 'mallory' }), context, {
      selection: rows,
    });
    expect(loaded).toBe(10);
    await asMallory('TRUNCATE t, m.ran');
    await admin.query('GRANT app TO mallory');
    await restore(orders, await accessTo(target.name, { server, user: 'app' }), context, { selection: rows });
    await admin.query('REVOKE app FROM mallory');
    await asMallory('TRUNCATE t, m.ran');
    await target.query(`CREATE FUNCTION public.g() RETURNS boolean LANGUAGE sql AS 'SELECT true'; ALTER TABLE t DROP CONSTRAINT t_check;
      ALTER TABLE t ADD CHECK (public.g())`);
    await restore(orders, await accessTo(target.name, { server }), context, { selection: rows });
  });

  test('A1: goes ahead with --trust-target, which lets event triggers fire as well', async () => {
    await asMallory(`${T} ALTER TABLE t ADD c text DEFAULT current_user;
      CREATE FUNCTION m.harmless() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RETURN new; END $f$;
      CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION m.harmless();
      CREATE FUNCTION m.on_event() RETURNS event_trigger LANGUAGE plpgsql AS $f$ BEGIN END $f$`);
    await target.query('CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION m.on_event()');
    expect(await refusal(orders, { selection: rows })).toMatchObject({ code: 'SESSION_UNSAFE' });
    const access = await accessTo(target.name, { server });
    const trusted = await restore(orders, access, context, {
      selection: { ...rows, triggers: 'disable' },
      trustTarget: true,
    });
    expect(trusted.notes.join()).toContain('do not fire for the rows: "x" on "public"."t"');
    expect(await target.query('SELECT FROM t')).toHaveLength(10);
  });
});

describe('A1: definitions into a database of somebody else', () => {
  test('A1: are refused to a superuser where they could call a function of the owner', async () => {
    await asMallory(`CREATE FUNCTION public.valid(int) RETURNS boolean LANGUAGE sql AS 'SELECT m.f()'`);
    const error = await refusal(checked, { selection: table('c') });
    expect(error).toMatchObject({ code: 'TARGET_UNSAFE' });
    expect(error.message).toContain('(4)');
    expect(error.message).toContain('function public.valid(integer) of "mallory"');
    expect(await target.query(`SELECT FROM pg_class WHERE relname = 'c'`)).toEqual([]);
    expect(await refusal(checked, { selection: table('c'), dryRun: true })).toMatchObject({ code: 'TARGET_UNSAFE' });
  });

  test('A1: are refused where a view or domain of the owner calls what only a superuser may', async () => {
    await asMallory(`DROP FUNCTION m.t, m.i, m.f; CREATE VIEW m.v AS SELECT pg_catalog.pg_read_file('/etc/passwd');
      CREATE DOMAIN m.d AS int CHECK (pg_catalog.pg_read_file(VALUE::text) IS NULL)`);
    const error = await refusal(orders, { selection: table('t') });
    expect(error).toMatchObject({ code: 'TARGET_UNSAFE' });
    expect(error.message).toContain(
      '(2) could run with our rights: check d_check on m.d of "mallory", which calls pg_read_file(text); view m.v of "mallory", which calls pg_read_file(text)',
    );
  });

  test('A1: are restored whole into an empty database of somebody else, and in part by its owner', async () => {
    await asMallory(`CREATE FUNCTION public.valid(int) RETURNS boolean LANGUAGE sql AS 'SELECT true'`);
    const byOwner = await accessTo(target.name, { server, user: 'mallory' });
    await restore(checked, byOwner, context, { selection: table('c'), owners: false });
    const empty = await createDatabase(server, undefined, 'OWNER mallory TEMPLATE template0');
    const { rows: loaded } = await restore(checked, await accessTo(empty.name, { server }), context);
    expect(loaded).toBe(1);
    await empty.end();
  });
});

describe('A1: code that comes to be after the target was looked at', () => {
  test('A1: is found inside of the transaction, in which none can be added to the tables any more', async () => {
    await asMallory(`${T} CREATE TABLE "t'""2" (a int)`);
    const names = [
      { schema: 'public', name: 't' },
      { schema: 'public', name: `t'"2` },
    ];
    const restoring = await target.client();
    await restoring.query(`BEGIN; ${refuseCodeOfOthers(names)}`);
    const trigger = 'CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION m.t()';
    for (const sql of [trigger, 'ALTER TABLE t ADD CHECK (m.f())', 'CREATE INDEX ON t (m.i(a))']) {
      const tried = await runPsql(server, target.name, `SET lock_timeout = '10ms'; ${sql};`, 'mallory');
      expect(tried.stderr).toContain('lock timeout');
    }
    await restoring.query('COMMIT');
    await asMallory(trigger);
    await expect(target.query(refuseCodeOfOthers(names))).rejects.toThrow(
      /in the meantime .*: function m\.t\(\) of mallory/,
    );
  });

  test('A1: is found where definitions are made, and no function can be made while a superuser restores them', async () => {
    await asMallory('DROP SCHEMA m CASCADE; CREATE SCHEMA m; CREATE TABLE m.ran (who text)');
    const restoring = await target.client();
    await restoring.query(`BEGIN; ${refuseCodeOfOthers(undefined)}`);
    const valid = `CREATE FUNCTION public.valid(int) RETURNS boolean LANGUAGE sql AS 'SELECT true'`;
    const tried = await runPsql(server, target.name, `SET lock_timeout = '10ms'; ${valid};`, 'mallory');
    expect(tried.stderr).toContain('lock timeout');
    await restoring.query('COMMIT');
    await asMallory(valid);
    await expect(target.query(refuseCodeOfOthers(undefined))).rejects.toThrow(
      /in the meantime .*: function valid\(integer\) of mallory/,
    );
  });
});

describe('A1: a database whose owner sets the role of its sessions', () => {
  test('A1: has its event triggers seen in a restore all the same', async () => {
    await asMallory(
      `CREATE FUNCTION m.on_event() RETURNS event_trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM m.f(); END $f$`,
    );
    await target.query('CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION m.on_event()');
    await asMallory(`ALTER DATABASE ${target.name} SET role = 'mallory'`);
    const error = await refusal(orders, { selection: table('t'), owners: false });
    expect(error).toMatchObject({ code: 'SESSION_UNSAFE' });
    expect(error.message).toContain('"e" calls m.on_event() of "mallory"');
  });

  test('A1: is backed up by the role that signs in, with what only that one may read', async () => {
    await target.query(`CREATE EXTENSION postgres_fdw; CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'h');
      CREATE USER MAPPING FOR postgres SERVER s OPTIONS (user 'u', password 'topsecret')`);
    await asMallory(
      `ALTER DATABASE ${target.name} SET role = 'mallory'; ALTER DATABASE ${target.name} SET session_authorization = 'mallory'`,
    );
    const { backup } = await takeBackup(await accessTo(target.name, { server }), context);
    const { stored } = await readBackup(backup, context);
    expect(stored.manifest.omissions.map(({ kind }) => kind)).not.toContain('user-mapping-options');
  });

  test('A1: has sessions of ours act as the one that signs in, unless the user asks for a role', async () => {
    await asMallory(`ALTER DATABASE ${target.name} SET role = 'mallory'`);
    const actsAs = async (options?: string) => {
      const access = await openAccess({
        target: {
          host: server.host,
          port: String(server.port),
          user: 'postgres',
          database: target.name,
          parameters: options === undefined ? {} : { options },
        },
        authentication: { kind: 'default' },
        env: bareEnvironment,
      });
      const client = await access.connect();
      const { rows: found } = await client.query<{ user: string }>('SELECT current_user AS user');
      await client.end();
      return [found[0]?.user, (await access.childTarget()).parameters.options?.match(/role=\w+/g)];
    };
    expect(await actsAs()).toEqual(['postgres', ['role=none']]);
    expect(await actsAs('-c role=app')).toEqual(['app', ['role=none', 'role=app']]);
  });

  test("A1: lets no program of PostgreSQL's start as that role behind a pooler that takes no options", async () => {
    await asMallory(
      `ALTER DATABASE ${target.name} SET role = 'mallory'; GRANT CONNECT ON DATABASE ${target.name} TO app`,
    );
    await admin.query('GRANT mallory TO app');
    const pooler = await startWireRecorder(server, { refuseOptions: true });
    const access = await openAccess({
      target: {
        host: pooler.server.host,
        port: String(pooler.server.port),
        user: 'app',
        database: target.name,
        parameters: {},
      },
      authentication: { kind: 'default' },
      env: bareEnvironment,
    });
    const client = await access.connect();
    expect((await client.query('SELECT current_user AS user')).rows).toEqual([{ user: 'app' }]);
    await client.end();
    await expect(access.childTarget()).rejects.toMatchObject({ code: 'SESSION_UNSAFE' });
    await pooler.stop();
    await admin.query('REVOKE mallory FROM app');
  });
});
