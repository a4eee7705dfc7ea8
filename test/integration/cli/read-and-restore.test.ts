import { appendFile, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flipByte } from '../../../src/cli/commands/demo/flip-byte.js';
import {
  backupDocument,
  checkDocument,
  listDocument,
  restoreDocument,
  showDocument,
  verifyDocument,
} from '../../../src/cli/json/documents.js';
import { openFileStore } from '../../../src/vault/file/file-store.js';
import { putBackup, putProof } from '../../backup/status/stored-backups.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { createDatabase, openDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { runFailing, runJson } from './run-json.js';
import { SHOP_SQL } from './shop.js';
import { newVault } from '../../helpers/vault.js';

let shop: TestDatabase;
let vault: string;
let key: string;

beforeAll(async () => {
  shop = await createDatabase(sharedServer(), SHOP_SQL);
  vault = newVault().url;
  const args = ['backup', '--url', shop.url, '--name', 'shop', '--vault', vault];
  key = (await runJson(backupDocument, args)).backups[0]?.key ?? '';
});

afterAll(() => shop.end());

/** A copy of the vault, to be damaged. */
async function copyOfVault(): Promise<{ readonly directory: string; readonly url: string }> {
  const directory = join(temporaryDirectory(), 'copy');
  await cp(fileURLToPath(vault), directory, { recursive: true });
  return { directory, url: pathToFileURL(directory).href };
}

/** What a command failed with, as a whole or of one backup. */
async function failureOf(args: readonly string[]): Promise<{ readonly message: string; readonly hint: string }> {
  const { stdout } = await runHoldfast([...args, '--json']);
  return (JSON.parse(stdout) as { error: { message: string; hint: string } }).error;
}

