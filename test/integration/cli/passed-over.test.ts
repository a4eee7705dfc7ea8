/** What the commands say of backups that they pass over: damaged ones, those of the future, and older ones. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  acceptDocument,
  backupDocument,
  checkDocument,
  compareDocument,
  listDocument,
  pruneDocument,
  restoreDocument,
  verifyDocument,
} from '../../../src/cli/json/documents.js';
import { statusDocument } from '../../../src/cli/json/status-document.js';
import { sealDocument } from '../../../src/vault/formats/document.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { nextSecond } from '../../helpers/next-second.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { newVault, type TestVault } from '../../helpers/vault.js';
import { runFailing, runJson } from './run-json.js';

let database: TestDatabase;
let empty: TestDatabase;
let vault: TestVault;
beforeAll(async () => {
  const sql =
    'CREATE TABLE t AS SELECT g FROM generate_series(1, 1000) g; CREATE SCHEMA audit; CREATE TABLE audit.log()';
  database = await createDatabase(sharedServer(), sql);
  empty = await createDatabase(sharedServer());
});
afterAll(() => Promise.all([database.end(), empty.end()]));
beforeEach(() => {
  vault = newVault();
});

const at = (...args: string[]) => [...args, '--vault', vault.url];
async function backUp(...options: string[]): Promise<string> {
  const args = at('backup', '--url', database.url, '--name', 'db', ...options);
  const { backups } = await runJson(backupDocument, args);
  await nextSecond();
  return backups[0]?.key ?? '';
}
const file = (key: string) => join(vault.directory, key);

/** A backup with copies of another one's objects, as whoever may only put objects can make it. */
async function copyTo(key: string, stamp: string): Promise<string> {
  const [from, to] = [basename(key).slice(3, 19), stamp];
  const day = (text: string) => `${text.slice(0, 4)}/${text.slice(4, 6)}/${text.slice(6, 8)}`;
  const moved = (text: string) => text.replaceAll(`${day(from)}/db_${from}`, `${day(to)}/db_${to}`);
  await mkdir(dirname(file(moved(key))), { recursive: true });
  for (const name of await readdir(dirname(file(key)))) {
    if (!name.startsWith(`db_${from}`) || name.includes('.proof-')) continue;
    const source = join(dirname(key), name);
    const bytes = await readFile(file(source));
    await writeFile(file(moved(source)), name.endsWith('.manifest.json') ? redated(bytes.toString()) : bytes);
  }
  return moved(key);

  function redated(text: string): Buffer {
    const { checksum: _, ...manifest } = JSON.parse(moved(text)) as Record<string, unknown>;
    const iso = stamp.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6.000Z');
    return sealDocument(JSON.stringify({ ...manifest, takenAt: iso, finishedAt: iso }, null, 2));
  }
}

it('B14: a dump that is gone is named by list, status, check, verify and restore', async () => {
  const old = await backUp();
  const lost = await backUp();
  await rm(file(lost));
  const gone = /The dump of .* is gone; its manifest is there/;
  const { backups } = await runJson(listDocument, at('list'), { exitCode: 4 });
  expect(backups[0]).toMatchObject({ state: 'unreadable', problem: expect.stringMatching(gone) as string });
  const status = await runJson(statusDocument, at('status'), { exitCode: 4 });
  expect(status.databases[0]?.problems[0]).toMatchObject({
    kind: 'unreadable',
    message: expect.stringMatching(gone) as string,
  });
  for (const which of ['--all', 'db']) {
    const checked = await runJson(checkDocument, at('check', which), { exitCode: 4 });
    expect(checked.checks.map(({ key }) => key)).toEqual([old]);
    expect(checked.skipped).toEqual([{ database: 'db', reason: expect.stringMatching(gone) as string }]);
  }
  const { skipped } = await runJson(verifyDocument, at('verify', '--all'), { exitCode: 4 });
  expect(skipped).toHaveLength(1);
  const { restore } = await runJson(restoreDocument, at('restore', 'db', '--to', empty.url, '--dry-run'));
  expect(restore.choice.skipped).toEqual([expect.stringMatching(gone)]);
});

it('B12: check --all says how many it has not checked, and checks all with --every', async () => {
  const damaged = await backUp();
  await backUp();
  await writeFile(file(damaged), 'evil');
  const newest = await runJson(checkDocument, at('check', '--all'));
  expect(newest.notChecked).toEqual([{ database: 'db', count: 1 }]);
  expect((await runHoldfast(at('check', '--all'))).stdout).toContain('1 older backup not checked');
  const every = await runJson(checkDocument, at('check', '--all', '--every'), { exitCode: 3 });
  expect(every.checks.map(({ verdict }) => verdict)).toEqual(['intact', 'damaged']);
  expect(every.notChecked).toEqual([]);
  expect(await runFailing(at('check', '--every', 'db'))).toMatchObject({ code: 'USAGE' });
});

it('B10: a backup dated in the future is not the newest for check, verify, show and compare, and they say so', async () => {
  const real = await backUp();
  const future = await copyTo(real, '20991231T235959Z');
  const note = expect.stringContaining(future) as string;
  expect(await runJson(checkDocument, at('check', 'db'))).toMatchObject({ checks: [{ key: real }], notes: [note] });
  expect(await runJson(verifyDocument, at('verify', 'db'))).toMatchObject({ proofs: [{ key: real }], notes: [note] });
  const { comparison } = await runJson(compareDocument, at('compare', 'db', 'db@2100-01-01'));
  expect(comparison).toMatchObject({ before: { key: real }, after: { key: real } });
  expect(comparison.notes[0]).toEqual(note);
  const named = await runJson(compareDocument, at('compare', real, future));
  expect(named.comparison.notes.join()).toContain('is dated in the future');
  const shown = await runHoldfast(at('show', future));
  expect(shown.stdout).toContain('UTC, dated in the future');
  expect((await runHoldfast(at('show', 'db'))).stdout.replace(/\s+/g, ' ')).toContain('and was passed over');
});

it('B10: a proven full backup outlives a later proven one of a schema, which is named as that, until it is accepted', async () => {
  const full = await backUp();
  await runJson(verifyDocument, at('verify', 'db'));
  const part = await backUp('--schema', 'audit');
  await runJson(verifyDocument, at('verify', 'db'));
  const { backups } = await runJson(listDocument, at('list'));
  expect(backups.map((backup) => backup.part)).toEqual([expect.stringContaining('only schema audit'), null]);
  const { databases } = await runJson(statusDocument, at('status'));
  expect(databases[0]).toMatchObject({ state: 'warning', problems: [{ kind: 'part' }, { kind: 'empty' }] });
  const refused = await runFailing(at('restore', 'db', '--to', database.url, '--dry-run'));
  expect(refused).toMatchObject({ code: 'BACKUP_DOUBTFUL' });
  const pruned = await runJson(pruneDocument, at('prune', '--keep-daily', '1'));
  expect(pruned.databases[0]?.decisions.map(({ key, action }) => [key, action])).toEqual([
    [part, 'keep'],
    [full, 'keep'],
  ]);
  const { accept } = await runJson(acceptDocument, at('accept', 'db', '--volume'));
  expect(accept).toMatchObject({ needed: true, volume: { key: part } });
  const after = await runJson(statusDocument, at('status'));
  expect(after.databases[0]?.problems.map(({ kind }) => kind)).toEqual(['empty']);
});
