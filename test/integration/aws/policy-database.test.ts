import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { policyDocument } from '../../../src/cli/json/aws-documents.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { runPsql } from '../../helpers/psql.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { runFailing, runJson } from '../cli/run-json.js';
import { configOf } from './accounts.js';

const ROLE = `dumper_${process.pid}`;
const cwd = temporaryDirectory();
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase(sharedServer(), 'CREATE TABLE t AS SELECT 1 AS n');
  const entry = ['name: shop', `dbName: ${database.name}`, 'host: db.internal', `user: ${ROLE}`];
  await writeFile(join(cwd, 'holdfast.yaml'), configOf(entry));
});
afterAll(async () => {
  await database.query(`DROP OWNED BY ${ROLE}; DROP ROLE ${ROLE}`);
  await database.end();
});

it('A2: policy database prints SQL that makes a role which may read all, and nothing else', async () => {
  const printed = await runHoldfast(['policy', 'database', 'shop'], { cwd });
  expect(printed.code, printed.stderr).toBe(0);
  const { policy } = await runJson(policyDocument, ['policy', 'database'], { cwd });
  expect(policy).toMatchObject({ kind: 'database', name: ROLE });
  expect(printed.stdout.trim()).toBe(policy.sql?.trim());
  const made = await runPsql(sharedServer(), database.name, printed.stdout);
  expect(made, made.stderr).toMatchObject({ code: 0 });
  const rights = await database.query(
    `SELECT rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, pg_has_role(rolname, 'pg_read_all_data', 'USAGE') AS reads,
       has_table_privilege(rolname, 't', 'INSERT') AS writes FROM pg_roles WHERE rolname = '${ROLE}'`,
  );
  const none = { rolsuper: false, rolcreaterole: false, rolcreatedb: false, writes: false };
  expect(rights).toEqual([{ ...none, rolcanlogin: true, reads: true }]);
});

it('policy database has nothing to compare on AWS, and says what checks the role', async () => {
  const { code, message } = await runFailing(['policy', 'database', 'shop', '--compare'], { cwd });
  expect(code).toBe('USAGE');
  expect(message).toContain('holdfast backup --dry-run');
});
