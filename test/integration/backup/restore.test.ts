/** Restores into a user's database: what is refused, what a failure leaves, whose the objects are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { HoldfastError } from '../../../src/core/errors.js';
import { describeContents } from '../../../src/postgres/contents.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { livingChildren } from '../../helpers/children.js';
import { eventually } from '../../helpers/processes.js';
import {
  createDatabase,
  openDatabase,
  sharedServer,
  startTestServer,
  type TestDatabase,
  type TestServer,
} from '../../helpers/postgres.js';
import { accessTo, makeContext, restore, takeBackup } from './harness.js';
import { fakePrograms } from './fake-programs.js';
import { TamperedVault } from './tampered-vault.js';

const SHOP = readFileSync(join(import.meta.dirname, '../../fixtures/sql/shop.sql'), 'utf8');

let context: BackupContext;
let source: TestDatabase;
let backup: CompleteBackup;
/** A server that has none of the roles. */
let bare: TestServer;

beforeAll(async () => {
  context = await makeContext();
  source = await createDatabase(sharedServer(), SHOP);
  // More than any buffer on the way holds.
  await source.query(`
    INSERT INTO shop.log SELECT now(), md5(n::text) FROM generate_series(1, 20000) n;
    ALTER DATABASE ${source.name} SET work_mem = '7MB';
    ALTER ROLE shop_reader IN DATABASE ${source.name} SET work_mem = '8MB';
    ALTER ROLE shop_reader SET work_mem = '9MB';
    COMMENT ON DATABASE ${source.name} IS 'the shop''s';
    REVOKE CONNECT ON DATABASE ${source.name} FROM PUBLIC`);
  ({ backup } = await takeBackup(await accessTo(source.name), context));
  bare = await startTestServer();
});

afterAll(async () => {
  await source?.end();
  await bare?.stop();
});

let target: TestDatabase;
let childrenBefore: string[];

beforeEach(async () => {
  target = await createDatabase();
  childrenBefore = await livingChildren();
});

afterEach(async () => {
  expect(await livingChildren()).toEqual(childrenBefore);
  await target.end();
});

async function contentsOf(database: TestDatabase) {
  return describeContents(await database.client());
}

async function failToRestore(...args: Parameters<typeof restore>): Promise<HoldfastError> {
  const outcome = await restore(...args).catch((error: unknown) => error as HoldfastError);
  expect(outcome).toBeInstanceOf(Error);
  return outcome as HoldfastError;
}

describe('a target', () => {
  test('that is not empty is refused with what is in it, and stays as it is', async () => {
    await target.query(`CREATE TABLE "my table" (a integer); INSERT INTO "my table" VALUES (1); CREATE SCHEMA mine`);
    const error = await failToRestore(backup, await accessTo(target.name), context);
    expect(error).toMatchObject({ code: 'TARGET_NOT_EMPTY', exitCode: 1 });
    expect(error.message).toContain('1 schema (mine); 1 table (public."my table")');
    expect(await target.query('SELECT * FROM "my table"')).toEqual([{ a: 1 }]);
    expect((await contentsOf(target)).map(({ kind }) => kind)).toEqual(['schema', 'table']);
  });

  test.each([
    ['a function', `CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'`],
    ['an extension', 'CREATE EXTENSION hstore'],
    ['a large object', `SELECT lo_from_bytea(0, '')`],
    [
      'an event trigger',
      `CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER t ON sql_drop EXECUTE FUNCTION e()`,
    ],
    ['a publication', 'CREATE PUBLICATION p'],
  ])('that holds nothing but %s is refused', async (_what, sql) => {
    await target.query(sql);
    expect(await failToRestore(backup, await accessTo(target.name), context)).toMatchObject({
      code: 'TARGET_NOT_EMPTY',
    });
  });

  test('that exists is refused when it is to be created', async () => {
    const error = await failToRestore(backup, await accessTo(target.name), context, { create: true });
    expect(error).toMatchObject({ code: 'TARGET_NOT_EMPTY' });
    expect(error.hint).toContain('Leave out --create');
  });

  test('that does not exist is named, and not made unasked', async () => {
    const error = await failToRestore(backup, await accessTo('no_such_database'), context);
    expect(error).toMatchObject({ code: 'DATABASE_MISSING' });
    expect(error.message).toContain('no_such_database');
  });

  test('is not touched by a dry run, which says what would happen', async () => {
    const result = await restore(backup, await accessTo(target.name), context, { dryRun: true });
    expect(result).toMatchObject({ dryRun: true, rows: expect.any(Number) as number, comparison: undefined });
    expect(await contentsOf(target)).toEqual([]);
  });

  test('is a whole copy afterwards, with statistics', async () => {
    const result = await restore(backup, await accessTo(target.name), context, { check: true });
    expect(result.comparison).toMatchObject({ differences: [] });
    expect(result.comparison?.matched).toBeGreaterThan(50);
    // Whoever made the target let everybody in, and the source does not.
    expect(result.extraPrivileges).toEqual([`REVOKE CONNECT ON DATABASE "${target.name}" FROM PUBLIC;`]);
    expect(result.notes).toEqual([expect.stringMatching(/^The target gave a privilege that the backup does not/)]);
    const [stats] = await target.query(`SELECT count(*)::integer AS n FROM pg_stats WHERE schemaname = 'shop'`);
    expect(stats?.n).toBeGreaterThan(10);
  });
});

