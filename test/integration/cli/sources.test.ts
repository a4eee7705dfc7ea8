/** Sources that are odd: names that collide, databases that admit nobody, empty ones; and a dry run's look at the vault. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { backupDocument, backupDryRunDocument, verifyDocument } from '../../../src/cli/json/documents.js';
import { statusDocument } from '../../../src/cli/json/status-document.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { newVault } from '../../helpers/vault.js';
import { runFailing, runJson } from './run-json.js';

let db: TestDatabase;
let empty: TestDatabase;
const odd: string[] = [];

beforeAll(async () => {
  db = await createDatabase(sharedServer(), 'CREATE TABLE t AS SELECT 1 AS x');
  empty = await createDatabase(sharedServer());
  odd.push(`${db.name} x`, `${db.name}/x`, `${db.name}\nx`);
  for (const name of odd) await db.query(`CREATE DATABASE "${name}"`);
});

afterAll(async () => {
  for (const name of odd) await db.query(`DROP DATABASE "${name}"`);
  await db.end();
  await empty.end();
});

const filesOf = (directory: string) => readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();

it('B15: databases whose names collide cost nobody else the backup, with --dry-run too', async () => {
  const { host, port, superuser } = sharedServer();
  const cwd = temporaryDirectory();
  const config = {
    vault: newVault().url,
    databases: [{ host, port, user: superuser, discover: { include: [`${db.name}*`] } }],
  };
  writeFileSync(join(cwd, 'holdfast.json'), JSON.stringify(config));
  for (const schema of [backupDryRunDocument, backupDocument] as const) {
    const args = schema === backupDryRunDocument ? ['backup', '--all', '--dry-run'] : ['backup', '--all'];
    const { backups, errors } = await runJson(schema as typeof backupDocument, args, { cwd, exitCode: 1 });
    // The first of those that no name fits is the oldest.
    expect(backups.map(({ database }) => database).sort()).toEqual([db.name, `${db.name}-x`]);
    expect(errors?.map(({ code }) => code)).toEqual(['DATABASE_NAME_TAKEN', 'DATABASE_NAME_TAKEN']);
    expect(errors?.map(({ database }) => database).sort()).toEqual(
      [`database ${JSON.stringify(odd[1])}`, `database ${JSON.stringify(odd[2])}`].map(
        (name) => expect.stringContaining(name) as string,
      ),
    );
  }
  const { databases } = await runJson(statusDocument, ['status', '--backup-age', '1h', '--proof-age', 'none'], {
    cwd,
  });
  expect(databases.map(({ database, configured }) => [database, configured]).sort()).toEqual([
    [db.name, true],
    [`${db.name}-x`, true],
  ]);
});

it('B15: a database that lets nobody in fails alone, and is named', async () => {
  const { host, port, superuser } = sharedServer();
  const role = `${db.name}_dumper`;
  await db.query(`CREATE ROLE ${role} LOGIN; GRANT pg_read_all_data TO ${role}`);
  await db.query(`ALTER DATABASE "${odd[0]}" CONNECTION LIMIT 0`);
  const cwd = temporaryDirectory();
  const config = {
    vault: newVault().url,
    databases: [
      { host, port, user: role, dbName: db.name, name: 'open' },
      { host, port, user: role, dbName: odd[0], name: 'closed' },
    ],
  };
  writeFileSync(join(cwd, 'holdfast.json'), JSON.stringify(config));
  try {
    const { backups, errors } = await runJson(backupDocument, ['backup', '--all'], { cwd, exitCode: 1 });
    expect(superuser).not.toBe(role);
    expect(backups.map(({ database }) => database)).toEqual(['open']);
    expect(errors).toEqual([expect.objectContaining({ database: 'closed', code: 'CONNECT_FAILED' })]);
  } finally {
    await db.query(`ALTER DATABASE "${odd[0]}" CONNECTION LIMIT -1; DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});

it('B15: a database that is closed to all connections is not passed over without a word', async () => {
  const { host, port, superuser } = sharedServer();
  await db.query(`ALTER DATABASE "${odd[0]}" ALLOW_CONNECTIONS false`);
  const cwd = temporaryDirectory();
  const discover = { include: [`${db.name}*`], exclude: odd.slice(1) };
  const config = { vault: newVault().url, databases: [{ host, port, user: superuser, discover }] };
  writeFileSync(join(cwd, 'holdfast.json'), JSON.stringify(config));
  try {
    const { code, stderr } = await runHoldfast(['backup', '--all'], { cwd });
    expect(stderr).toContain(`Not backed up: database ${JSON.stringify(odd[0])} is closed to all connections`);
    expect(code).toBe(0);
  } finally {
    await db.query(`ALTER DATABASE "${odd[0]}" ALLOW_CONNECTIONS true`);
  }
});

it('B17: a dry run writes a file in the vault and removes it, and says what is free and what it cannot try', async () => {
  const { directory, url } = newVault();
  const before = filesOf(directory);
  const args = ['backup', '--url', db.url, '--name', 'db', '--vault', url, '--dry-run'];
  const { backups } = await runJson(backupDryRunDocument, args);
  expect(backups[0]?.vault).toEqual({
    url,
    marker: 'present',
    tried: [expect.stringContaining('was written in the vault, synced to its disk, and removed')],
    untried: [expect.stringContaining('Giving a file its name')],
    freeBytes: expect.any(Number) as number,
  });
  expect(filesOf(directory)).toEqual(before);
  const { stdout } = await runHoldfast(args);
  expect(stdout).toMatch(/free there +\d/);
  expect(stdout).toMatch(/not tried +Giving a file its name/);
});

it('B17: a dry run fails, with the cause, where a backup could not be stored', async () => {
  const { directory, url } = newVault();
  const args = ['backup', '--url', db.url, '--name', 'db', '--vault', url, '--dry-run'];
  mkdirSync(join(directory, 'layer2'));
  writeFileSync(join(directory, 'layer2/db'), 'a file in the way');
  const inTheWay = await runFailing(args);
  expect(inTheWay.code).toBe('VAULT_UNWRITABLE');
  expect(inTheWay.message).toContain('there is a file at');
  rmSync(directory, { recursive: true });
  expect((await runFailing(args)).code).toBe('VAULT_UNMARKED');
});

it('B18: an empty source is stored with a warning, is none of success in status, and not plainly proven', async () => {
  const { url } = newVault();
  const at = ['--vault', url];
  const { backups } = await runJson(backupDocument, ['backup', '--url', empty.url, '--name', 'db', ...at]);
  expect(backups[0]?.warnings).toEqual([expect.stringMatching(/^The backup holds no tables and no rows/)]);
  const { databases } = await runJson(statusDocument, ['status', ...at]);
  expect(databases[0]).toMatchObject({
    state: 'warning',
    problems: [{ kind: 'empty', severity: 'warning', message: expect.stringContaining('no tables') as string }],
  });
  const { proofs } = await runJson(verifyDocument, ['verify', 'db', ...at]);
  expect(proofs[0]).toMatchObject({ verdict: 'proven', tables: 0, rows: 0 });
  expect(proofs[0]?.notes).toContainEqual(expect.stringMatching(/^proven: .*, no tables, no rows\. There was no data/));
  const { stdout, code } = await runHoldfast(['verify', 'db', ...at]);
  expect(code).toBe(0);
  expect(stdout).toContain('proven, no tables, no rows');
});

it('B18: a source with tables and no rows says how many tables', async () => {
  const { url } = newVault();
  const at = ['--vault', url];
  await empty.query('CREATE TABLE a (); CREATE TABLE b (x integer)');
  const { backups } = await runJson(backupDocument, ['backup', '--url', empty.url, '--name', 'db', ...at]);
  expect(backups[0]?.warnings).toEqual([expect.stringMatching(/^The backup holds 2 tables and no rows/)]);
  const { proofs } = await runJson(verifyDocument, ['verify', 'db', ...at]);
  expect(proofs[0]).toMatchObject({ verdict: 'proven', tables: 2, rows: 0 });
});
