/** `restore --table`, `compare` and `prune`, as a user runs them. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  backupDocument,
  compareDocument,
  listDocument,
  pruneDocument,
  restoreDocument,
  verifyDocument,
} from '../../../src/cli/json/documents.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { nextSecond } from '../../helpers/next-second.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { parseDocument, runFailing, runJson } from './run-json.js';
import { SHOP_SQL } from './shop.js';
import { newVault } from '../../helpers/vault.js';

let shop: TestDatabase;
let vault: string;
const keys: string[] = [];

async function backUp(): Promise<void> {
  const args = ['backup', '--url', shop.url, '--name', 'shop', '--vault', vault];
  const { backups } = await runJson(backupDocument, args);
  keys.push(backups[0]?.key ?? '');
}

beforeAll(async () => {
  shop = await createDatabase(sharedServer(), SHOP_SQL);
  vault = newVault().url;
  await backUp();
  await shop.query('DELETE FROM shop.orders WHERE id % 2 = 0; CREATE TABLE shop.extra (a integer)');
  // Two backups of one second would share a key.
  await nextSecond();
  await backUp();
});

afterAll(() => shop.end());

describe('restore of a part', () => {
  it('puts a table beside the one that lost rows, and compares it', async () => {
    const [before = ''] = keys;
    const args = [
      'restore',
      before,
      '--to',
      shop.url,
      '--vault',
      vault,
      '--table',
      'shop.orders',
      '--into-schema',
      'rescue',
    ];
    const dry = await runHoldfast([...args, '--dry-run']);
    expect(dry.code, dry.stderr).toBe(0);
    expect(dry.stdout).toMatch(/^ {2}table data: rescue\.orders$/m);
    expect(dry.stdout.replace(/\s+/g, ' ')).toContain('Dry run: nothing was changed.');
    const { restore } = await runJson(restoreDocument, [...args, '--check']);
    expect(restore).toMatchObject({ rows: 3000, tables: 1, comparison: { differences: [] } });
    expect(restore.selection?.entries).toContainEqual({ type: 'TABLE', schema: 'rescue', name: 'orders' });
    expect(
      await shop.query(
        'SELECT (SELECT count(*) FROM rescue.orders)::int AS rescued, count(*)::int AS left FROM shop.orders',
      ),
    ).toEqual([{ rescued: 3000, left: 1500 }]);
    const { message, hint } = await runFailing(args);
    expect(message).toContain('table rescue.orders');
    expect(hint).toContain('--into-schema');
  });

  it.each([
    [['--table', 'a.b.c'], 'it is not written as schema.table or table'],
    [['--table', 'orders'], 'The backup holds no table orders in its search path (public); it has shop.orders'],
    [['--into-schema', 'x'], '--into-schema is given without --table or --schema'],
    [['--append'], '--append is given without --data-only'],
    [['--data-only', '--append', '--check'], '--check and --append are given together'],
    [['--data-only', '--schema-only'], 'cannot be used with option'],
    [['--table', 'shop.order'], 'The backup holds no table shop.order; it has shop.orders'],
  ])('is refused with %j', async (options, words) => {
    const { message, result } = await runFailing(['restore', 'shop', '--to', shop.url, '--vault', vault, ...options]);
    expect(message).toContain(words);
    expect(result.code).toBe(2);
  });
});

describe('compare', () => {
  it('shows what changed between two backups', async () => {
    const [before = '', after = ''] = keys;
    const { comparison } = await runJson(compareDocument, ['compare', before, after, '--vault', vault]);
    expect(comparison.tables).toEqual([
      expect.objectContaining({ name: 'orders', rows: { before: 3000, after: 1500 } }),
      expect.objectContaining({ name: 'extra', rows: { before: null, after: 0 } }),
    ]);
    expect(comparison.changes).toEqual([expect.objectContaining({ type: 'TABLE', name: 'extra', change: 'added' })]);
    const { stdout, code } = await runHoldfast(['compare', before, 'shop@latest', '--vault', vault]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^shop\.orders +3,000 +1,500 /m);
    expect(stdout).toMatch(/^\+ TABLE shop\.extra/m);
    const same = await runHoldfast(['compare', before, before, '--vault', vault]);
    expect(same.stdout).toMatch(/\nNothing changed\.\n$/);
  });
});

describe('prune', () => {
  it('says what it would do, does it, and never removes the newest proven backup', async () => {
    const [first = '', second = ''] = keys;
    await runJson(verifyDocument, ['verify', first, '--vault', vault]);
    await nextSecond();
    await backUp();
    const args = ['prune', 'shop', '--keep-last', '1', '--vault', vault];
    const dry = await runHoldfast([...args, '--dry-run']);
    expect(dry.code, dry.stderr).toBe(0);
    expect(dry.stdout).toMatch(
      / keep +\S+ kB +last 1\n.* remove +\S+ kB +kept by no rule\n.* keep +\S+ kB +newest proven, last 1 of the proven\n/,
    );
    expect(dry.stdout).toContain('Would remove 1 backup');
    const { databases } = await runJson(pruneDocument, args);
    expect(databases[0]?.decisions.map(({ key, action, removed }) => [key, action, removed])).toEqual([
      [keys[2], 'keep', false],
      [second, 'remove', true],
      [first, 'keep', false],
    ]);
    const { backups } = await runJson(listDocument, ['list', '--vault', vault]);
    expect(backups.map(({ key }) => key)).toEqual([keys[2], first]);
  });

  it('refuses to work without a rule, with rules that keep nothing, and for a database that is not there', async () => {
    const prune = (...args: string[]) => runFailing(['prune', ...args, '--vault', vault]);
    expect((await prune()).message).toContain('Nothing says which backups of shop to keep');
    expect((await prune('--keep-daily', '0')).message).toContain('keeps nothing');
    expect((await prune('--keep-daily', 'x')).message).toContain('whole number');
    expect((await prune('none', '--keep-daily', '1')).code).toBe('UNKNOWN_BACKUP');
  });

  // A limit on the size of a file is what a full disk is to a writer, and can be had without root.
  it('B16: frees space on a full disk, where no mark can be written', async () => {
    const full = newVault();
    const backUpThere = ['backup', '--url', shop.url, '--name', 'shop', '--vault', full.url];
    await runJson(backupDocument, backUpThere);
    await nextSecond();
    const { backups } = await runJson(backupDocument, backUpThere);
    const result = await runHoldfast(['prune', 'shop', '--keep-last', '1', '--vault', full.url, '--json'], {
      wrapper: ['sh', '-c', 'ulimit -f 0; exec "$@"', 'sh'],
    });
    const { databases } = parseDocument(pruneDocument, result);
    expect(result.code, result.stderr).toBe(0);
    expect(databases[0]?.decisions.map(({ removed }) => removed)).toEqual([false, true]);
    const left = await runJson(listDocument, ['list', '--vault', full.url]);
    expect(left.backups.map(({ key }) => key)).toEqual([backups[0]?.key]);
    const files = readdirSync(full.directory, { recursive: true }).map(String);
    expect(files.filter((file) => file.endsWith('.pruned.json'))).toEqual([]);
  });

  it('B16: names the cause and what to do about it, where it is not what the vault permits', async () => {
    const unlinkable = newVault();
    await runJson(backupDocument, ['backup', '--url', shop.url, '--name', 'shop', '--vault', unlinkable.url]);
    const { backups } = await runJson(listDocument, ['list', '--vault', unlinkable.url]);
    await nextSecond();
    await runJson(backupDocument, ['backup', '--url', shop.url, '--name', 'shop', '--vault', unlinkable.url]);
    // A directory in its place: root can write no mark there either.
    const mark = join(unlinkable.directory, (backups[0]?.key ?? '').replace(/\.sql.*$/, '.pruned.json'));
    mkdirSync(mark);
    const args = ['prune', 'shop', '--keep-last', '1', '--vault', unlinkable.url];
    const { code, message, hint } = await runFailing(args);
    expect(code).toBe('VAULT_KEEPS');
    expect(message).toContain('EISDIR');
    expect(hint).toContain('There is a directory where the object belongs');
    expect((await runJson(listDocument, ['list', '--vault', unlinkable.url])).backups).toHaveLength(2);
  });
});
