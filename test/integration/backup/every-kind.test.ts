/** A database with every kind of object that PostgreSQL 15 dumps: backed up, proven, restored into a second server. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { RestoreResult } from '../../../src/backup/restore/restore-request.js';
import { compareDatabase } from '../../../src/backup/copy/compare-database.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { openDatabase, startTestServer, type TestDatabase, type TestServer } from '../../helpers/postgres.js';
import { accessTo, makeContext, readBackup, restore, takeBackup, verify } from './harness.js';

const EVERY_KIND = readFileSync(join(import.meta.dirname, '../../fixtures/sql/every-kind.sql'), 'utf8');

/** Whatever pg_dump 15 can write into a header, but for what it writes only with --create, and security labels. */
const EVERY_TYPE = [
  'ACCESS METHOD',
  'ACL',
  'AGGREGATE',
  'BLOB',
  'CAST',
  'CHECK CONSTRAINT',
  'COLLATION',
  'COMMENT',
  'CONSTRAINT',
  'CONVERSION',
  'DEFAULT',
  'DEFAULT ACL',
  'DOMAIN',
  'EVENT TRIGGER',
  'EXTENSION',
  'FK CONSTRAINT',
  'FOREIGN DATA WRAPPER',
  'FOREIGN TABLE',
  'FUNCTION',
  'INDEX',
  'INDEX ATTACH',
  'LARGE OBJECT DATA',
  'MATERIALIZED VIEW',
  'MATERIALIZED VIEW DATA',
  'OPERATOR',
  'OPERATOR CLASS',
  'OPERATOR FAMILY',
  'POLICY',
  'PROCEDURAL LANGUAGE',
  'PROCEDURE',
  'PUBLICATION',
  'PUBLICATION TABLE',
  'PUBLICATION TABLES IN SCHEMA',
  'ROW SECURITY',
  'RULE',
  'SCHEMA',
  'SEQUENCE',
  'SEQUENCE OWNED BY',
  'SEQUENCE SET',
  'SERVER',
  'SHELL TYPE',
  'STATISTICS',
  'SUBSCRIPTION',
  'TABLE',
  'TABLE ATTACH',
  'TABLE DATA',
  'TEXT SEARCH CONFIGURATION',
  'TEXT SEARCH DICTIONARY',
  'TEXT SEARCH PARSER',
  'TEXT SEARCH TEMPLATE',
  'TRANSFORM',
  'TRIGGER',
  'TYPE',
  'USER MAPPING',
  'VIEW',
];

let source: TestServer;
let target: TestServer;
let database: TestDatabase;
let context: BackupContext;
let backup: CompleteBackup;

beforeAll(async () => {
  const options = { tablespaces: ['fast disk'] };
  [source, target] = await Promise.all([startTestServer(options), startTestServer(options)]);
  await openDatabase(source, 'postgres').query('CREATE DATABASE "every kind"');
  database = openDatabase(source, 'every kind');
  await database.query(EVERY_KIND);
  await database.query(`
    CREATE TABLE app.elsewhere (id integer, t text) TABLESPACE "fast disk";
    CREATE INDEX elsewhere_id ON app.elsewhere (id) TABLESPACE "fast disk";
    CREATE MATERIALIZED VIEW app.elsewhere_view TABLESPACE "fast disk" AS SELECT 1 AS n;
    INSERT INTO app.elsewhere VALUES (1, 'x');`);
  context = await makeContext();
  ({ backup } = await takeBackup(await accessTo('every kind', { server: source }), context));
});

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()]);
});

