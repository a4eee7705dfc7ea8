/** A database with every kind of object that PostgreSQL 15 dumps: backed up, proven, restored into a second server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/context.js';
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
});
