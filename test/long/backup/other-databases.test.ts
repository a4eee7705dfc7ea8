/** Databases that are not like most: encodings, settings that change how values are written, names, sizes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { openDatabase, startTestServer, type TestServer } from '../../helpers/postgres.js';
import { accessTo, makeContext, takeBackup, verify } from '../../integration/backup/harness.js';
import { named, roundTrip, type DatabaseCase } from '../../integration/backup/round-trip.js';

let server: TestServer;
let context: BackupContext;

beforeAll(async () => {
  // A bootstrap superuser of another name, and with an odd one.
  server = await startTestServer({ superuser: 'The "Boss"' });
  context = await makeContext();
});

afterAll(() => server?.stop());

const VALUES = `
  CREATE TABLE v (id serial PRIMARY KEY, f4 real, f8 double precision, b bytea, t timestamptz, d date, i interval, m money, x xml, a text[]);
  INSERT INTO v (f4, f8, b, t, d, i, m, x, a) VALUES
    (1.1, 0.1 + 0.2, '\\x00ff5c27', '2024-03-31 01:30:00+00', '2024-02-03', '-1 year 2 mons -3 days 04:05:06.7', 1234.56, '<a>ü</a>', '{NULL,"NULL",a\\\\b}'),
    ('NaN', '-Infinity', '', 'infinity', '0044-03-15 BC', '0', -0.01, NULL, '{}'),
    (1e-38, 1e300, NULL, '1883-11-18 12:03:58-04:56', 'infinity', '178000000 years', NULL, NULL, NULL);
  CREATE TABLE defaults (t timestamptz DEFAULT '2024-01-01 00:00:00+02', d date DEFAULT '2024-02-03', i interval DEFAULT '1 day 02:00', f float8 DEFAULT 0.1, b bytea DEFAULT '\\x01', m money DEFAULT 1.5,
    CHECK (t > '2000-01-01 00:00:00+00'::timestamptz AND i < '1 year'::interval));
  CREATE VIEW w AS SELECT *, t + i AS later, 'a\\b'::text AS backslash FROM v WHERE d > '1999-12-31' OR m > 5::money;
  CREATE FUNCTION f(t timestamptz DEFAULT '2024-06-01 00:00:00+00') RETURNS text LANGUAGE sql AS $$ SELECT 'it''s' $$;
  COMMENT ON TABLE v IS 'a\\b''c';`;

const CASES: readonly DatabaseCase[] = [
  { what: 'an empty database', name: 'empty', sql: 'SELECT' },
  {
    what: 'a database in LATIN1, with names and values beyond ASCII',
    name: 'latin',
    options: `ENCODING 'LATIN1' LOCALE 'C'`,
    sql: `CREATE SCHEMA "Größe"; CREATE TABLE "Größe"."Straße" ("ñ" text DEFAULT 'é', CHECK ("ñ" <> 'ß'));
      INSERT INTO "Größe"."Straße" VALUES ('äöü'), (chr(255)), ('§'); COMMENT ON TABLE "Größe"."Straße" IS 'übrig';
      CREATE FUNCTION "fünf"() RETURNS text LANGUAGE sql AS $$ SELECT 'fünf'::text $$;
      CREATE SEQUENCE "zähler"; SELECT nextval('"zähler"');
      CREATE TYPE "Maß" AS ENUM ('groß', 'klein'); CREATE MATERIALIZED VIEW "Übersicht" AS SELECT 1 AS "eins";`,
    settings: [`ALTER DATABASE % SET application_name = 'x'`],
  },
  {
    what: 'a database in SQL_ASCII, with bytes that are no UTF-8',
    name: 'ascii',
    options: `ENCODING 'SQL_ASCII' LOCALE 'C'`,
    sql: `CREATE TABLE raw (id integer, t text DEFAULT E'\\xfe\\xff'); INSERT INTO raw (id) VALUES (1), (2);
      INSERT INTO raw VALUES (3, E'\\x80\\xe4'), (4, 'ü'); COMMENT ON TABLE raw IS E'\\xe4';
      CREATE FUNCTION f() RETURNS text LANGUAGE sql AS E'SELECT ''\\xe9''::text';`,
  },
  {
    what: 'a database in a multi-byte encoding',
    name: 'euc',
    options: `ENCODING 'EUC_JP' LOCALE 'C'`,
    sql: `CREATE TABLE "漢字" ("列" text); INSERT INTO "漢字" VALUES ('日本語'), ('ア');`,
  },
  // The platform has no decoder for these.
  ...(
    [
      ['LATIN10', 'Știri', 'ă', 'ț'],
      ['EUC_TW', '漢字', '中文', '繁'],
      ['EUC_JIS_2004', '漢字', '日本語', 'ア'],
    ] as const
  ).map(([encoding, name, text, column]) => ({
    what: `a database in ${encoding}, with names and values beyond ASCII`,
    name: encoding.toLowerCase(),
    options: `ENCODING '${encoding}' LOCALE 'C'`,
    sql: `CREATE SCHEMA "${name}"; CREATE TYPE "${name}"."${text}" AS ENUM ('${text}', '${column}');
      CREATE TABLE "${name}"."${name}" (id serial PRIMARY KEY, "${column}" text DEFAULT '${text}', twice text GENERATED ALWAYS AS ("${column}" || '${text}') STORED, CHECK ("${column}" <> ''));
      INSERT INTO "${name}"."${name}" ("${column}") SELECT '${text}' FROM generate_series(1, 9);
      CREATE MATERIALIZED VIEW "${name}"."${column}" AS SELECT "${column}" FROM "${name}"."${name}";
      CREATE FUNCTION "${name}"."${column}"("${text}" "${name}"."${text}") RETURNS text LANGUAGE sql AS $$ SELECT '${text}' $$;
      COMMENT ON TABLE "${name}"."${name}" IS '${text}'`,
  })),
  {
    what: 'a database that sorts by C and treats characters by C.UTF-8',
    name: 'mixed',
    options: `LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'`,
    sql: `CREATE TABLE t (v text CHECK (upper(v) = 'Ü')); INSERT INTO t VALUES ('ü'); CREATE INDEX ON t (upper(v));`,
  },
  {
    what: 'a database with an ICU locale',
    name: 'icu',
    options: `LOCALE_PROVIDER icu ICU_LOCALE 'de-u-co-phonebk' LOCALE 'C'`,
    sql: `CREATE TABLE t (v text, PRIMARY KEY (v)); INSERT INTO t VALUES ('Ärger'), ('Aal'), ('Zoo');`,
  },
  ...['it\'s = "quoted" \\ back', '-- Name: x; Type: TABLE; Schema: s; Owner: o; ü', 'postgres://a?b=c'].map(named),
  {
    what: 'a database whose settings change how values are written',
    name: 'styled',
    sql: VALUES,
    notes: [/^The target's lc_monetary is C, the source's was C\.UTF-8/],
    settings: [
      'bytea_output = escape',
      'quote_all_identifiers = on',
      'IntervalStyle = sql_standard',
      `DateStyle = 'SQL, DMY'`,
      `TimeZone = 'America/St_Johns'`,
      'extra_float_digits = -5',
      `lc_monetary = 'C.UTF-8'`,
      'xmlbinary = hex',
      'xmloption = document',
      'array_nulls = off',
      'standard_conforming_strings = off',
      'backslash_quote = off',
      `client_encoding = 'LATIN1'`,
      `search_path = 'nowhere'`,
      'row_security = off',
      'check_function_bodies = off',
    ].map((setting) => `ALTER DATABASE % SET ${setting}`),
  },
  {
    what: 'a database dumped by a role whose settings change how values are written',
    name: 'styled_role',
    sql: VALUES,
    user: 'styled',
    settings: [
      'CREATE ROLE styled SUPERUSER LOGIN',
      ...[
        'bytea_output = escape',
        'quote_all_identifiers = on',
        'IntervalStyle = iso_8601',
        `DateStyle = 'German'`,
        `TimeZone = '<+07>-07'`,
        'extra_float_digits = -15',
        'standard_conforming_strings = off',
      ].map((setting) => `ALTER ROLE styled SET ${setting}`),
    ],
  },
  {
    what: 'a database whose settings get in the way of whoever restores it',
    name: 'hindered',
    sql: VALUES,
    settings: [
      'default_transaction_read_only = on',
      `statement_timeout = '1s'`,
      'lock_timeout = 1',
      'idle_in_transaction_session_timeout = 1',
      `default_tablespace = ''`,
      `default_transaction_isolation = 'serializable'`,
      'default_transaction_deferrable = on',
      'default_toast_compression = pglz',
      `session_replication_role = replica`,
      'transform_null_equals = on',
    ].map((setting) => `ALTER DATABASE % SET ${setting}`),
  },
];

/** A role is named in the bytes of the database in which it was made: in others, they may be no text at all. */
test('15.8: a role with a name beyond ASCII, made in LATIN1, stops no other database of its server', async () => {
  const admin = openDatabase(server, 'postgres');
  for (const [name, encoding] of [
    ['made_in', 'LATIN1'],
    ['in_utf8', 'UTF8'],
    ['in_ascii', 'SQL_ASCII'],
    ['in_latin', 'LATIN1'],
    ['in_euc', 'EUC_JP'],
  ]) {
    await admin.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LOCALE 'C'`);
  }
  await openDatabase(server, 'made_in').query(`CREATE ROLE "märz" LOGIN; CREATE ROLE "mürz"; GRANT "mürz" TO "märz"`);
  try {
    const found: unknown[] = [];
    for (const name of ['in_utf8', 'in_ascii', 'in_latin', 'in_euc']) {
      await openDatabase(server, name).query('CREATE TABLE t AS SELECT 1 AS a');
      const { backup } = await takeBackup(await accessTo(name, { server }), context, { name });
      const { verdict, differences, notes } = await verify(backup, context);
      found.push([name, verdict, differences, notes]);
    }
    expect(found).toEqual(['in_utf8', 'in_ascii', 'in_latin', 'in_euc'].map((name) => [name, 'proven', [], []]));
  } finally {
    await openDatabase(server, 'made_in').query(`DROP ROLE "märz", "mürz"`);
  }
});

describe('a backup is proven, and restores to an equal database,', () => {
  test.each(CASES)('of $what', (one) => roundTrip(server, context, one));
});
