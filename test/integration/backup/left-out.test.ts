/** What no dump carries: found in the catalog, and named by the manifest and by each proof. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { readOmissions, type Omission } from '../../../src/postgres/omissions.js';
import { openDatabase, startTestServer, type TestDatabase, type TestServer } from '../../helpers/postgres.js';
import { addExtensions, relocatePostgres } from '../../helpers/relocated-postgres.js';
import { accessTo, makeContext, readBackup, restore, takeBackup, verify } from './harness.js';

let server: TestServer;
let context: BackupContext;
let admin: TestDatabase;
let share: string;

beforeAll(async () => {
  const relocated = await relocatePostgres();
  addExtensions(relocated);
  ({ share } = relocated);
  server = await startTestServer({
    programs: relocated.installed[0],
    settings: {
      max_prepared_transactions: '2',
      wal_level: 'logical',
      max_wal_senders: '2',
      max_replication_slots: '2',
    },
  });
  context = await makeContext({ installed: relocated.installed });
  admin = openDatabase(server, 'postgres');
});
afterAll(() => server?.stop());

let made = 0;

async function source(...statements: string[]): Promise<TestDatabase> {
  made += 1;
  const name = `left_out_${made}`;
  await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  const database = openDatabase(server, name);
  for (const sql of statements) await database.query(sql);
  return database;
}

async function omissionsOf(database: TestDatabase, schemas: readonly string[] = []): Promise<Record<string, string[]>> {
  return byKind(await readOmissions(await database.client(), schemas));
}

const byKind = (omissions: readonly Pick<Omission, 'kind' | 'objects'>[]) =>
  Object.fromEntries(
    omissions.flatMap(({ kind, objects }) => (kind === 'role-passwords' ? [] : [[kind, [...objects]]])),
  );

test('14.A: members of extensions that were altered, replaced or given triggers, indexes and checks are named', async () => {
  const database = await source(
    'CREATE EXTENSION cube; CREATE EXTENSION earthdistance; CREATE EXTENSION hfpart',
    `CREATE TABLE log (parent text);
     CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$`,
  );
  expect(await omissionsOf(database)).toEqual({});
  // What a dump does carry: privileges on members, and the rows of a table that the extension marks.
  await database.query(
    `GRANT SELECT ON part.config TO PUBLIC; GRANT SELECT (keep) ON part.config TO PUBLIC;
     REVOKE EXECUTE ON FUNCTION earth() FROM PUBLIC; INSERT INTO part.config (parent, keep) VALUES ('public.b', '7 days');
     CREATE VIEW distances AS SELECT earth() AS m; CREATE TABLE places (at earth)`,
  );
  expect(await omissionsOf(database)).toEqual({});

  await database.query('ALTER FUNCTION ll_to_earth SET search_path = public');
  await database.query(
    `CREATE OR REPLACE FUNCTION sec_to_gc(float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT $1 + 1 $$;
     CREATE TRIGGER audited AFTER INSERT ON part.config FOR EACH ROW EXECUTE FUNCTION note()`,
  );
  await database.query('CREATE INDEX config_keep ON part.config (keep)');
  await database.query('ALTER TABLE part.config ADD CONSTRAINT premake_positive CHECK (premake > 0)');
  await database.query('ALTER TABLE part.config ALTER premake SET DEFAULT 8, ADD COLUMN own int');
  const changed = {
    'extension-members': [
      'column part.config.own',
      'column part.config.premake',
      'default value for part.config.premake',
      'function public.ll_to_earth(double precision,double precision)',
      'function public.sec_to_gc(double precision)',
      'index part.config_keep',
      'table constraint premake_positive on part.config',
      'trigger audited on part.config',
    ],
  };
  expect(await omissionsOf(database)).toEqual(changed);

  await database.query('ALTER TABLE part.config DROP COLUMN own');
  const { backup } = await takeBackup(await accessTo(database.name, { server }), context);
  const { manifest } = (await readBackup(backup, context)).stored;
  expect(manifest.omissions.find(({ kind }) => kind === 'extension-members')?.objects).toContain(
    'trigger audited on part.config',
  );
  const proof = await verify(backup, context);
  expect(proof).toMatchObject({ verdict: 'proven', differences: [] });
  expect(proof.notCompared?.find(({ kind }) => kind === 'extension-members')).toMatchObject({
    total: 7,
    objects: expect.arrayContaining(['index part.config_keep']) as string[],
  });
});

test('14.A: what was added to an extension, and what belongs to its tables and types, is named', async () => {
  const database = await source(
    'CREATE EXTENSION hfpart; CREATE EXTENSION cube; CREATE EXTENSION btree_gist',
    'CREATE TABLE mine (i int, j int); CREATE FUNCTION own() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
  );
  await database.query('ALTER EXTENSION hfpart ADD TABLE mine; ALTER EXTENSION cube ADD FUNCTION own()');
  await database.query('CREATE STATISTICS both_columns ON i, j FROM mine; CREATE PUBLICATION changes FOR TABLE mine');
  await database.query(`COMMENT ON TABLE part.config IS 'ours'; ALTER TYPE cube SET (STORAGE = external)`);
  await database.query('ALTER TABLE part.config SET (fillfactor = 50); TRUNCATE part.config');
  await database.query('ALTER OPERATOR FAMILY gist_int4_ops USING gist ADD OPERATOR 30 < (date, date)');
  expect(await omissionsOf(database)).toEqual({
    // Whether it has rows is not looked at: that would wait for whoever holds it.
    'extension-data': ['public.mine'],
    'extension-members': [
      'comment on table part.config',
      'function public.own()',
      'membership of mine in the publication changes',
      'operator of access method operator 30 (pg_catalog.date, pg_catalog.date) of public.gist_int4_ops USING gist',
      'statistics object public.both_columns',
      'table part.config',
      'table public.mine',
      'type public.cube',
    ],
  });
});

test('14.A: an extension of another version is named, and so is the version that a copy got', async () => {
  const database = await source(`CREATE EXTENSION hfpart VERSION '1.0'`);
  expect(await omissionsOf(database)).toEqual({
    'extension-versions': ['hfpart 1.0 (the default here is 1.1)'],
  });
  const { backup } = await takeBackup(await accessTo(database.name, { server }), context);
  const proof = await verify(backup, context);
  expect(proof.verdict).toBe('proven');
  expect(proof.notCompared).toContainEqual(
    expect.objectContaining({ kind: 'extension-versions-in-copy', objects: ['hfpart 1.1, was 1.0'] }),
  );
  await database.query('ALTER EXTENSION hfpart UPDATE');
  expect(await omissionsOf(database)).toEqual({});
});

test('14.A: objects in pg_catalog and information_schema, and altered text search, are named', async () => {
  const database = await source(
    `CREATE FUNCTION pg_catalog.text(boolean, integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'yes' $$;
     CREATE TABLE information_schema.app_notes (id int PRIMARY KEY, note text);
     INSERT INTO information_schema.app_notes VALUES (1, 'kept where nobody looks')`,
    `ALTER TEXT SEARCH CONFIGURATION german ALTER MAPPING FOR asciiword WITH simple;
     ALTER TEXT SEARCH DICTIONARY french_stem (StopWords = english)`,
  );
  expect(await omissionsOf(database)).toEqual({
    'system-schemas': ['function pg_catalog.text(boolean,integer)', 'table information_schema.app_notes'],
    'system-objects': ['text search configuration pg_catalog.german', 'text search dictionary pg_catalog.french_stem'],
  });
});

test('14.A: what a superuser has replaced in PostgreSQL itself, or added to its tables, is named', async () => {
  const database = await source('GRANT SELECT ON pg_authid TO PUBLIC; REVOKE EXECUTE ON FUNCTION now() FROM PUBLIC');
  expect(await omissionsOf(database)).toEqual({});
  await database.query(
    `CREATE OR REPLACE FUNCTION pg_catalog.quote_nullable(text) RETURNS text LANGUAGE sql AS $$ SELECT 'none' $$;
     ALTER TEXT SEARCH DICTIONARY english_stem (StopWords);
     CREATE RULE kept AS ON UPDATE TO information_schema.sql_parts DO INSTEAD NOTHING;
     ALTER TABLE information_schema.sql_features ADD COLUMN own int CHECK (own > 0)`,
  );
  expect(await omissionsOf(database)).toEqual({
    'system-objects': [
      'column information_schema.sql_features.own',
      'function pg_catalog.quote_nullable(pg_catalog.text)',
      'rule kept on information_schema.sql_parts',
      'table constraint sql_features_own_check on information_schema.sql_features',
      'text search dictionary pg_catalog.english_stem',
    ],
  });
});

test('14.A: partitions outside of the chosen schemas are named with their rows, and what lies in no schema', async () => {
  const database = await source(
    `CREATE SCHEMA parts;
     CREATE TABLE events (id int, at date NOT NULL) PARTITION BY RANGE (at);
     CREATE TABLE parts.events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
     CREATE TABLE parts.events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
     INSERT INTO events SELECT g, date '2025-06-01' + g FROM generate_series(1, 300) g;
     CREATE PUBLICATION everything FOR ALL TABLES`,
  );
  expect(await omissionsOf(database)).toEqual({});
  expect(await omissionsOf(database, ['public', 'parts'])).toEqual({ 'outside-schemas': ['publication everything'] });
  expect(await omissionsOf(database, ['public'])).toEqual({
    'outside-schemas': ['publication everything'],
    partitions: ['parts.events_2025 of public.events (213 rows)', 'parts.events_2026 of public.events (87 rows)'],
  });
  const { backup } = await takeBackup(await accessTo(database.name, { server }), context, { schemas: ['public'] });
  const { notCompared, verdict } = await verify(backup, context);
  expect(verdict).toBe('proven');
  expect(notCompared?.map(({ kind }) => kind)).toEqual([
    'role-passwords',
    'outside-schemas',
    'partitions',
    'other-schemas',
  ]);
});

test('14.A: settings of all roles, prepared transactions and disabled checks of keys are named', async () => {
  const database = await source(
    `CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (of int CONSTRAINT has_parent REFERENCES parent)`,
    'ALTER TABLE child DISABLE TRIGGER ALL',
    `BEGIN; INSERT INTO parent VALUES (1); PREPARE TRANSACTION 'transfer 1'`,
  );
  await admin.query(`ALTER ROLE ALL SET app.secret = 'hunter2'`);
  const omissions = await readOmissions(await database.client());
  await database.query(`ROLLBACK PREPARED 'transfer 1'`);
  await admin.query('ALTER ROLE ALL RESET app.secret');
  expect(byKind(omissions)).toEqual({
    'all-roles-settings': ['ALTER ROLE ALL SET app.secret'],
    'prepared-transactions': [`'transfer 1' of postgres`],
    'foreign-key-triggers': ['has_parent on public.child'],
  });
  expect(JSON.stringify(omissions)).not.toContain('hunter2');
});

test('14.A: indexes that are not valid, and replication slots, are named', async () => {
  const database = await source('CREATE TABLE twice AS SELECT 1 AS a FROM generate_series(1, 2)');
  await expect(database.query('CREATE UNIQUE INDEX CONCURRENTLY one_each ON twice (a)')).rejects.toThrow('one_each');
  await database.query(`SELECT pg_create_logical_replication_slot('reader', 'pgoutput')`);
  try {
    expect(await omissionsOf(database)).toEqual({
      'invalid-indexes': ['public.one_each on twice'],
      'replication-slots': ['reader (pgoutput)'],
    });
  } finally {
    await database.query(`SELECT pg_drop_replication_slot('reader')`);
  }
});

test('14.A: an extension whose script sets the search_path of its database leaves none in a copy', async () => {
  const database = await source('CREATE EXTENSION hftopo; CREATE TABLE t AS SELECT 1 AS a');
  await database.query(`ALTER DATABASE ${database.name} RESET search_path`);
  const { backup } = await takeBackup(await accessTo(database.name, { server }), context);
  expect(await verify(backup, context)).toMatchObject({ verdict: 'proven', differences: [] });
  const target = await accessTo(`${database.name}_copy`, { server });
  const restored = await restore(backup, target, context, { create: true, check: true });
  expect(restored.comparison).toMatchObject({ differences: [] });
  expect(await openDatabase(server, `${database.name}_copy`).query('SHOW search_path')).toEqual([
    { search_path: '"$user", public' },
  ]);
});

test('14.A: plpgsql that was dropped and made anew is proven', async () => {
  const database = await source(
    'DROP EXTENSION plpgsql; CREATE EXTENSION plpgsql',
    'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$; CREATE TABLE t AS SELECT 1 AS a',
  );
  const { backup } = await takeBackup(await accessTo(database.name, { server }), context);
  const proof = await verify(backup, context);
  expect(proof).toMatchObject({ verdict: 'proven', differences: [] });
  expect(proof.matched).toBe(proof.entries);
});

test('14.A: what the machine of a drill lacks makes its verdict incomplete', async () => {
  const dictionary = join(share, 'tsearch_data', 'own_words.stop');
  writeFileSync(dictionary, 'the\n');
  const database = await source(
    `CREATE TEXT SEARCH DICTIONARY own (TEMPLATE = simple, StopWords = own_words); CREATE TABLE t AS SELECT 1 AS a`,
  );
  const { backup } = await takeBackup(await accessTo(database.name, { server }), context);
  expect(await verify(backup, context)).toMatchObject({ verdict: 'proven' });
  rmSync(dictionary);
  const proof = await verify(backup, context);
  expect(proof).toMatchObject({ verdict: 'incomplete', differences: [] });
  expect(proof.notes.join()).toMatch(
    /does not have the file \/.*own_words\.stop, which a text search dictionary needs/,
  );
});
