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

it("B15: policy database prints the SQL for a discovered database, by the server's name or with the prefix", async () => {
  const discovering = temporaryDirectory();
  const entry = { host: 'db.internal', user: ROLE, name: 'eu', discover: { exclude: ['x*'] } };
  await writeFile(join(discovering, 'holdfast.json'), JSON.stringify({ databases: [entry] }));
  const sqlOf = async (...args: string[]) =>
    (await runJson(policyDocument, ['policy', 'database', ...args], { cwd: discovering })).policy;
  for (const name of ['my shop', 'eu-shop', 'shop']) {
    const { sql, name: role } = await sqlOf(name);
    expect(role).toBe(ROLE);
    expect(sql).toContain(`pg_catalog.current_database() <> '${name.replace('eu-', '')}'`);
  }
  // The one that lists the others.
  expect((await sqlOf()).sql).toContain(`pg_catalog.current_database() <> 'postgres'`);
  const { code, hint } = await runFailing(['policy', 'database', 'xyz'], { cwd: discovering });
  expect(code).toBe('UNKNOWN_DATABASE');
  expect(hint).toContain('must match discover.include');
  expect(hint).not.toContain('--url');
});

it('B15: policy database needs no config for a database that is named', async () => {
  const bare = temporaryDirectory();
  const { policy } = await runJson(policyDocument, ['policy', 'database', 'shop', '--role', ROLE], { cwd: bare });
  expect(policy).toMatchObject({ kind: 'database', name: ROLE });
  expect(policy.sql).toContain(`pg_catalog.current_database() <> 'shop'`);
  const { code, hint } = await runFailing(['policy', 'database'], { cwd: bare });
  expect(code).toBe('CONFIG_NOT_FOUND');
  expect(hint).toContain('`holdfast policy database NAME --role ROLE` needs no config');
});

it('B15: a config that only discovers is told that it names no database, where one must be named', async () => {
  const discovering = temporaryDirectory();
  const config = {
    databases: [
      { host: 'db.internal', discover: true },
      { host: 'other', discover: true },
    ],
  };
  await writeFile(join(discovering, 'holdfast.json'), JSON.stringify(config));
  const { message, hint } = await runFailing(['policy', 'database'], { cwd: discovering });
  expect(message).toContain('stands for several databases');
  expect(hint).toContain('named as on its server');
});
