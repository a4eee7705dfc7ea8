/** A backup as a guest of its source: what others do to the tables between the snapshot and pg_dump's locks. */
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { BackupRequest } from '../../../src/backup/create/backup-request.js';
import { findPrograms } from '../../../src/postgres/client-programs.js';
import { readProof } from '../../../src/vault/formats/proof.js';
import { holdProgram } from '../../helpers/held-programs.js';
import { createDatabase, openDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { eventually } from '../../helpers/processes.js';
import { fakePrograms } from './fake-programs.js';
import { accessTo, filesIn, makeContext, readBackup, takeBackup, verify } from './harness.js';

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
async function backupAfter(changes: readonly string[], user?: string, overrides: Partial<BackupRequest> = {}) {
  const installed = await fakePrograms({ pg_dump: 'comes-after-changes' });
  const directory = installed[0]?.directory ?? '';
  writeFileSync(join(directory, 'superuser'), sharedServer().superuser);
  changes.forEach((sql, index) => writeFileSync(join(directory, `change-${index + 1}.sql`), sql));
  const context = await makeContext({ installed });
  const taken = await takeBackup(await accessTo(database.name, { user }), context, overrides);
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

it.each([
  ['drops an index', 'DROP INDEX hot_i', []],
  ['renames an index', 'ALTER INDEX hot_i RENAME TO "hot\n_j"', ['hot _j']],
  ['makes an index anew', 'DROP INDEX hot_i; CREATE INDEX hot_i ON hot (i)', ['hot_i']],
])(
  'issue 13 A: begins anew when pg_dump was told nothing about an index, as somebody %s',
  async (_, change, indexes) => {
    await database.query('CREATE INDEX hot_i ON hot (i)');
    const taken = await backupAfter([change]);
    const { entries } = await readBackup(taken.backup, taken.context);
    expect(entries.filter(({ type }) => type === 'INDEX').map(({ name }) => name)).toEqual(indexes);
    expect(await verify(taken.backup, taken.context)).toMatchObject({ verdict: 'proven', differences: [] });
  },
);

it('issue 13 A: after five rounds it is stored, and warning, omission and proof say of which table nothing is known', async () => {
  const truncate = 'BEGIN; TRUNCATE hot; INSERT INTO hot VALUES (1); COMMIT';
  const taken = await backupAfter([truncate, truncate, truncate, truncate, truncate, 'nobody comes a sixth time']);
  expect(taken.dumps).toBe(5);
  expect(taken.result.warnings).toEqual([expect.stringMatching(/in each of 5 attempts.*public\.hot$/)]);
  const { stored } = await readBackup(taken.backup, taken.context);
  expect(stored.manifest.omissions).toContainEqual(
    expect.objectContaining({ kind: 'changed-tables', objects: ['public.hot'], total: 1 }),
  );
  const { verdict, notes, proofKey = '' } = await verify(taken.backup, taken.context);
  expect(verdict).toBe('proven');
  expect(notes.join()).toMatch(/nobody knows whether the dump has their rows: .*public\.hot/);
  expect((await readProof(taken.context.store, proofKey)).notCompared).toContainEqual(
    expect.objectContaining({ kind: 'changed-tables', objects: ['public.hot'] }),
  );
});

describe('issue 13 A: --give-way', () => {
  /** Reads nothing before the backup is ended. */
  async function stalledVault(): Promise<BackupContext> {
    const context = await makeContext();
    const put: typeof context.store.put = async (key, body, options) => {
      if (key.endsWith('.sql.gz') && !options?.signal?.aborted) await once(options!.signal!, 'abort');
      return context.store.put(key, body, options);
    };
    return { ...context, store: { ...context.store, put } };
  }

  it('ends a backup that somebody has waited for, names what for, and stores nothing', async () => {
    await database.query(`INSERT INTO hot SELECT i, repeat(md5(i::text), 30) FROM generate_series(1, 5000) i`);
    const context = await stalledVault();
    const taking = takeBackup(await accessTo(database.name), context, { giveWayMs: 300 });
    const failed = expect(taking).rejects.toMatchObject({
      code: 'GAVE_WAY',
      message: expect.stringMatching(
        /^The backup was ended: .* has waited for it, for public\.hot, as long as/,
      ) as string,
    });
    await eventually('pg_dump has its locks', async () => (await lockHolders('hot')).length > 0);
    await database.query('TRUNCATE hot');
    await failed;
    expect(filesIn(context)).toEqual([]);
  });

  it('ends a backup that keeps somebody waiting while it waits itself', async () => {
    const program = await holdProgram('pg_dump');
    const context = await makeContext({ installed: await findPrograms({ env: { HOLDFAST_PG_BIN: program.bin } }) });
    const taking = takeBackup(await accessTo(database.name), context, { giveWayMs: 300 });
    const failed = expect(taking).rejects.toMatchObject({ code: 'GAVE_WAY' });
    // The first is of the roles and settings.
    await program.held();
    await program.release();
    await eventually('the snapshot is exported', async () => {
      const sessions = await database.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
      );
      return sessions.length > 0;
    });
    await program.held();
    const holder = await database.client();
    await holder.query('BEGIN; LOCK TABLE app.t');
    await program.release();
    await eventually('pg_dump waits', async () => (await lockHolders('app.t', false)).length > 0);
    await database.query('TRUNCATE hot');
    await failed;
    await holder.query('COMMIT');
    expect(filesIn(context)).toEqual([]);
  });

  async function lockHolders(table: string, granted = true) {
    return database.query(
      `SELECT FROM pg_locks WHERE relation = $1::regclass AND mode = 'AccessShareLock' AND granted = $2 AND pid <> pg_backend_pid()`,
      [table, granted],
    );
  }

  it('is refused for a role that may have one connection', async () => {
    const user = await dumpRole('CONNECTION LIMIT 1');
    await expect(backupAfter([], user, { giveWayMs: 1000 })).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
      message: expect.stringContaining(`ALTER ROLE "${user}" CONNECTION LIMIT 2`) as string,
    });
  });
});

/** Of the whole server, so that its name is that of this database. */
async function dumpRole(attributes: string): Promise<string> {
  const role = `${database.name}_dumper`;
  await database.query(`CREATE ROLE ${role} LOGIN ${attributes} IN ROLE pg_read_all_data`);
  // After the database is gone, and with it what the role could still hold there.
  onTestFinished(async () => {
    await openDatabase(sharedServer(), 'postgres').query(`DROP ROLE ${role}`);
  });
  return role;
}

describe('issue 13 A: with one connection', () => {
  it('a role is backed up, and proven', async () => {
    const user = await dumpRole('CONNECTION LIMIT 1');
    const taken = await backupAfter([], user);
    expect(taken.result.warnings).toEqual([]);
    expect(await rowsOf(taken)).toEqual({ hot: 1000, other: 20, t: 1 });
    expect(await verify(taken.backup, taken.context)).toMatchObject({ verdict: 'proven', differences: [] });
  });

  it('what changed meanwhile is named', async () => {
    const user = await dumpRole('CONNECTION LIMIT 1');
    const taken = await backupAfter(['BEGIN; TRUNCATE hot; INSERT INTO hot VALUES (1); COMMIT'], user);
    expect(taken.dumps).toBe(1);
    expect(taken.result.warnings).toEqual([expect.stringMatching(/had the only connection.*public\.hot$/)]);
  });

  it('that is left over, pg_dump has it', async () => {
    const user = await dumpRole('CONNECTION LIMIT 2');
    await database.client(user);
    const taken = await backupAfter([], user);
    expect(await rowsOf(taken)).toEqual({ hot: 1000, other: 20, t: 1 });
  });
});