describe('a restore that fails in the middle leaves its target empty', () => {
  test('when the encoding of the target lacks a character', async () => {
    await source.query(`INSERT INTO shop.log VALUES (now(), 'snow ☃ man')`);
    const { backup: snowy } = await takeBackup(await accessTo(source.name), context);
    const latin = await createDatabase(sharedServer(), undefined, `TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`);
    const error = await failToRestore(snowy, await accessTo(latin.name), context);
    expect(error).toMatchObject({ code: 'RESTORE_FAILED', exitCode: 1 });
    expect(error.message).toContain('has no equivalent in encoding "LATIN1"');
    expect(error.message).toContain('COPY log, line');
    // The row is the user's, and no part of a message.
    expect(error.message).not.toContain('snow');
    expect(await contentsOf(latin)).toEqual([]);
    await latin.end();
  });

  test.each([
    ['ends before it has read everything, with status 0', 'stops-reading'],
    ['is killed', 'dies-midway'],
    ['takes everything and does nothing', 'ends-well-without-reading'],
  ])('when psql %s', async (_what, psql) => {
    const installed = await fakePrograms({ psql });
    const error = await failToRestore(backup, await accessTo(target.name), { ...context, installed });
    expect(error).toMatchObject({ code: 'RESTORE_CUT_OFF', retryable: true });
    expect(await contentsOf(target)).toEqual([]);
  });

  test.each([
    ['is cut', (bytes: Buffer) => bytes.subarray(0, -5000)],
    ['lacks its last byte', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['has one more byte', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('x')])],
    [
      'has a flipped bit near its end',
      (bytes: Buffer) => {
        bytes[bytes.length - 6]! ^= 1;
        return bytes;
      },
    ],
  ])('when the stored dump %s', async (_what, change) => {
    const vault = new TamperedVault(context, backup);
    vault.edit('dump', change);
    const error = await failToRestore(backup, await accessTo(target.name), vault.context(context));
    expect(error).toMatchObject({ code: 'OBJECT_CORRUPT', exitCode: 1 });
    expect(error.message).toContain(vault.key('dump'));
    expect(await contentsOf(target)).toEqual([]);
  });

  test.each([
    ['a key that is there twice', /^(2\tuser2@.*\n)/m, '$1$1', 'could not create unique index'],
    ['a row with too few columns', /^(2\tuser2@[^\t]*)\t.*\n/m, '$1\n', 'COPY customers, line 2'],
  ])('with a message that holds nothing of the rows, for %s', async (_what, row, replacement, message) => {
    const vault = new TamperedVault(context, backup);
    vault.forge('dump', vault.text('dump').replace(row, replacement));
    const error = await failToRestore(backup, await accessTo(target.name), vault.context(context));
    expect(error.code).toBe('RESTORE_FAILED');
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('user2');
    expect(await contentsOf(target)).toEqual([]);
  });

  test('when the dump ends early though its hash is right', async () => {
    const vault = new TamperedVault(context, backup);
    const text = vault.text('dump');
    vault.forge('dump', text.slice(0, text.lastIndexOf('-- Name: ')));
    expect(await failToRestore(backup, await accessTo(target.name), vault.context(context))).toMatchObject({
      code: 'DUMP_TRUNCATED',
    });
    expect(await contentsOf(target)).toEqual([]);
  });

  test('and a target that was made for it is gone', async () => {
    const vault = new TamperedVault(context, backup);
    vault.edit('dump', (bytes) => bytes.subarray(0, -1));
    const name = `made_${target.name}`;
    const access = await accessTo(name);
    expect(await failToRestore(backup, access, vault.context(context), { create: true })).toMatchObject({
      code: 'OBJECT_CORRUPT',
    });
    expect(await target.query('SELECT FROM pg_database WHERE datname = $1', [name])).toEqual([]);
  });

  test.each([0.02, 0.3, 0.7, 1])('when it is interrupted at %d of the dump', async (part) => {
    const abort = new AbortController();
    const { rawBytes } = new TamperedVault(context, backup).manifest().totals;
    const onProgress: BackupContext['onProgress'] = ({ phase, bytes }) => {
      if (phase === 'restore' && bytes >= part * rawBytes) abort.abort();
    };
    const error = await failToRestore(backup, await accessTo(target.name), {
      ...context,
      signal: abort.signal,
      onProgress,
    });
    expect(error).toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
    expect(await contentsOf(target)).toEqual([]);
  });

  test('when it is interrupted, and a target that was made for it is gone', async () => {
    const abort = new AbortController();
    const name = `made_${target.name}`;
    const onProgress: BackupContext['onProgress'] = ({ phase }) => phase === 'restore' && abort.abort();
    const interrupted = { ...context, signal: abort.signal, onProgress };
    expect(await failToRestore(backup, await accessTo(name), interrupted, { create: true })).toMatchObject({
      code: 'INTERRUPTED',
    });
    expect(await target.query('SELECT FROM pg_database WHERE datname = $1', [name])).toEqual([]);
  });
});