describe('a database with every kind of object', () => {
  test('has an entry of every type that pg_dump writes', async () => {
    const { entries } = await readBackup(backup, context);
    expect([...new Set(entries.map(({ type }) => type))].sort()).toEqual(EVERY_TYPE);
  });

  test('is proven by a restore into a throwaway server, without a note', async () => {
    const result = await verify(backup, context);
    expect(result).toMatchObject({ verdict: 'proven', differences: [], notes: [], missingExtensions: [] });
    expect(result.matched).toBe(result.entries);
  });

  describe('restored into a second server with its roles and settings', () => {
    let copy: TestDatabase;
    let result: RestoreResult;

    beforeAll(async () => {
      const access = await accessTo('every kind', { server: target });
      result = await restore(backup, access, context, { create: true, globals: true, check: true });
      copy = openDatabase(target, 'every kind');
    });

    /** The rows of a query in the source and in the copy. */
    const both = (sql: string) => Promise.all([database.query(sql), copy.query(sql)]);

    test('compares equal in every entry', () => {
      expect(result.comparison?.differences).toEqual([]);
      expect(result.comparison?.matched).toBe(result.comparison?.entries);
      expect(result.comparison?.matched).toBeGreaterThan(400);
      // The one table that cannot be analyzed has a partition in a file that is not there, and does not stop the others.
      expect(result.notes).toEqual([expect.stringMatching(/^No statistics for "app"."events": could not stat file/)]);
      expect(result.created).toBe(true);
    });

    test.each([
      [
        'settings of the database and of roles in it',
        'SELECT r.rolname, s.setconfig FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole ORDER BY 1, 2',
      ],
      [
        'grants on the database',
        `SELECT a.privilege_type, a.is_grantable, a.grantee::regrole::text FROM pg_database, aclexplode(datacl) a WHERE datname = current_database() ORDER BY 1, 2, 3`,
      ],
      [
        'comment, encoding and locale of the database',
        `SELECT shobj_description(oid, 'pg_database'), encoding, datcollate, datctype, datdba::regrole::text FROM pg_database WHERE datname = current_database()`,
      ],
      [
        'roles, their attributes and comments',
        `SELECT rolname, rolsuper, rolcanlogin, rolinherit, rolconfig, shobj_description(oid, 'pg_authid') FROM pg_roles ORDER BY 1`,
      ],
      [
        'memberships',
        'SELECT roleid::regrole::text, member::regrole::text, admin_option FROM pg_auth_members ORDER BY 1, 2',
      ],
    ])('has the %s', async (_what, sql) => {
      const [wanted, found] = await both(sql);
      expect(wanted.length).toBeGreaterThan(0);
      expect(found).toEqual(wanted);
    });

    test('keeps its statistics, so that it plans well at once', async () => {
      const [, found] = await both(
        `SELECT count(*)::integer AS n FROM pg_stats WHERE schemaname = 'app' AND tablename = 'orders'`,
      );
      expect(found[0]?.n).toBeGreaterThan(0);
    });

    // These two say that the comparison above was of what it claims to be indifferent to.
    test('has the columns of inheriting tables in another order', async () => {
      const [wanted, found] = await both(
        `SELECT attname FROM pg_attribute WHERE attrelid = 'public.late_child'::regclass AND attnum > 0 ORDER BY attnum`,
      );
      expect(found).not.toEqual(wanted);
      expect(new Set(found.map(({ attname }) => attname))).toEqual(new Set(wanted.map(({ attname }) => attname)));
    });

    test('has rows in other partitions where they are hashed by an enum', async () => {
      const [wanted, found] = await both('SELECT tableoid::regclass::text AS leaf, n FROM app.by_letter ORDER BY 1, 2');
      expect(found).toHaveLength(wanted.length);
      expect(found).not.toEqual(wanted);
    });
  });

  describe('restored by hand, with gunzip and psql, without a transaction around it', () => {
    let copy: TestDatabase;

    beforeAll(async () => {
      await openDatabase(target, 'postgres').query('CREATE DATABASE by_hand TEMPLATE template0');
      copy = openDatabase(target, 'by_hand');
      const dump = fileURLToPath(`${context.store.url}/${backup.key}`);
      const psql = `psql -X -q -v ON_ERROR_STOP=1 -h ${target.host} -p ${target.port} -U ${target.superuser} -d by_hand`;
      await promisify(execFile)('bash', ['-o', 'pipefail', '-c', `gunzip -c '${dump}' | ${psql} >/dev/null`]);
    });

    test('compares equal, though its rows lie in another physical order', async () => {
      const sql = 'SELECT array_agg(id ORDER BY ctid) AS ids FROM public.lumpy';
      expect(await copy.query(sql)).not.toEqual(await database.query(sql));
      const { stored, entries } = await readBackup(backup, context);
      const access = await accessTo('by_hand', { server: target });
      const request = { stored, expected: entries, access, programs: target.programs };
      expect(await compareDatabase(request, context)).toMatchObject({ differences: [] });
    });
  });
});
