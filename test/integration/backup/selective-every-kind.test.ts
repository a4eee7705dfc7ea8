/** Parts of a database with every kind of object, put beside the original in the same database. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { parseTableName } from '../../../src/backup/restore/selection/selection.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { openDatabase, startTestServer, type TestDatabase, type TestServer } from '../../helpers/postgres.js';
import { accessTo, makeContext, restore, takeBackup } from './harness.js';

const EVERY_KIND = readFileSync(join(import.meta.dirname, '../../fixtures/sql/every-kind.sql'), 'utf8');

let server: TestServer;
let source: TestDatabase;
let context: BackupContext;
let backup: CompleteBackup;
let backupThatQuotes: CompleteBackup;

beforeAll(async () => {
  server = await startTestServer();
  await openDatabase(server, 'postgres').query('CREATE DATABASE every_kind');
  source = openDatabase(server, 'every_kind');
  await source.query(EVERY_KIND);
  context = await makeContext();
  const access = await accessTo('every_kind', { server });
  ({ backup } = await takeBackup(access, context));
  await source.query('ALTER DATABASE every_kind SET quote_all_identifiers = on');
  ({ backup: backupThatQuotes } = await takeBackup(access, context));
});

afterAll(() => server?.stop());

/** The functions of that database have owners of many kinds, and a part of it may call them. */
const beside = { check: true, trustTarget: true };

describe('beside the original', () => {
  test.each([
    ['a schema', () => backup, 'Copy of "app"'],
    ['14.A: a schema of a source that quotes all identifiers', () => backupThatQuotes, 'copy_of_app'],
  ])('%s with every kind of object compares equal, and only what cannot move stays', async (_, taken, intoSchema) => {
    const selection = {
      tables: [],
      schemas: ['app'],
      part: 'all',
      append: false,
      intoSchema,
    } as const;
    const result = await restore(taken(), await accessTo('every_kind', { server }), context, { ...beside, selection });
    expect(result.comparison?.differences).toEqual([]);
    expect(result.comparison?.matched).toBe(result.comparison?.entries);
    expect(result.comparison?.matched).toBeGreaterThan(300);
    expect(result.selection?.leftOut.map(({ type, name }) => `${type} ${name}`)).toEqual([
      'TABLE ATTACH lines_even',
      'TABLE ATTACH lines_odd',
      'INDEX ATTACH lines_even_own_name',
    ]);
    expect(result.notes).toContain(
      'Not rewritten: the body of the function app.setting_fn() still names search_path app.',
    );
  });

  test.each([
    'app.customers',
    '"Odd; Type: VIEW; Schema: s"."x; Type: VIEW; Schema: s; Owner: nobody"',
    'public."COPY t (a) FROM stdin;"',
    'public."new\nline"',
    'public."\\."',
    'public.no_columns',
    'app.by_letter_0',
    'app.totals',
  ])('%s compares equal', async (table) => {
    const tables = [parseTableName(table)];
    const selection = {
      tables,
      schemas: [],
      part: 'all',
      append: false,
      intoSchema: `beside ${table.length}`,
    } as const;
    const result = await restore(backup, await accessTo('every_kind', { server }), context, { ...beside, selection });
    expect(result.comparison?.differences).toEqual([]);
    expect(result.comparison?.matched).toBeGreaterThan(0);
  });

  test('a table that inherits is refused, since the original would show its rows', async () => {
    const tables = [parseTableName('public.child_two')];
    const selection = { tables, schemas: [], part: 'all', append: false, intoSchema: 'c' } as const;
    const outcome = restore(backup, await accessTo('every_kind', { server }), context, {
      ...beside,
      check: false,
      selection,
    });
    await expect(outcome).rejects.toThrow('table public.child_two inherits from public.parent_a, public.parent_b');
  });
});
