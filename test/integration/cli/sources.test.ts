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
    expect(errors?.map(({ code }) => code).sort()).toEqual(['DATABASE_NAME_TAKEN', 'DATABASE_NAME_UNUSABLE']);
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

/** A config in a new directory, that discovers on the shared server. */
function discovering(discover: object, vault = newVault().url): string {
  const { host, port, superuser } = sharedServer();
  const cwd = temporaryDirectory();
  const config = { vault, databases: [{ host, port, user: superuser, discover }] };
  writeFileSync(join(cwd, 'holdfast.json'), JSON.stringify(config));
  return cwd;
}

it('B15: a new database takes no name from the one whose backups the vault holds, in a dry run and in a backup', async () => {
  const cwd = discovering({ include: [`${db.name}*`], exclude: odd.slice(1) });
  const name = `${db.name}-x`;
  const stored = async (exitCode: number) => {
    const { backups } = await runJson(backupDocument, ['backup', '--all'], { cwd, exitCode });
    return backups.map(({ database, dbName }) => [database, dbName]);
  };
  expect(await stored(0)).toContainEqual([name, odd[0]]);
  await db.query(`CREATE DATABASE "${name}"`);
  try {
    expect(await stored(1)).toContainEqual([name, odd[0]]);
    const dry = await runJson(backupDryRunDocument, ['backup', '--all', '--dry-run'], { cwd, exitCode: 1 });
    expect(dry.backups.map(({ database, dbName }) => [database, dbName])).toContainEqual([name, odd[0]]);
    expect(dry.errors).toEqual([
      expect.objectContaining({
        code: 'DATABASE_NAME_TAKEN',
        database: expect.stringContaining(JSON.stringify(name)) as string,
        message: expect.stringContaining('whose backups the vault holds') as string,
      }),
    ]);
    const { stdout } = await runHoldfast(['backup', '--all'], { cwd });
    expect(stdout).toContain(`${name} (database "${odd[0]!}")`);
  } finally {
    await db.query(`DROP DATABASE "${name}"`);
  }
});

it('B15: a name whose database was refused fails with that reason, which names the database', async () => {
  const cwd = discovering({ include: [`${db.name} x`, `${db.name}/x`] });
  const { code, message, hint } = await runFailing(['backup', odd[1]!], { cwd });
  expect(code).toBe('DATABASE_NAME_TAKEN');
  expect(message).toContain(`database ${JSON.stringify(odd[1])} of`);
  expect(hint).not.toContain('other databases');
  // Another name has nothing to do with it.
  expect((await runFailing(['backup', 'nosuch'], { cwd })).code).toBe('UNKNOWN_DATABASE');
});

it('B15: a line break in a name is foreseen by the dry run and never begins a line of the output', async () => {
  const cwd = discovering({ include: [`${db.name}?x`], exclude: odd.slice(0, 2) });
  const url = db.url.replace(db.name, encodeURIComponent(odd[2]!));
  for (const args of [
    ['backup', '--all'],
    ['backup', '--all', '--dry-run'],
    ['backup', '--url', url, '--dry-run', '--name', 'db', '--vault', newVault().url],
  ]) {
    const { code, stderr, stdout } = await runHoldfast(args, { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('has a line break in it');
    expect(stderr).toContain('discover.exclude');
    expect(`${stdout}${stderr}`.split('\n').filter((line) => line.trimStart().startsWith('x"'))).toEqual([]);
  }
});

it('B15: a discovery that takes none of the databases says so', async () => {
  const cwd = discovering({ include: ['zzz*'] });
  const { code, message, hint } = await runFailing(['backup', '--all'], { cwd });
  expect(code).toBe('CONFIG_INVALID');
  expect(message).toContain('took none of its databases');
  expect(message).toContain('include "zzz*"');
  expect(hint).toContain('discover.include');
});

it('B15: databases that are closed, or marked as templates, are not passed over without a word', async () => {
  const template = `${db.name}_template`;
  await db.query(`CREATE DATABASE ${template} IS_TEMPLATE true`);
  await db.query(`ALTER DATABASE "${odd[0]}" ALLOW_CONNECTIONS false`);
  const cwd = discovering({ include: [`${db.name}*`], exclude: odd.slice(1) });
  try {
    for (const [schema, args] of [
      [backupDocument, ['backup', '--all']],
      [backupDryRunDocument, ['backup', '--all', '--dry-run']],
    ] as const) {
      const { code, stderr } = await runHoldfast(args, { cwd });
      expect(code).toBe(0);
      expect(stderr).toMatch(/Not backed up: database ".* x" of .*, because it is closed to all connections/);
      expect(stderr).toMatch(/Not backed up: database ".*_template" of .*, because it is marked as a template/);
      const { notBackedUp } = await runJson(schema as typeof backupDocument, [...args], { cwd });
      expect(notBackedUp.map(({ dbName, reason }) => [dbName, reason]).sort()).toEqual([
        [odd[0], 'closed'],
        [template, 'template'],
      ]);
    }
  } finally {
    await db.query(`ALTER DATABASE "${odd[0]}" ALLOW_CONNECTIONS true`);
    await db.query(`ALTER DATABASE ${template} IS_TEMPLATE false`);
    await db.query(`DROP DATABASE ${template}`);
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
