/** Large tables that somebody changes as several sessions begin to read: no row is missing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../helpers/processes.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { accessTo, makeContext, readBackup, takeBackup, verify } from './harness.js';

const TABLES = ['one', 'two', 'three'];
const ROWS = 2000;

const SQL = TABLES.map(
  (name) =>
    `CREATE TABLE ${name} (id int, note text); INSERT INTO ${name} SELECT n, repeat('x', 100) FROM generate_series(1, ${ROWS}) n;`,
).join('\n');

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase(sharedServer(), SQL);
});
afterAll(() => database?.end());

test('issue 13, A and B: tables that are truncated and filled again all the time have all their rows in each backup', async () => {
  const access = await accessTo(database.name);
  const client = await access.connect();
  let stop = false;
  let changes = 0;
  const churn = (async () => {
    for (let turn = 0; !stop; turn++) {
      const name = TABLES[turn % TABLES.length];
      await client.query(
        `BEGIN; TRUNCATE public.${name}; INSERT INTO public.${name} SELECT n, repeat('y', 100) FROM generate_series(1, ${ROWS}) n; COMMIT`,
      );
      changes++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  try {
    for (let round = 0; round < 4; round++) {
      const context = await makeContext();
      const { backup } = await takeBackup(access, context, { jobs: 3, largeTables: { minPages: 0, unitPages: 4 } });
      const { entries, stored } = await readBackup(backup, context);
      const doubted = stored.manifest.omissions.some(({ kind }) => kind === 'changed-tables');
      const rows = entries.flatMap((entry) => (entry.kind === 'table-data' ? [entry.rows] : []));
      // What five attempts could not settle is said; what is not said is there.
      if (!doubted) expect(rows).toEqual(TABLES.map(() => ROWS));
    }
  } finally {
    stop = true;
    await churn;
    await client.end();
  }
  expect(changes).toBeGreaterThan(4);
});

test.each([
  ['renames one', 'ALTER TABLE one RENAME TO four', { four: ROWS, two: ROWS, three: ROWS }],
  [
    'gives one the name of another',
    'ALTER TABLE two RENAME TO was_two; ALTER TABLE one RENAME TO two; DELETE FROM two WHERE id > 7',
    { was_two: ROWS, two: 7, three: ROWS },
  ],
  ['drops one', 'DROP TABLE one', { two: ROWS, three: ROWS }],
  ['hides the rows of one', 'ALTER TABLE one ENABLE ROW LEVEL SECURITY', { one: ROWS, two: ROWS, three: ROWS }],
  ['drops a column', 'ALTER TABLE one DROP note', { one: ROWS, two: ROWS, three: ROWS }],
])(
  'issue 13, A and B: the rows are those of the snapshot when somebody %s between choice and snapshot',
  async (_, change, rows) => {
    const changing = await createDatabase(sharedServer(), `${SQL} CREATE TABLE held ()`);
    try {
      const holder = await changing.client();
      await holder.query('BEGIN; LOCK TABLE held');
      const context = await makeContext();
      const request = { jobs: 2, largeTables: { minPages: 0, unitPages: 4 } };
      const taking = takeBackup(await accessTo(changing.name), context, request);
      // Whoever exports the snapshot waits for a table that is being changed, and has chosen before.
      await eventually('the backup waits', async () => {
        const waiting = await changing.query(`SELECT FROM pg_locks WHERE relation = 'held'::regclass AND NOT granted`);
        return waiting.length > 0;
      });
      await changing.query(change);
      await holder.query('COMMIT');
      const { backup } = await taking;
      const { entries, stored } = await readBackup(backup, context);
      const found = entries.flatMap((entry) => (entry.kind === 'table-data' ? [[entry.name, entry.rows]] : []));
      expect(Object.fromEntries(found)).toEqual({ ...rows, held: 0 });
      expect(stored.manifest.warnings).toEqual([]);
      expect(stored.manifest.jobs).toBe(2);
      expect(await verify(backup, context)).toMatchObject({ verdict: 'proven', differences: [] });
    } finally {
      await changing.end();
    }
  },
);
