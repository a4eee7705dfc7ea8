/** More databases than npm test has the time for: odd names, and very many tables. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { openDatabase, startTestServer, type TestServer } from '../../helpers/postgres.js';
import { accessTo, makeContext, takeBackup, verify } from '../../integration/backup/harness.js';
import { named, roundTrip } from '../../integration/backup/round-trip.js';

let server: TestServer;
let context: BackupContext;

beforeAll(async () => {
  server = await startTestServer();
  context = await makeContext();
});

afterAll(() => server?.stop());

const NAMES = [
  `it's "quoted"`,
  'with spaces = and \\ back',
  '$(touch x); %s',
  '   ',
  'host=localhost port=1',
  '\\connect x',
  '日本語のデータベース',
  '"',
  "'",
  '\\',
  '-',
  '--help',
  'x'.repeat(55),
  'UPPER lower',
  'template2',
];

describe('a backup is proven, and restores to an equal database,', () => {
  test.each(NAMES.map(named))('of $what', (one) => roundTrip(server, context, one));
});

describe('a database with 2,000 tables', () => {
  test('is backed up, proven and restored', async () => {
    await openDatabase(server, 'postgres').query('CREATE DATABASE wide TEMPLATE template0');
    const wide = openDatabase(server, 'wide');
    await wide.query(`DO $$ BEGIN FOR n IN 1..2000 LOOP
      EXECUTE format('CREATE TABLE t%s (id serial, v text)', n);
      IF n % 100 = 0 THEN EXECUTE format('INSERT INTO t%s (v) VALUES (%L)', n, n); END IF; END LOOP; END $$`);
    const { backup, result } = await takeBackup(await accessTo('wide', { server }), context);
    expect(result).toMatchObject({ tables: 2000, rows: 20 });
    expect(await verify(backup, context)).toMatchObject({ verdict: 'proven', differences: [] });
    await wide.end();
  });
});