describe('list', () => {
  it('shows the newest first, marks what is incomplete, and shows the newest proof', async () => {
    const copy = await copyOfVault();
    const later = 'layer2/shop/2099/01/01/shop_20990101T000000Z.sql.gz';
    await cp(join(copy.directory, key), join(copy.directory, later));
    const { backups } = await runJson(listDocument, ['list', '--vault', copy.url]);
    expect(backups).toMatchObject([
      {
        database: 'shop',
        key: later,
        takenAt: '2099-01-01T00:00:00.000Z',
        state: 'incomplete',
        rawBytes: null,
        storedBytes: null,
        rows: null,
        proof: null,
        standing: 'incomplete',
        future: true,
        anomalies: [{ kind: 'backup-in-future', key: later }],
      },
      { key, state: 'complete', rows: 3250, proof: null, standing: 'unverified', future: false, anomalies: [] },
    ]);

    await runJson(verifyDocument, ['verify', key, '--vault', copy.url]);
    const { stdout } = await runHoldfast(['list', 'shop', '--vault', copy.url]);
    const [, first, second] = stdout.split('\n');
    expect(first).toMatch(/^shop +2099-01-01 00:00:00 +in the future +incomplete$/);
    expect(second).toMatch(/^shop +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d .* 3,250 .* complete +proven, \d+ s ago$/);
  });

  it('B12: takes no object for the dump that the manifest does not name, and reports it, as check and status do', async () => {
    const copy = await copyOfVault();
    const stray = key.replace('.sql.gz', '.sql');
    await writeFile(join(copy.directory, stray), 'SELECT 1;');
    const { backups } = await runJson(listDocument, ['list', '--vault', copy.url]);
    expect(backups).toMatchObject([{ key, anomalies: [{ kind: 'stray-object', key: stray }] }]);
    const { checks } = await runJson(checkDocument, ['check', 'shop', '--vault', copy.url]);
    expect(checks).toMatchObject([{ key, verdict: 'intact', anomalies: [{ kind: 'stray-object', key: stray }] }]);
    const status = await runHoldfast(['status', '--vault', copy.url]);
    expect(status.stdout.replace(/\s+/g, ' ')).toContain(`${stray} is not part of the backup`);
  });

  it('B14: restores no newest backup whose proof is bad unasked, and names the better one', async () => {
    const { directory, url } = newVault();
    const store = openFileStore(directory);
    const now = Math.floor(Date.now() / 1000) * 1000;
    const ago = (hours: number) => new Date(now - hours * 3_600_000);
    const good = await putBackup(store, { database: 'db', takenAt: ago(30) });
    await putProof(store, good, ago(29));
    const bad = await putBackup(store, { database: 'db', takenAt: ago(2) });
    const difference = { type: 'TABLE', schema: 'public', name: 't', reason: 'missing' };
    await putProof(store, bad, ago(1), { verdict: 'differs', matched: 2, differences: [difference] });
    const restore = ['restore', 'db', '--to', 'postgres://nobody@127.0.0.1:1/none', '--vault', url];
    const refused = await runHoldfast([...restore, '--json']);
    expect(refused.code).toBe(2);
    const { error } = JSON.parse(refused.stdout) as { error: { code: string; hint: string } };
    expect(error.code).toBe('BACKUP_DOUBTFUL');
    expect(error.hint).toContain(`holdfast restore db@${ago(30).toISOString().replace('.000Z', 'Z')}\`.`);
    // Wanted, it goes on, and fails only as these objects are no real ones.
    const wanted = await runHoldfast([...restore, '--yes', '--json']);
    expect(JSON.parse(wanted.stdout)).toMatchObject({ error: { code: 'OBJECT_CORRUPT' } });
    expect(wanted.stderr.replace(/\s+/g, ' ')).toContain('(TABLE public.t: missing)');
  });

  it('tells each verdict of verify --all before the next drill begins, unless it is to be quiet', async () => {
    const { directory, url } = newVault();
    const store = openFileStore(directory);
    // Of which nothing can be restored: a verdict all the same.
    for (const database of ['one', 'two'])
      await putBackup(store, { database, takenAt: new Date(Date.now() - 3_600_000) });
    const args = ['verify', '--all', '--vault', url];
    const told = (await runHoldfast(args)).stderr;
    expect(told).toMatch(/one: unreadable, .*in .*\n(?:.*\n)*two: verifying\n(?:.*\n)*two: unreadable, .*in /);
    expect((await runHoldfast([...args, '--quiet'])).stderr).not.toContain('unreadable, in');
  });

  it('B18: shows the proof of an empty backup nowhere as a plain one', async () => {
    const { directory, url } = newVault();
    const store = openFileStore(directory);
    const takenAt = new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000);
    const empty = await putBackup(store, { database: 'db', takenAt, tables: {} });
    await putProof(store, empty, takenAt);
    const restore = ['restore', 'db', '--to', 'postgres://nobody@127.0.0.1:1/none'];
    for (const args of [['list'], ['status'], ['show', 'db'], restore]) {
      const { stdout, stderr } = await runHoldfast([...args, '--vault', url, '--no-color']);
      const told = (args[0] === 'restore' ? stderr : stdout).replace(/\s+/g, ' ');
      expect(told, args[0]).toContain('proven, no tables, no rows');
    }
    const { stderr } = await runHoldfast([...restore, '--vault', url]);
    expect(stderr).toContain('note: It holds no tables and no rows.');
  });

  it('shows a backup whose manifest is damaged, and that it could not be read', async () => {
    const copy = await copyOfVault();
    await writeFile(join(copy.directory, key.replace('.sql.gz', '.manifest.json')), '{}');
    const { backups } = await runJson(listDocument, ['list', '--vault', copy.url], { exitCode: 4 });
    expect(backups).toEqual([
      expect.objectContaining({ key, state: 'unreadable', problem: expect.any(String) as unknown }),
    ]);
  });

  it('shows a backup of which a part is gone, by its name', async () => {
    const copy = await copyOfVault();
    const entries = key.replace('.sql.gz', '.entries.jsonl.gz');
    await rm(join(copy.directory, entries));
    const { backups } = await runJson(listDocument, ['list', '--vault', copy.url], { exitCode: 4 });
    expect(backups).toEqual([
      expect.objectContaining({
        key,
        state: 'unreadable',
        problem: `${entries} is missing, but the manifest names it.`,
      }),
    ]);
  });

  it('refuses a mistyped database, but not one of the config that has no backup yet', async () => {
    const { code, hint, result } = await runFailing(['list', 'shpo', '--vault', vault]);
    expect({ code, hint, exit: result.code }).toEqual({ code: 'UNKNOWN_BACKUP', hint: 'Did you mean shop?', exit: 2 });
    const cwd = temporaryDirectory();
    await writeFile(join(cwd, 'holdfast.json'), JSON.stringify({ databases: [{ dbName: 'new', host: 'db' }] }));
    const { backups } = await runJson(listDocument, ['list', 'new', '--vault', vault], { cwd });
    expect(backups).toEqual([]);
  });

  it('says so of an empty vault', async () => {
    const empty = newVault().url;
    const { code, stdout } = await runHoldfast(['list', 'shop', '--vault', empty]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `The vault ${empty} holds no backup of shop.\n` });
  });
});

