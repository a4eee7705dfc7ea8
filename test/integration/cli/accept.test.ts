/** Another database, or another cluster, under a known name: from the first backup of it to its acceptance. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  acceptDocument,
  backupDocument,
  compareDocument,
  listDocument,
  pruneDocument,
  verifyDocument,
} from '../../../src/cli/json/documents.js';
import { statusDocument } from '../../../src/cli/json/status-document.js';
import { realInitdb } from '../../helpers/cluster-templates.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { nextSecond } from '../../helpers/next-second.js';
import {
  createDatabase,
  openDatabase,
  serverPrograms,
  sharedServer,
  startTestServer,
  type TestDatabase,
  type TestServer,
} from '../../helpers/postgres.js';
import { newVault, type TestVault } from '../../helpers/vault.js';
import { runFailing, runJson } from './run-json.js';

const SQL = 'CREATE TABLE t AS SELECT g AS id FROM generate_series(1, 100) g';

let old: TestDatabase;
let other: TestServer;
/** Called as the old one, on another cluster. */
let moved: TestDatabase;
/** On the old one's cluster. */
let staging: TestDatabase;
let vault: TestVault;

beforeAll(async () => {
  old = await createDatabase(sharedServer(), SQL);
  staging = await createDatabase(sharedServer(), SQL);
  const installed = await serverPrograms();
  // The one of the tests copies a cluster, and its system identifier with it.
  const initdb = realInitdb(installed);
  const program: typeof installed.program = (name) => (name === 'initdb' ? initdb : installed.program(name));
  other = await startTestServer({ programs: { ...installed, program } });
  moved = await namesake(other, old.name);
}, 120_000);
afterAll(async () => {
  await Promise.all([old.end(), staging.end(), moved.end()]);
  await other.stop();
});
beforeEach(() => {
  vault = newVault();
});

async function namesake(server: TestServer, name: string): Promise<TestDatabase> {
  const first = await createDatabase(server);
  await first.query(`CREATE DATABASE "${name}"`);
  await first.end();
  const database = openDatabase(server, name);
  await database.query(SQL);
  return database;
}

const at = (...args: string[]) => [...args, '--vault', vault.url];
const backUp = async ({ url }: TestDatabase) => {
  const { backups } = await runJson(backupDocument, at('backup', '--url', url, '--name', 'db'));
  await nextSecond();
  const [backup] = backups;
  if (!backup) throw new Error('Nothing was stored.');
  return backup;
};
const statusOf = async (exitCode: number) => {
  const { databases } = await runJson(statusDocument, at('status', '--proof-age', '8d'), { exitCode });
  return databases[0]?.problems.map(({ kind }) => kind);
};
const identifierOf = async (database: TestDatabase) => {
  const [row] = await database.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()');
  return row?.id ?? '';
};

