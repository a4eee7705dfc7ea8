import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeContents } from '../../../src/postgres/contents.js';
import { listDatabases, rolesWithoutPassword } from '../../../src/postgres/databases-and-roles.js';
import { readExtensions } from '../../../src/postgres/extensions.js';
import { readOmissions } from '../../../src/postgres/omissions.js';
import { readServerFacts } from '../../../src/postgres/server-facts.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';

let database: TestDatabase;
const roles: string[] = [];
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  await database?.query(roles.map((role) => `DROP OWNED BY ${role}; DROP ROLE ${role};`).join(''));
  roles.length = 0;
  await database?.end();
});

/** A role that goes with the test. */
async function role(options = 'LOGIN'): Promise<string> {
  const name = `${database.name}_role${roles.length}`;
  await database.query(`CREATE ROLE ${name} ${options}`);
  roles.push(name);
  return name;
}

describe('readServerFacts', () => {
  it('tells version, encoding, locale and the settings that shape values', async () => {
    const client = await database.client();
    await client.query(`SET TimeZone = 'Asia/Tokyo'; SET extra_float_digits = 3`);
    const facts = await readServerFacts(client);
    const version = await client.query<{ server_version: string }>('SHOW server_version');
    expect(facts).toMatchObject({
      version: version.rows[0]?.server_version,
      database: database.name,
      encoding: 'UTF8',
      locale: { collate: 'C', ctype: 'C', provider: 'libc', icuLocale: null, lcMonetary: 'C' },
      bootstrapRole: sharedServer().superuser,
      inRecovery: false,
      isSuperuser: true,
    });
    expect(facts.settings).toMatchObject({ TimeZone: 'Asia/Tokyo', extra_float_digits: '3', DateStyle: 'ISO, MDY' });
    expect(Math.floor(facts.versionNum / 10_000)).toBe(Number.parseInt(facts.version, 10));
    expect(facts.databaseSize).toBeGreaterThan(1_000_000);
    expect(facts.systemIdentifier).toMatch(/^\d{15,}$/);
  });

  it('leaves out what the role may not read, and does not end its transaction over that', async () => {
    const client = await database.client(await role());
    await database.query('REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC');
    await client.query('BEGIN');
    const facts = await readServerFacts(client);
    expect(facts.systemIdentifier).toBeUndefined();
    expect(facts.isSuperuser).toBe(false);
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('tells the ICU locale of a database that has one', async () => {
    const icu = await createDatabase(
      undefined,
      undefined,
      `TEMPLATE template0 LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'`,
    );
    const facts = await readServerFacts(await icu.client());
    await icu.end();
    expect(facts.locale).toMatchObject({ provider: 'icu', icuLocale: 'de-DE' });
  });
});

describe('readExtensions', () => {
  it('names what depends on an extension, through tables, views, indexes, functions and domains', async () => {
    await database.query(`
      CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE EXTENSION pg_trgm SCHEMA ext;
      CREATE TABLE users (id int, email ext.citext);
      CREATE VIEW emails AS SELECT email FROM users;
      CREATE VIEW shouting AS SELECT upper(email) AS u FROM emails;
      CREATE TABLE docs (body text);
      CREATE INDEX docs_trgm ON docs USING gin (body ext.gin_trgm_ops);
      CREATE FUNCTION normal(e ext.citext) RETURNS text LANGUAGE sql AS 'SELECT 1::text';
      CREATE TABLE unrelated (i int); CREATE DOMAIN mail AS ext.citext; CREATE TABLE mails (m mail)`);
    const extensions = await readExtensions(await database.client());
    const byName = Object.fromEntries(extensions.map((extension) => [extension.name, extension]));
    expect(Object.keys(byName)).toEqual(['citext', 'pg_trgm', 'plpgsql']);
    expect(byName.citext?.schema).toBe('ext');
    expect(byName.citext?.version).toMatch(/^\d/);
    expect(byName.citext?.dependents).toEqual([
      'function public.normal(ext.citext)',
      'table public.mails',
      'table public.users',
      'type public.mail',
      'view public.emails',
      'view public.shouting',
    ]);
    expect(byName.pg_trgm?.dependents).toEqual(['index public.docs_trgm']);
    expect(byName.plpgsql?.dependents).toEqual([]);
  });

  it('follows one extension into another that needs it', async () => {
    await database.query(`CREATE EXTENSION earthdistance CASCADE; CREATE TABLE places (at earth)`);
    const cube = (await readExtensions(await database.client())).find(({ name }) => name === 'cube');
    expect(cube?.dependents).toEqual(['extension earthdistance', 'table public.places']);
  });
});

describe('readOmissions', () => {
  it('names foreign tables and login roles, and what only a superuser would dump', async () => {
    const user = await role();
    await database.query(`
      CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
      CREATE USER MAPPING FOR ${sharedServer().superuser} SERVER far OPTIONS (user 'x', password 'hunter2');
      CREATE FOREIGN TABLE "Far t" (i int) SERVER far;
      CREATE UNLOGGED TABLE on_a_primary_they_are_dumped (i int);
      CREATE SUBSCRIPTION sub_${database.name} CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE, enabled = false)`);
    const asSuperuser = await readOmissions(await database.client());
    const asOther = await readOmissions(await database.client(user));
    await database.query(`DROP SUBSCRIPTION sub_${database.name}`);

    expect(asSuperuser.map((omission) => omission.kind)).toEqual(['foreign-data', 'role-passwords']);
    expect(asSuperuser[0]).toMatchObject({ objects: ['public."Far t"'], total: 1 });
    expect(asSuperuser[1]?.objects).toContain(user);
    expect(asOther.map((omission) => omission.kind)).toEqual([
      'foreign-data',
      'user-mapping-options',
      'subscriptions',
      'role-passwords',
    ]);
    expect(asOther[1]?.objects).toEqual([`${sharedServer().superuser} on server far`]);
    expect(JSON.stringify(asSuperuser)).not.toContain('hunter2');
  });

  it('names rows that an extension keeps to itself, and what lies in no schema where schemas are chosen', async () => {
    await database.query(`
      CREATE EXTENSION citext; SELECT lo_create(4711);
      CREATE TABLE job AS SELECT 1 AS id; CREATE TABLE empty (id int);
      ALTER EXTENSION citext ADD TABLE job; ALTER EXTENSION citext ADD TABLE empty`);
    const client = await database.client();
    const named = (omissions: Awaited<ReturnType<typeof readOmissions>>) =>
      omissions.flatMap(({ kind, objects }) => (kind === 'role-passwords' ? [] : [[kind, ...objects]]));
    expect(named(await readOmissions(client))).toEqual([['extension-data', 'public.empty', 'public.job']]);
    expect(named(await readOmissions(client, ['public']))).toEqual([
      ['extension-data', 'public.empty', 'public.job'],
      ['large-objects', '4711'],
      ['extensions', 'citext'],
    ]);
  });

  it('waits for no table, whoever holds it', async () => {
    await database.query(`
      CREATE EXTENSION citext; CREATE TABLE plain AS SELECT 1 AS id; CREATE TABLE job AS SELECT 1 AS id;
      CREATE MATERIALIZED VIEW seen AS SELECT id FROM plain; ALTER EXTENSION citext ADD TABLE job`);
    const holder = await database.client();
    await holder.query('BEGIN; LOCK TABLE plain, job; REFRESH MATERIALIZED VIEW seen');
    const client = await database.client();
    await client.query(`SET lock_timeout = '1ms'`);
    expect((await readOmissions(client)).map(({ kind }) => kind)).toContain('extension-data');
    await holder.query('ROLLBACK');
  });
});

describe('listDatabases and rolesWithoutPassword', () => {
  it('B15: leave out templates and databases that admit nobody, and say so', async () => {
    const closed = await createDatabase();
    await database.query(`ALTER DATABASE ${closed.name} ALLOW_CONNECTIONS false`);
    const { names, passedOver } = await listDatabases(await database.client());
    await closed.end();
    expect(passedOver).toContainEqual({ dbName: closed.name, reason: 'closed' });
    expect(passedOver).toContainEqual({ dbName: 'template1', reason: 'template' });
    expect(names).toContain(database.name);
    expect(names).toContain('postgres');
    expect(names).not.toContain('template1');
    expect(names).not.toContain(closed.name);
  });

  it('name the login roles without a password, to those who may know', async () => {
    const [bare, group] = [await role(), await role('NOLOGIN')];
    const guarded = await role(`LOGIN PASSWORD 'x'`);
    const names = await rolesWithoutPassword(await database.client());
    expect(names).toContain(bare);
    expect(names).not.toContain(group);
    expect(names).not.toContain(guarded);
    expect(await rolesWithoutPassword(await database.client(bare))).toBeUndefined();
  });
});

describe('describeContents', () => {
  it('finds nothing in a fresh database, nor in one with comments, grants and temporary tables', async () => {
    const client = await database.client();
    expect(await describeContents(client)).toEqual([]);
    await client.query(`CREATE TEMP TABLE t (id serial, e text[]); REVOKE ALL ON SCHEMA public FROM PUBLIC;
                        COMMENT ON SCHEMA public IS 'mine'; ALTER DATABASE ${database.name} SET work_mem = '5MB'`);
    expect(await describeContents(client)).toEqual([]);
  });

  it.each([
    ['CREATE SCHEMA "S 1"', [['schema', '"S 1"']]],
    ['CREATE TABLE t (a int)', [['table', 'public.t']]],
    ['CREATE VIEW v AS SELECT 1 AS a', [['view', 'public.v']]],
    ['CREATE MATERIALIZED VIEW m AS SELECT 1 AS a', [['materialized view', 'public.m']]],
    ['CREATE SEQUENCE s', [['sequence', 'public.s']]],
    ['CREATE TYPE e AS ENUM ()', [['type', 'public.e']]],
    ['CREATE TYPE c AS (a int)', [['type', 'public.c']]],
    [`CREATE TYPE r AS RANGE (subtype = float8, multirange_type_name = 'mr')`, [['type', 'public.r']]],
    ['CREATE DOMAIN d AS int', [['type', 'public.d']]],
    [`CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`, [['function', 'public.f']]],
    ['CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)', [['operator', 'public."==="']]],
    [`CREATE COLLATION x FROM "C"`, [['collation', 'public.x']]],
    ['CREATE TEXT SEARCH CONFIGURATION x (COPY = simple)', [['text search configuration', 'public.x']]],
    ['CREATE CAST (int AS bool[]) WITH INOUT', [['cast', 'integer AS boolean[]']]],
    ['CREATE EXTENSION citext', [['extension', 'citext']]],
    ['CREATE PUBLICATION p', [['publication', 'p']]],
    ['CREATE FOREIGN DATA WRAPPER w', [['foreign-data wrapper', 'w']]],
    ['SELECT lo_create(77)', [['large object', '77']]],
  ])('finds what %s leaves', async (sql, expected) => {
    await database.query(sql);
    const found = await describeContents(await database.client());
    expect(found.map(({ kind, names }) => [kind, names[0]])).toEqual(expected);
  });

  it('counts all and names five', async () => {
    await database.query(
      `DO $$ BEGIN FOR i IN 1..12 LOOP EXECUTE format('CREATE TABLE t%s (id int)', to_char(i, 'FM00')); END LOOP; END $$`,
    );
    expect(await describeContents(await database.client())).toEqual([
      { kind: 'table', count: 12, names: ['t01', 't02', 't03', 't04', 't05'].map((name) => `public.${name}`) },
    ]);
  });
});
