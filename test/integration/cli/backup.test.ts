import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupDocument, backupDryRunDocument, listDocument } from '../../../src/cli/json/documents.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { runFailing, runJson } from './run-json.js';
import { SHOP_SQL } from './shop.js';
import { newVault } from '../../helpers/vault.js';

let shop: TestDatabase;
let other: TestDatabase;

beforeAll(async () => {
  shop = await createDatabase(sharedServer(), SHOP_SQL);
  other = await createDatabase(sharedServer(), 'CREATE TABLE t AS SELECT 1 AS x');
});

afterAll(async () => {
  await shop.end();
  await other.end();
});

/** A directory with a config of two databases of the shared server, and more lines for it. */
async function configFor(vault: string, more = ''): Promise<string> {
  const { host, port, superuser } = sharedServer();
  const server = `host: ${host}, port: ${port}, user: ${superuser}`;
  const directory = temporaryDirectory();
  const text = `vault: ${vault}\ndatabases:\n  - {name: shop, dbName: ${shop.name}, ${server}}\n${more.replaceAll('SERVER', server)}`;
  await writeFile(join(directory, 'holdfast.yaml'), text);
  return directory;
}

describe('a database by its URL', () => {
  it('is stored under its own name, and the document says what was stored', async () => {
    const vault = newVault();
    const { backups } = await runJson(backupDocument, ['backup', '--url', shop.url, '--vault', vault.url]);
    expect(backups).toEqual([
      expect.objectContaining({ database: shop.name, rows: 3250, tables: 3, objects: 5, warnings: [] }),
    ]);
    const files = readdirSync(vault.directory, { recursive: true });
    expect(files).toContain(backups[0]?.key);
    expect(files).toContain(backups[0]?.manifestKey);
  });

  it('is read from standard input, or from HOLDFAST_URL, and named by --name', async () => {
    const vault = newVault();
    await runJson(backupDocument, ['backup', '--url', '-', '--name', 'one', '--vault', vault.url], {
      input: `${shop.url}\n`,
    });
    await runJson(backupDocument, ['backup', '--name', 'two', '--vault', vault.url], {
      env: { HOLDFAST_URL: shop.url },
    });
    const { backups } = await runJson(listDocument, ['list', '--vault', vault.url]);
    expect(backups.map(({ database }) => database).sort()).toEqual(['one', 'two']);
  });

  it('prints a table with rows, sizes and the key for people', async () => {
    const vault = newVault();
    const { code, stdout, stderr } = await runHoldfast([
      'backup',
      '--url',
      shop.url,
      '--name',
      'shop',
      '--vault',
      vault.url,
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^database +rows +tables +raw +stored +ratio +time +key\nshop \(database \"\S+\"\) +3,250 +3 .* layer2\/shop\/\S+\.sql\.gz\n$/,
    );
    expect(stderr).toMatch(/^shop: backing up\nshop: stored, 3,250 rows in .*\n$/);
  });

  it('prints nothing on standard error when quiet', async () => {
    const args = ['backup', '--url', shop.url, '--name', 'shop', '--vault', newVault().url, '--quiet'];
    expect(await runHoldfast(args)).toMatchObject({ code: 0, stderr: '' });
  });

  it('takes compression, level, schemas and tables without rows from the options', async () => {
    const vault = newVault();
    const args = ['backup', '--url', shop.url, '--name', 'shop', '--vault', vault.url];
    const chosen = [
      '--compression',
      'none',
      '--exclude-table-data',
      'shop.audit',
      '--exclude-table-data',
      'shop.orders',
    ];
    const { backups } = await runJson(backupDocument, [...args, ...chosen, '--schema', 'shop']);
    expect(backups[0]).toMatchObject({ rows: 200, key: expect.stringMatching(/\.sql$/) as unknown });
    const level = await runFailing([...args, '--compression', 'none', '--level', '3']);
    expect(level).toMatchObject({
      code: 'USAGE',
      message: 'The compression level 3 is refused. Without compression there is no level: leave it out.',
    });
  });

  it('is ended when it takes longer than --max-duration, and nothing is stored', async () => {
    const vault = newVault();
    const blocker = await shop.client();
    await blocker.query('BEGIN; LOCK TABLE shop.orders');
    try {
      const args = ['backup', '--url', shop.url, '--name', 'shop', '--vault', vault.url, '--max-duration', '2s'];
      expect(await runFailing(args)).toMatchObject({ code: 'DUMP_TIMEOUT' });
      const waiting = [...args.slice(0, -2), '--lock-wait-timeout', '1s'];
      expect(await runFailing(waiting)).toMatchObject({ code: 'DUMP_FAILED' });
    } finally {
      await blocker.end();
    }
    expect(readdirSync(vault.directory)).toEqual(['holdfast']);
  });
});

describe('--dry-run', () => {
  it('says what would be done, and writes nothing', async () => {
    const vault = newVault();
    const args = ['backup', '--url', shop.url, '--name', 'shop', '--vault', vault.url, '--dry-run'];
    const { backups } = await runJson(backupDryRunDocument, args);
    expect(backups[0]).toMatchObject({
      database: 'shop',
      client: { program: 'pg_dump' },
      compression: { method: 'gzip' },
    });
    expect(backups[0]?.databaseBytes).toBeGreaterThan(100_000);
    const { stdout } = await runHoldfast(args);
    expect(stdout).toMatch(
      /^shop\n {2}database +"\S+"\n {2}source +\S+, PostgreSQL[^]*\n {2}size +.* on its disk\n {2}client +pg_dump /,
    );
    expect(stdout).toMatch(/Dry run: nothing was left in the vault\.\n$/);
    expect(readdirSync(vault.directory)).toEqual(['holdfast']);
  });

  it('finds what would stop the dump', async () => {
    await shop.query(`DO $$ BEGIN CREATE ROLE cli_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`);
    const args = [
      'backup',
      '--url',
      shop.urlFor('cli_reader'),
      '--name',
      'shop',
      '--vault',
      newVault().url,
      '--dry-run',
    ];
    const { code, message, details } = await runFailing(args);
    expect(code).toBe('PREFLIGHT_FAILED');
    expect(message).toContain('remedy: GRANT');
    expect(details?.problems).toContainEqual(
      expect.objectContaining({
        kind: 'unreadable-table',
        objects: expect.arrayContaining(['shop.customers']) as string[],
        remedy: expect.stringContaining('GRANT') as string,
      }),
    );
    // Each is named once in the sentence, and once in the remedy.
    expect(message.match(/shop\.customers/g), message).toHaveLength(2);
  });
});

describe('databases of the config', () => {
  it('are backed up by name or all of them, and one that fails does not stop the others', async () => {
    const vault = newVault();
    const cwd = await configFor(
      vault.url,
      `  - {name: gone, dbName: no_such_database, SERVER}\n  - {name: other, dbName: ${other.name}, SERVER}\n`,
    );
    const named = await runJson(backupDocument, ['backup', 'other'], { cwd });
    expect(named.backups.map(({ database }) => database)).toEqual(['other']);

    const all = await runJson(backupDocument, ['backup', '--all', '--vault', newVault().url], { cwd, exitCode: 1 });
    expect(all.backups.map(({ database }) => database)).toEqual(['shop', 'other']);
    expect(all.errors).toEqual([expect.objectContaining({ database: 'gone', code: 'DATABASE_MISSING' })]);
    expect(all.error).toMatchObject({ code: 'DATABASE_MISSING', exitCode: 1 });
  });

  it('are found on their server where the config says so', async () => {
    const vault = newVault();
    const cwd = await configFor(
      vault.url,
      `  - {name: found, SERVER, discover: {include: ['${shop.name}', '${other.name}']}}\n`,
    );
    const { backups } = await runJson(backupDocument, ['backup', '--all', '--concurrency', '3'], { cwd });
    // shop has an entry of its own, and keeps it.
    expect(backups.map(({ database }) => database).sort()).toEqual([`found-${other.name}`, 'shop'].sort());
    const named = await runJson(backupDocument, ['backup', `found-${other.name}`, '--vault', newVault().url], { cwd });
    expect(named.backups).toHaveLength(1);
  });

  it('are still backed up when a server cannot be asked for its databases', async () => {
    const cwd = await configFor(newVault().url, `  - {name: found, host: /nonexistent, user: x, discover: true}\n`);
    const { backups, errors } = await runJson(backupDocument, ['backup', '--all'], { cwd, exitCode: 1 });
    expect(backups.map(({ database }) => database)).toEqual(['shop']);
    expect(errors).toEqual([expect.objectContaining({ database: 'discovery of found', code: 'CONNECT_FAILED' })]);
  });
});