describe('a restore that is interrupted while the server works on a long statement', () => {
  test('does not wait for it, and the target that was made for it is gone', async () => {
    const slow = await createDatabase(
      sharedServer(),
      `CREATE TABLE t (a integer);
       CREATE FUNCTION slow(a integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
       BEGIN
         -- In the restore alone.
         IF pg_catalog.current_database() LIKE 'slow%' THEN PERFORM pg_catalog.pg_sleep(600); END IF;
         RETURN a;
       END $$;
       CREATE INDEX ON t (slow(a)); INSERT INTO t VALUES (1)`,
    );
    const { backup: ofSlow } = await takeBackup(await accessTo(slow.name), context);
    await slow.end();
    const abort = new AbortController();
    const name = `slow_${target.name}`;
    const working = restore(ofSlow, await accessTo(name), { ...context, signal: abort.signal }, { create: true });
    const outcome = working.catch((error: unknown) => error);
    await eventually('the server builds the index', async () => {
      const sql = `SELECT FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'CREATE INDEX%'`;
      return (await target.query(sql, [name])).length > 0;
    });
    abort.abort();
    expect(await outcome).toMatchObject({ code: 'INTERRUPTED' });
    expect(await target.query('SELECT FROM pg_database WHERE datname = $1', [name])).toEqual([]);
  });
});

describe('a target that is created', () => {
  test('gets the settings, grants and comment of the database under its new name, however odd', async () => {
    const name = `new "name'; \\ = ${target.name}`;
    const result = await restore(backup, await accessTo(name), context, { create: true, check: true });
    expect(result).toMatchObject({ created: true, notes: [], comparison: { differences: [] } });
    const copy = openDatabase(sharedServer(), name);
    const settings = await copy.query(
      `SELECT r.rolname, s.setconfig FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
         JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database() ORDER BY 1`,
    );
    expect(settings).toEqual([
      { rolname: 'shop_reader', setconfig: ['work_mem=8MB'] },
      { rolname: null, setconfig: ['work_mem=7MB'] },
    ]);
    expect(
      await copy.query(
        `SELECT shobj_description(oid, 'pg_database') AS comment, has_database_privilege('shop_reader', oid, 'CONNECT') AS connects
           FROM pg_database WHERE datname = current_database()`,
      ),
    ).toEqual([{ comment: "the shop's", connects: false }]);
    await copy.end();
  });
});

describe('a setting that cannot be applied', () => {
  test('is noted by its name: the value may be a secret', async () => {
    const keeper = `keeper_${target.name}`;
    const shop = await createDatabase(sharedServer(), `CREATE TABLE t (a integer)`);
    await shop.query(
      `CREATE ROLE ${keeper}; ALTER ROLE ${keeper} IN DATABASE ${shop.name} SET app.jwt_secret = 'hunter2'`,
    );
    const { backup: keeping } = await takeBackup(await accessTo(shop.name), context);
    await shop.end();
    await target.query(`DROP ROLE ${keeper}`);
    const access = await accessTo(`made_${target.name}`, { server: bare });
    const { notes } = await restore(keeping, access, context, { create: true });
    expect(notes).toEqual([
      `Not applied: ALTER ROLE ${keeper} IN DATABASE "made_${target.name}" SET "app.jwt_secret" TO … – role "${keeper}" does not exist`,
      expect.stringContaining('--globals creates'),
    ]);
  });
});

