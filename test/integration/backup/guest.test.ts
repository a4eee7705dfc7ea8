/** A backup as a guest of its source: what others do to the tables between the snapshot and pg_dump's locks. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { BackupRequest } from '../../../src/backup/create/backup-request.js';
import { createDatabase, type TestDatabase } from '../../helpers/postgres.js';
import { fakePrograms } from './fake-programs.js';
import { accessTo, makeContext, readBackup, takeBackup, verify } from './harness.js';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase(
    undefined,
    `CREATE TABLE hot AS SELECT i, 'before' AS t FROM generate_series(1, 1000) i;
     CREATE TABLE other AS SELECT i FROM generate_series(1, 20) i;
     CREATE SCHEMA app; CREATE TABLE app.t AS SELECT 1 AS i`,
  );
});
afterEach(() => database?.end());

/** A backup, before each of whose dumps somebody runs the next of these texts. */
async function backupAfter(changes: readonly string[], overrides: Partial<BackupRequest> = {}) {
  const installed = await fakePrograms({ pg_dump: 'comes-after-changes' });
  const directory = installed[0]?.directory ?? '';
  changes.forEach((sql, index) => writeFileSync(join(directory, `change-${index + 1}.sql`), sql));
  const context = await makeContext({ installed });
  const taken = await takeBackup(await accessTo(database.name), context, overrides);
  return { ...taken, context, dumps: dumpsOf(directory) };
}

function dumpsOf(directory: string): number {
  const dumps = join(directory, 'dumps');
  return existsSync(dumps) ? (readFileSync(dumps, 'utf8').match(/dump/g)?.length ?? 0) : 0;
}

async function rowsOf({ backup, context }: { backup: Parameters<typeof readBackup>[0]; context: BackupContext }) {
  const { entries } = await readBackup(backup, context);
  return Object.fromEntries(
    entries.flatMap((entry) => (entry.kind === 'table-data' ? [[entry.name, entry.rows]] : [])),
  );
}

describe('issue 13 A: begins anew when, between the snapshot and the locks, somebody', () => {
  it.each([
    [
      'truncates a table and fills it again',
      'BEGIN; TRUNCATE hot; INSERT INTO hot VALUES (1), (2); COMMIT',
      { hot: 2 },
    ],
    ['rewrites a table', 'ALTER TABLE hot ALTER i TYPE bigint', { hot: 1000 }],
    ['drops a table and makes it again', `DROP TABLE hot; CREATE TABLE hot AS SELECT 7 AS i, '' AS t`, { hot: 1 }],
    ['drops a table', 'DROP TABLE hot', { other: 20 }],
    ['swaps two tables', 'ALTER TABLE hot RENAME TO old; ALTER TABLE other RENAME TO hot', { hot: 20, old: 1000 }],
    [
      'swaps two schemas',
      'ALTER SCHEMA app RENAME TO old; CREATE SCHEMA app; CREATE TABLE app.t AS SELECT 1 AS i FROM generate_series(1, 3)',
      {},
    ],
    ['replaces a column by another of its name', 'ALTER TABLE hot DROP t; ALTER TABLE hot ADD t text', { hot: 1000 }],
    ['drops a column', 'ALTER TABLE hot DROP t', { hot: 1000 }],
  ])('%s', async (_, change, rows) => {
    const taken = await backupAfter([change]);
    expect(taken.dumps).toBe(2);
    expect(await rowsOf(taken)).toMatchObject(rows);
    expect(taken.result.warnings).toEqual([]);
    expect(await verify(taken.backup, taken.context)).toMatchObject({ verdict: 'proven', differences: [] });
  });
});

it.each([
  ['writes rows', `INSERT INTO hot VALUES (0, ''); DELETE FROM other WHERE i = 1`],
  ['makes an index', 'CREATE INDEX ON hot (i); ANALYZE'],
  ['vacuums', 'VACUUM hot; VACUUM FULL pg_class; VACUUM FULL pg_attribute'],
  ['makes a table', 'CREATE TABLE made AS SELECT 1 AS i'],
])('issue 13 A: goes on when, between the snapshot and the locks, somebody %s', async (_, change) => {
  const taken = await backupAfter([change]);
  expect(taken.dumps).toBe(1);
  expect(await rowsOf(taken)).toEqual({ hot: 1000, other: 20, t: 1 });
});

it('issue 13 A: after five rounds it is stored, and warning, omission and proof say of which table nothing is known', async () => {
  const truncate = 'BEGIN; TRUNCATE hot; INSERT INTO hot VALUES (1); COMMIT';
  const taken = await backupAfter([truncate, truncate, truncate, truncate, truncate, 'nobody comes a sixth time']);
  expect(taken.dumps).toBe(5);
  expect(taken.result.warnings).toEqual([expect.stringMatching(/in each of 5 attempts.*public\.hot$/)]);
  const { stored } = await readBackup(taken.backup, taken.context);
  expect(stored.manifest.omissions).toContainEqual(
    expect.objectContaining({ kind: 'changed-tables', objects: ['public.hot'], total: 1 }),
  );
});