describe('show', () => {
  it('gives the manifest, the tables from the largest, and the proof', async () => {
    const { backup } = await runJson(showDocument, ['show', 'shop', '--vault', vault]);
    expect(backup.manifest).toMatchObject({ database: 'shop', key, totals: { rows: 3250 } });
    expect(backup.tables.map(({ name, rows }) => [name, rows])).toEqual([
      ['orders', 3000],
      ['customers', 200],
      ['audit', 50],
    ]);
    expect(backup.proof).toBeNull();
    const { stdout } = await runHoldfast(['show', `${key}`, '--vault', vault]);
    expect(stdout).toContain('shop.orders     3,000');
    expect(stdout).toContain('Never verified');
  });
});

describe('restore', () => {
  it('makes the database, restores, compares, and says so', async () => {
    const copy = openDatabase(sharedServer(), `${shop.name}_copy`);
    try {
      const args = ['restore', 'shop', '--to', copy.url, '--create', '--check', '--vault', vault];
      const dry = await runJson(restoreDocument, [...args, '--dry-run']);
      expect(dry.restore).toMatchObject({ dryRun: true, created: true, comparison: null });
      const { restore } = await runJson(restoreDocument, args);
      expect(restore).toMatchObject({ database: 'shop', key, dryRun: false, created: true, rows: 3250, tables: 3 });
      expect(restore.comparison?.differences).toEqual([]);
      expect(restore.comparison?.matched).toBe(restore.comparison?.entries);
      expect(await copy.query('SELECT count(*)::int FROM shop.orders')).toEqual([{ count: 3000 }]);
    } finally {
      await copy.end();
    }
  });

  it('ends with 3 when --check finds a difference, and names it', async () => {
    const empty = await createDatabase();
    try {
      // What the target grants by itself is in no dump.
      await empty.query('ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC');
      const args = ['restore', 'shop', '--to', empty.url, '--check', '--vault', vault];
      const { code, stdout } = await runHoldfast(args);
      expect(code).toBe(3);
      expect(stdout).toMatch(
        /\nCheck: \d+ of \d+ entries came back equal, and \d+ of the target are not in the backup. Different:\n {2}/,
      );
      expect(stdout).toContain('ACL TABLE shop.orders: is not in the backup');
    } finally {
      await empty.end();
    }
  });

  it('names --create where the target is not there', async () => {
    const missing = openDatabase(sharedServer(), 'no_such_target').url;
    const { code, hint } = await runFailing(['restore', 'shop', '--to', missing, '--vault', vault]);
    expect({ code, hint: hint.split(',')[0] }).toEqual({
      code: 'DATABASE_MISSING',
      hint: 'Give --create to create it',
    });
  });

  it('and verify name the privilege that a role lacks to make a database', async () => {
    await shop.query(`DO $$ BEGIN CREATE ROLE cli_maker LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`);
    const target = openDatabase(sharedServer(), `${shop.name}_made`).urlFor('cli_maker');
    const restored = ['restore', 'shop', '--to', target, '--create', '--no-owner', '--vault', vault];
    const refused = await failureOf(restored);
    expect(refused.message).toContain('--create: "cli_maker" may not create databases.');
    expect(`${refused.message} ${refused.hint}`).toContain('ALTER ROLE "cli_maker" CREATEDB;');
    const { message, hint } = await failureOf([
      'verify',
      'shop',
      '--server',
      shop.urlFor('cli_maker'),
      '--vault',
      vault,
    ]);
    expect(message).toMatch(/^Creating the database \S+: permission denied to create database\.$/);
    expect(hint).toBe('The role needs CREATEDB: ALTER ROLE "cli_maker" CREATEDB; or connect as one that has it.');
  });

  it('reads the URL of the target from standard input', async () => {
    const empty = await createDatabase();
    try {
      const { restore } = await runJson(restoreDocument, ['restore', key, '--to', '-', '--vault', vault], {
        input: empty.url,
      });
      expect(restore.created).toBe(false);
      expect(await empty.query('SELECT count(*)::int FROM shop.customers')).toEqual([{ count: 200 }]);
    } finally {
      await empty.end();
    }
  });
});

