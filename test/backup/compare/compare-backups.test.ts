import { describe, expect, test } from 'vitest';
import { compareBackups, type BackupComparison } from '../../../src/backup/compare/compare-backups.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { openLinesWriter } from '../../../src/vault/formats/lines-writer.js';
import type { EntryRecord } from '../../../src/vault/formats/entries.js';
import { writeManifest, type Manifest } from '../../../src/vault/formats/manifest.js';
import { backupKeys } from '../../../src/vault/keys.js';
import { openMemoryStore } from '../../../src/vault/memory/memory-store.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';
import { resolveBackup } from '../../../src/vault/resolve-backup.js';
import { sampleManifest } from '../../vault/formats/samples.js';

async function addBackup(
  store: ObjectStore,
  entries: Iterable<EntryRecord>,
  { database = 'orders', takenAt = '2026-11-21T03:00:00Z', ...overrides }: Partial<Manifest> = {},
): Promise<CompleteBackup> {
  const manifest = sampleManifest(database, new Date(takenAt));
  const keys = backupKeys({ database, takenAt: new Date(takenAt), compression: 'gzip' });
  await store.put(keys.dump, (async function* () {})());
  const writer = openLinesWriter<EntryRecord>(store, keys.entries);
  for (const entry of entries) await writer.write(entry);
  const { object, rawBytes, rawSha256, lines: count } = await writer.finish();
  const parts = manifest.parts.map((part) =>
    part.role === 'entries' ? { ...part, rawBytes, storedBytes: object.size, sha256: object.sha256 } : part,
  );
  const totals = { ...manifest.totals, entries: count };
  await writeManifest(store, { ...manifest, totals, ...overrides, parts, entriesSha256: rawSha256 });
  return resolveBackup(store, keys.dump);
}

async function compare(before: EntryRecord[], after: EntryRecord[]): Promise<BackupComparison> {
  const store = openMemoryStore();
  return compareBackups(
    {
      before: await addBackup(store, before),
      after: await addBackup(store, after, { takenAt: '2026-11-22T03:00:00Z' }),
    },
    { store },
  );
}

function table(name: string, overrides: Partial<Extract<EntryRecord, { kind: 'schema' }>> = {}): EntryRecord {
  const base = { type: 'TABLE', schema: 'shop', name, owner: 'shop', occurrence: 1 };
  return { kind: 'schema', ...base, bytes: 10, sha256: 'a'.repeat(64), ...overrides };
}

function rows(name: string, overrides: Partial<Extract<EntryRecord, { kind: 'table-data' }>> = {}): EntryRecord {
  const base = { type: 'TABLE DATA', schema: 'shop', name, owner: 'shop', occurrence: 1 };
  const data = { columns: ['id'], rows: 5, bytes: 50, hash: '0'.repeat(32) };
  return { kind: 'table-data', ...base, table: { schema: 'shop', name }, ...data, ...overrides };
}

function sequence(lastValue: string): EntryRecord {
  const base = { type: 'SEQUENCE SET', schema: 'shop', name: 's', owner: 'shop', occurrence: 1 };
  return { kind: 'sequence-value', ...base, lastValue, isCalled: true };
}

