/** Large tables that somebody truncates and fills again while several sessions read: no row is missing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { accessTo, makeContext, readBackup, takeBackup } from './harness.js';

const TABLES = ['one', 'two', 'three'];
const ROWS = 2000;

let database: TestDatabase;
beforeAll(async () => {
  const sql = TABLES.map(
    (name) =>
      `CREATE TABLE ${name} (id int, note text); INSERT INTO ${name} SELECT n, repeat('x', 100) FROM generate_series(1, ${ROWS}) n;`,
  );
  database = await createDatabase(sharedServer(), sql.join('\n'));
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
