/** Parts of a backup and the schema `public`, which a dump makes by half; and what a part does not bring. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { parseTableName, type Selection } from '../../../src/backup/restore/selection/selection.js';
import { createDatabase, type TestDatabase } from '../../helpers/postgres.js';
import { accessTo, makeContext, restore, takeBackup } from './harness.js';

const OWNER = `public_owner_${process.pid}`;
const OTHER = `public_other_${process.pid}`;

let context: BackupContext;
const databases: TestDatabase[] = [];

async function make(sql: string): Promise<TestDatabase> {
  const database = await createDatabase();
  databases.push(database);
  await database.query(sql);
  return database;
}

beforeAll(async () => {
  context = await makeContext();
  await make(`CREATE ROLE ${OWNER} LOGIN; CREATE ROLE ${OTHER} LOGIN`);
});

afterAll(async () => {
  const [first, ...others] = databases;
  for (const database of others) await database.end();
  await first?.query(`DROP ROLE ${OWNER}, ${OTHER}`);
  await first?.end();
});

const choice = (overrides: Partial<Selection>): Selection => ({
  ...{ tables: [], schemas: [], part: 'all', append: false },
  ...overrides,
});

test.each([
  [
    'with another owner, a grant and a comment',
    `ALTER SCHEMA public OWNER TO CURRENT_USER; GRANT CREATE ON SCHEMA public TO PUBLIC; COMMENT ON SCHEMA public IS 'ours'`,
  ],
  ['that is given to a role', `ALTER SCHEMA public OWNER TO ${OWNER}; GRANT USAGE ON SCHEMA public TO ${OTHER}`],
  ['with nothing but a comment', `COMMENT ON SCHEMA public IS 'ours'`],
  ['that is closed', 'REVOKE ALL ON SCHEMA public FROM PUBLIC'],
  ['that was dropped and made anew', 'DROP SCHEMA public; CREATE SCHEMA public'],
  ['as it is in a new database', ''],
])('the schema public %s comes back under another name, and where there is none', async (_what, change) => {
  const source = await make(`${change}; CREATE TABLE public.t (a int); INSERT INTO public.t VALUES (1)`);
  const { backup } = await takeBackup(await accessTo(source.name), context);
  const target = await make('CREATE TABLE public.t (a int)');
  const moved = choice({ schemas: ['public'], intoSchema: 'rescue' });
  const elsewhere = await restore(backup, await accessTo(target.name), context, { selection: moved, check: true });
  expect(elsewhere.comparison?.differences).toEqual([]);
  expect(elsewhere.comparison?.matched).toBe(elsewhere.comparison?.entries);

  const bare = await make('DROP SCHEMA public');
  const back = choice({ schemas: ['public'] });
  const result = await restore(backup, await accessTo(bare.name), context, { selection: back, check: true });
  expect(result.comparison?.differences).toEqual([]);
  const state = `SELECT nspowner::regrole::text AS owner, has_schema_privilege('${OTHER}', oid, 'USAGE') AS usage,
    has_schema_privilege('${OTHER}', oid, 'CREATE') AS create, obj_description(oid) AS comment FROM pg_namespace WHERE nspname = 'public'`;
  expect(await bare.query(state)).toEqual(await source.query(state));
});

test('after a part, only roles that it refers to are mentioned, and large objects that stay behind', async () => {
  const source = await make(`
    CREATE TABLE public.docs (id int PRIMARY KEY, file oid, "Other.file" oid, note text); ALTER TABLE public.docs OWNER TO ${OWNER};
    CREATE TABLE public.plain (a int); ALTER TABLE public.plain OWNER TO ${OTHER};
    INSERT INTO public.docs VALUES (1, lo_from_bytea(0, 'x'))`);
  const { backup } = await takeBackup(await accessTo(source.name), context);
  const target = await make('');
  const restorePart = async (table: string, part: Selection['part']) =>
    restore(backup, await accessTo(target.name), context, {
      selection: choice({ tables: [parseTableName(table)], part }),
    });
  const stays =
    'Large objects are in no selection: those that the columns public.docs.file, public.docs."Other.file" may refer to do not come along.';

  const docs = await restorePart('public.docs', 'all');
  expect(docs.rolesWithoutPassword).toEqual([OWNER]);
  expect(docs.notes).toContain(stays);
  await target.query('TRUNCATE public.docs');
  const rows = await restorePart('public.docs', 'data');
  expect(rows.rolesWithoutPassword).toEqual([]);
  expect(rows.notes).toContain(stays);
  expect((await restorePart('public.plain', 'all')).notes.join()).not.toContain('arge objects');
});