describe('two backups', () => {
  test('that are equal have no change', async () => {
    const entries = [table('t'), rows('t'), sequence('5')];
    expect(await compare(entries, entries)).toMatchObject({ unchanged: 3, changes: [], tables: [], notes: [] });
  });

  test('are told apart entry by entry: added, removed, another definition, owner or value', async () => {
    const { changes, unchanged } = await compare(
      [table('gone'), table('kept'), table('other'), table('owned'), sequence('5')],
      [
        table('kept'),
        table('other', { sha256: 'b'.repeat(64) }),
        table('owned', { owner: 'thief' }),
        table('new'),
        sequence('17'),
      ],
    );
    expect(changes.map(({ type, name, change, detail }) => [type, name, change, detail])).toEqual([
      ['SEQUENCE SET', 's', 'changed', '5 → 17'],
      ['TABLE', 'gone', 'removed', 'of shop'],
      ['TABLE', 'new', 'added', 'of shop'],
      ['TABLE', 'other', 'changed', 'definition changed'],
      ['TABLE', 'owned', 'changed', 'owner shop → thief'],
    ]);
    expect(unchanged).toBe(1);
  });

  test('are the same in a definition that PostgreSQL only prints in another form', async () => {
    const canonicalSha256 = 'c'.repeat(64);
    const result = await compare(
      [table('t', { canonicalSha256 })],
      [table('t', { sha256: 'b'.repeat(64), canonicalSha256 })],
    );
    expect(result).toMatchObject({ unchanged: 1, changes: [] });
  });

  test('show the rows and bytes of each table before and after, the largest change first', async () => {
    const { tables, changes } = await compare(
      [rows('a'), rows('emptied', { rows: 900, bytes: 9000 }), rows('gone'), rows('same')],
      [
        rows('a', { hash: '1'.repeat(32) }),
        rows('emptied', { rows: 0, bytes: 0 }),
        rows('new', { rows: 7 }),
        rows('same'),
      ],
    );
    expect(changes).toEqual([]);
    expect(tables).toEqual([
      {
        schema: 'shop',
        name: 'emptied',
        rows: { before: 900, after: 0 },
        bytes: { before: 9000, after: 0 },
        content: 'same',
      },
      {
        schema: 'shop',
        name: 'new',
        rows: { before: null, after: 7 },
        bytes: { before: null, after: 50 },
        content: 'changed',
      },
      {
        schema: 'shop',
        name: 'gone',
        rows: { before: 5, after: null },
        bytes: { before: 50, after: null },
        content: 'changed',
      },
      {
        schema: 'shop',
        name: 'a',
        rows: { before: 5, after: 5 },
        bytes: { before: 50, after: 50 },
        content: 'changed',
      },
    ]);
  });

  test('compare partitions that are loaded through their root as one table', async () => {
    const part = (name: string, hash: string, count: number) =>
      rows(name, { table: { schema: 'shop', name: 'root' }, hash: hash.repeat(4), rows: count });
    const { tables } = await compare(
      [part('p1', '00000001', 1), part('p2', '00000002', 2)],
      [part('p1', 'ffffffff', 3), part('p2', '00000004', 0)],
    );
    expect(tables).toEqual([]);
  });

  test('of two databases, named by their keys, are compared all the same, with what else differs', async () => {
    const store = openMemoryStore();
    const before = await addBackup(store, [table('t')], { database: 'a', takenAt: '2026-11-22T03:00:00Z' });
    const after = await addBackup(store, [table('t')], {
      database: 'b',
      encoding: 'LATIN1',
      server: { version: '17.6', versionNum: 170006, inRecovery: false },
    });
    const { notes, unchanged } = await compareBackups({ before, after }, { store });
    expect(unchanged).toBe(1);
    expect(notes).toEqual([
      'The first backup is the newer one: the changes are shown in reverse.',
      expect.stringContaining('PostgreSQL 15.18 and 17.6'),
      expect.stringContaining('UTF8 and LATIN1'),
    ]);
  });

  test('are not compared when the entries of one are not those of its manifest', async () => {
    const store = openMemoryStore();
    const before = await addBackup(store, [table('t')]);
    const after = await addBackup(store, [table('t')], { takenAt: '2026-11-22T03:00:00Z' });
    const key = after.key.replace('.sql.gz', '.entries.jsonl.gz');
    const other = before.key.replace('.sql.gz', '.entries.jsonl.gz');
    const swapped: ObjectStore = {
      ...store,
      get: (asked, options) => (asked === key ? truncated(store.get(other, options)) : store.get(asked, options)),
    };
    await expect(compareBackups({ before, after }, { store: swapped })).rejects.toMatchObject({
      code: 'OBJECT_CORRUPT',
    });
  });
});

test('issue 12: entries with bytes behind their end are not compared as unchanged', async () => {
  const store = openMemoryStore();
  const before = await addBackup(store, [table('t')]);
  const after = await addBackup(store, [table('t')], { takenAt: '2026-11-22T03:00:00Z' });
  const key = after.key.replace('.sql.gz', '.entries.jsonl.gz');
  const longer: ObjectStore = {
    ...store,
    get: (asked, options) => (asked === key ? extended(store.get(asked, options)) : store.get(asked, options)),
  };
  await expect(compareBackups({ before, after }, { store: longer })).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' });
});

async function* extended(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
  yield Buffer.from('behind its end');
}

async function* truncated(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield chunk.subarray(0, chunk.length - 1);
}