describe('verify', () => {
  it('proves a backup, and writes the proof that show then has', async () => {
    const copy = await copyOfVault();
    const { proofs, skipped } = await runJson(verifyDocument, ['verify', '--all', '--vault', copy.url]);
    expect(proofs).toEqual([expect.objectContaining({ database: 'shop', key, verdict: 'proven', differences: [] })]);
    expect(skipped).toEqual([]);
    const { backup } = await runJson(showDocument, ['show', 'shop', '--vault', copy.url]);
    expect(backup.proof?.verdict).toBe('proven');
  });

  it('drills on a server that is given, and leaves nothing there', async () => {
    const copy = await copyOfVault();
    // Other tests drill on this server too: a role of its own tells which databases and tables are of this one.
    await shop.query(`CREATE ROLE cli_driller LOGIN SUPERUSER`);
    const args = ['verify', 'shop', '--vault', copy.url, '--server', shop.urlFor('cli_driller')];
    const { proofs } = await runJson(verifyDocument, args);
    expect(proofs[0]?.verdict).toBe('proven');
    expect(
      await shop.query(
        `SELECT datname FROM pg_database JOIN pg_roles r ON r.oid = datdba WHERE rolname = 'cli_driller'`,
      ),
    ).toEqual([]);
    await shop.query(`DROP ROLE cli_driller`);
  });

  it('ends with 3 for a backup that is damaged, with the same verdict for people', async () => {
    const copy = await copyOfVault();
    await flipByte(join(copy.directory, key));
    const { proofs } = await runJson(verifyDocument, ['verify', 'shop', '--vault', copy.url], { exitCode: 3 });
    expect(proofs[0]).toMatchObject({ verdict: 'unreadable', differences: [{ type: 'OBJECT', name: key }] });
    const { code, stdout } = await runHoldfast(['verify', 'shop', '--vault', copy.url]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/\nshop unreadable:\n {2}OBJECT /);
  });
});

describe('check', () => {
  it('finds a backup intact', async () => {
    const { checks } = await runJson(checkDocument, ['check', 'shop', '--vault', vault]);
    expect(checks).toEqual([expect.objectContaining({ key, verdict: 'intact', problems: [] })]);
  });

  it.each<[string, (path: string) => Promise<unknown>]>([
    ['a flipped bit', (path) => flipByte(path)],
    ['a byte too many', (path) => appendFile(path, 'x')],
    ['a truncation', async (path) => writeFile(path, (await readFile(path)).subarray(0, -100))],
  ])('ends with 3 and names the object after %s', async (_what, damage) => {
    const copy = await copyOfVault();
    await damage(join(copy.directory, key));
    const { checks } = await runJson(checkDocument, ['check', 'shop', '--vault', copy.url], { exitCode: 3 });
    expect(checks[0]?.verdict).toBe('damaged');
    expect(checks[0]?.problems.every((problem) => problem.key === key)).toBe(true);
  });

  it('ends with 4 when a database has no complete backup, and checks the others', async () => {
    const copy = await copyOfVault();
    const half = 'layer2/half/2026/01/01/half_20260101T000000Z.sql.gz';
    await cp(join(copy.directory, key), join(copy.directory, half));
    const { checks, skipped } = await runJson(checkDocument, ['check', '--all', '--vault', copy.url], { exitCode: 4 });
    expect(checks.map(({ database }) => database)).toEqual(['shop']);
    expect(skipped.map(({ database }) => database)).toEqual(['half']);
  });

  it('names an object that is gone', async () => {
    const copy = await copyOfVault();
    await rm(join(copy.directory, key.replace('.sql.gz', '.entries.jsonl.gz')));
    const { checks } = await runJson(checkDocument, ['check', 'shop', '--vault', copy.url], { exitCode: 3 });
    expect(checks[0]?.problems[0]?.key).toMatch(/\.entries\.jsonl\.gz$/);
    const { hint } = await runFailing(['compare', 'shop', 'shop', '--vault', copy.url]);
    expect(hint).toBe('A part of this backup is missing: use another backup, and find out what removed the part.');
  });
});