it('B13: a source on another cluster is stored with a warning, breaks status until it is accepted, and is proven anew', async () => {
  const first = await backUp(old);
  await runJson(verifyDocument, at('verify', 'db'));
  expect(await statusOf(0)).toEqual([]);

  const second = await backUp(moved);
  const [before, after] = [await identifierOf(old), await identifierOf(moved)];
  expect(before).not.toBe(after);
  expect(second.warnings).toEqual([
    expect.stringContaining(`It is of another source: database "${old.name}" on the cluster ${after}`),
  ]);
  expect(await statusOf(3)).toEqual(['never-proven', 'source-changed']);
  const listed = await runJson(listDocument, at('list'));
  expect(listed.backups.map(({ source }) => [source?.systemIdentifier, source?.relation])).toEqual([
    [after, 'foreign'],
    [before, 'present'],
  ]);
  const { comparison } = await runJson(compareDocument, at('compare', first.key, second.key));
  expect(comparison.notes).toContainEqual(expect.stringContaining('They come from two sources'));
  // Whoever asks for the newest is told, and not given another database.
  const restore = await runFailing(at('restore', 'db', '--to', staging.url, '--dry-run'));
  expect(restore).toMatchObject({ code: 'BACKUP_DOUBTFUL' });

  await runJson(verifyDocument, at('verify', second.key));
  expect(await statusOf(3)).toEqual(['source-changed']);
  const dry = await runJson(acceptDocument, at('accept', 'db', '--dry-run'));
  expect(dry.accept).toMatchObject({ needed: true, key: null, source: { systemIdentifier: after } });
  // What a person decides by.
  expect(dry.accept.sources).toMatchObject([
    { systemIdentifier: after, backups: 1, newest: { key: second.key, rows: 100, tables: 1 } },
    { systemIdentifier: before, backups: 1, first: { key: first.key, rows: 100, tables: 1 } },
  ]);
  expect((await runHoldfast(at('show', second.key))).stdout).toContain('It is of another source');
  expect(await statusOf(3)).toEqual(['source-changed']);
  const { accept } = await runJson(acceptDocument, at('accept', 'db'));
  expect(accept).toMatchObject({
    needed: true,
    former: { dbName: old.name, systemIdentifier: before },
    source: { dbName: old.name, systemIdentifier: after },
  });
  expect(await readdir(join(vault.directory, 'holdfast/accepted/db'))).toHaveLength(1);
  expect(await statusOf(0)).toEqual([]);
  const shown = (await runHoldfast(at('show', second.key))).stdout;
  expect(shown).toContain(after);
  expect(shown).not.toContain('another source');
  const again = await runHoldfast(at('accept', 'db'));
  expect(again.code).toBe(0);
  expect(again.stdout.replace(/\s+/g, ' ')).toContain('There is nothing to accept');
});

it('B13: another database is refused before anything is stored, with the way out, which works', async () => {
  await backUp(old);
  const args = at('backup', '--url', staging.url, '--name', 'db');
  for (const more of [[], ['--dry-run']]) {
    const { code, message, hint, result } = await runFailing([...args, ...more]);
    expect({ code, exit: result.code }).toEqual({ code: 'SOURCE_DIFFERS', exit: 2 });
    expect(message).toContain(`Nothing was stored: this is database "${staging.name}"`);
    expect(hint).toContain(`holdfast accept db --db-name ${staging.name}`);
  }
  expect((await runJson(listDocument, at('list'))).backups).toHaveLength(1);
  const { accept } = await runJson(acceptDocument, at('accept', 'db', '--db-name', staging.name, '--yes'));
  expect(accept).toMatchObject({ source: { dbName: staging.name, systemIdentifier: null } });
  expect((await backUp(staging)).warnings).toEqual([]);
  // An acceptance takes the place of the one before: the way back is another one.
  expect(await runFailing(at('backup', '--url', old.url, '--name', 'db'))).toMatchObject({ code: 'SOURCE_DIFFERS' });
});

it('B13: prune keeps the last proven backup of the former source until one of the new source is proven', async () => {
  const first = await backUp(old);
  await runJson(verifyDocument, at('verify', 'db'));
  await backUp(moved);
  const newest = await backUp(moved);
  const prune = () => runJson(pruneDocument, at('prune', 'db', '--keep-last', '1'));
  const kept = async () => (await runJson(listDocument, at('list'))).backups.map(({ key }) => key);
  expect(await statusOf(3)).toEqual(['never-proven', 'source-changed']);
  await prune();
  expect(await kept()).toEqual([newest.key, first.key]);
  await runJson(acceptDocument, at('accept', 'db'));
  await prune();
  expect(await kept()).toEqual([newest.key, first.key]);
  await runJson(verifyDocument, at('verify', 'db'));
  await prune();
  expect(await kept()).toEqual([newest.key]);
});

it('B13: an identifier that is none, and a database without backups, are refused', async () => {
  await backUp(old);
  const { stderr, code } = await runHoldfast(at('accept', 'db', '--system-identifier', '0x12'));
  expect({ code, said: stderr.includes('decimal number') }).toEqual({ code: 2, said: true });
  expect(await runFailing(at('accept', 'bd'))).toMatchObject({ code: 'UNKNOWN_BACKUP' });
});