describe('roles', () => {
  test("that the target's server lacks are named with the remedy, before anything is changed", async () => {
    const access = await accessTo('postgres', { server: bare });
    const error = await failToRestore(backup, access, context);
    expect(error).toMatchObject({ code: 'PREFLIGHT_FAILED' });
    expect(error.message).toMatch(/does not have: shop_owner, shop_reader, shop_writer\.$/);
    expect(error.hint).toContain('--globals');
    expect(await contentsOf(openDatabase(bare, 'postgres'))).toEqual([]);
  });

  test('are made by --globals, and those that are there already stay as they are', async () => {
    const admin = openDatabase(bare, 'postgres');
    await admin.query(`CREATE ROLE shop_reader LOGIN CONNECTION LIMIT 3; ALTER ROLE shop_reader SET work_mem = '3MB'`);
    // Of a server of its own: on the shared one, other tests make roles at the same time.
    const home = await startTestServer();
    const shop = await createDatabase(home, SHOP);
    const { backup: alone } = await takeBackup(await accessTo(shop.name, { server: home }), context);
    await home.stop();
    const options = { create: true, globals: true, check: true };
    const first = await restore(alone, await accessTo('first', { server: bare }), context, options);
    expect(first).toMatchObject({
      notes: [],
      comparison: { differences: [] },
      rolesWithoutPassword: ['postgres', 'shop_reader'],
    });
    const second = await restore(alone, await accessTo('second', { server: bare }), context, options);
    expect(second).toMatchObject({ notes: [], comparison: { differences: [] } });
    expect(
      await admin.query(
        `SELECT rolname, rolcanlogin, rolconnlimit, rolconfig FROM pg_roles WHERE rolname LIKE 'shop%' ORDER BY 1`,
      ),
    ).toEqual([
      { rolname: 'shop_owner', rolcanlogin: false, rolconnlimit: -1, rolconfig: null },
      { rolname: 'shop_reader', rolcanlogin: true, rolconnlimit: 3, rolconfig: ['work_mem=3MB'] },
      { rolname: 'shop_writer', rolcanlogin: false, rolconnlimit: -1, rolconfig: null },
    ]);
  });

  test('own nothing after a restore without owners, which compares equal but for them', async () => {
    const result = await restore(backup, await accessTo(target.name), context, { owners: false, check: true });
    expect(result.comparison).toMatchObject({ differences: [] });
    const owners = await target.query(
      `SELECT DISTINCT relowner::regrole::text AS owner FROM pg_class WHERE relnamespace = 'shop'::regnamespace`,
    );
    expect(owners).toEqual([{ owner: 'postgres' }]);
  });
});

describe('a target whose owner is no superuser', () => {
  const PLAIN = `
    CREATE SCHEMA app;
    CREATE EXTENSION pgcrypto;
    CREATE TABLE app.t (id serial PRIMARY KEY, v text);
    COMMENT ON TABLE app.t IS 'ours';
    INSERT INTO app.t (v) SELECT md5(n::text) FROM generate_series(1, 50) n;
    SELECT lo_from_bytea(0, 'blob');`;
  let owned: TestDatabase;

  beforeEach(async () => {
    await target.query(`DO $$ BEGIN CREATE ROLE plain_owner LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`);
    owned = await createDatabase(sharedServer(), undefined, 'TEMPLATE template0 OWNER plain_owner');
  });

  afterEach(() => owned.end());

  test('takes a backup without owners, without the comments on extensions, and compares equal', async () => {
    const plain = await createDatabase(sharedServer(), PLAIN);
    const { backup: ofPlain } = await takeBackup(await accessTo(plain.name), context);
    await plain.end();
    const access = await accessTo(owned.name, { user: 'plain_owner' });
    const result = await restore(ofPlain, access, context, { owners: false, check: true });
    expect(result.comparison?.differences).toEqual([]);
    expect(await owned.query('SELECT count(*)::integer AS n FROM app.t')).toEqual([{ n: 50 }]);
  });

  test("refuses beforehand what only a superuser may make, with the server's words, and stays empty", async () => {
    const special = await createDatabase(
      sharedServer(),
      `${PLAIN} CREATE FUNCTION app.e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
       CREATE EVENT TRIGGER app_event ON sql_drop EXECUTE FUNCTION app.e();`,
    );
    const { backup: ofSpecial } = await takeBackup(await accessTo(special.name), context);
    await special.end();
    const access = await accessTo(owned.name, { user: 'plain_owner' });
    const error = await failToRestore(ofSpecial, access, context, { owners: false });
    expect(error).toMatchObject({ code: 'PREFLIGHT_FAILED' });
    expect(error.message).toContain('permission denied to create event trigger');
    expect(error.message).toContain('--skip event-triggers leaves them out');
    expect(await contentsOf(owned)).toEqual([]);
  });
});
