/** Dumps whose segments were changed, and indexes that lie: check and verify name it, and never call it proven. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkBackup } from '../../../src/backup/check/check-backup.js';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { serverDrill } from '../../../src/backup/verify/server-drill.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import type { SegmentsRecord } from '../../../src/vault/formats/segments.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { accessTo, makeContext, restore, takeBackup, verify } from './harness.js';
import { TamperedVault } from './tampered-vault.js';

const SHOP = readFileSync(join(import.meta.dirname, '../../fixtures/sql/shop.sql'), 'utf8');
const SEGMENT_BYTES = 4096;

type Record = Extract<SegmentsRecord, { kind: 'segment' }>;

let context: BackupContext;
let database: TestDatabase;

beforeAll(async () => {
  context = await makeContext();
  database = await createDatabase(sharedServer(), SHOP);
});
afterAll(() => database?.end());

function recordsOf(vault: TamperedVault): Record[] {
  const lines = vault.text('segments').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as SegmentsRecord).filter((record) => record.kind === 'segment');
}

/** The index is replaced, and the manifest agrees. */
function forgeIndex(vault: TamperedVault, change: (records: Record[]) => Record[], framing?: string): void {
  const [head = ''] = vault.text('segments').split('\n');
  const first = framing === undefined ? head : JSON.stringify({ kind: 'index', framing });
  const lines = [first, ...change(recordsOf(vault)).map((record) => JSON.stringify(record))];
  vault.forge('segments', lines.map((line) => `${line}\n`).join(''));
}

/** The dump, cut into what is before its segments, the segments, and what is after them. */
function slicesOf(vault: TamperedVault): { before: Buffer; segments: Buffer[]; after: Buffer } {
  const bytes = readFileSync(vault.path('dump'));
  const records = recordsOf(vault);
  const segments = records.map(({ storedOffset, storedBytes }) =>
    bytes.subarray(storedOffset, storedOffset + storedBytes),
  );
  const end = records.at(-1)!.storedOffset + records.at(-1)!.storedBytes;
  return { before: bytes.subarray(0, records[0]!.storedOffset), segments, after: bytes.subarray(end) };
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Makes the manifest agree with the dump as it lies there. */
function vouchForDump(vault: TamperedVault): void {
  const bytes = readFileSync(vault.path('dump'));
  vault.editManifest((manifest) => {
    const part = manifest.parts.find(({ role }) => role === 'dump')!;
    part.storedBytes = bytes.length;
    part.sha256 = sha256(bytes);
  });
}

describe.each([
  ['by the built-in gzip', true],
  ['by igzip', false],
])('issue 13, B: a dump in segments %s', (_, builtin) => {
  let backup: CompleteBackup;
  let older: CompleteBackup;
  const own = () => (builtin ? { ...context, env: { ...context.env, PATH: '/nonexistent' } } : context);
  const tamper = (change: (vault: TamperedVault) => void) => {
    const vault = new TamperedVault(context, backup);
    change(vault);
    return vault;
  };

  beforeAll(async () => {
    const access = await accessTo(database.name);
    const options = { segmentBytes: SEGMENT_BYTES };
    ({ backup: older } = await takeBackup(access, own(), options));
    await database.query(`INSERT INTO shop.log VALUES (now(), 'newer')`);
    ({ backup } = await takeBackup(access, own(), options));
  });

  /** What check and verify say of a vault; restoring is left as it is. */
  async function judge(vault: TamperedVault) {
    const check = await checkBackup(backup, vault.context(context));
    const drill = await verify(backup, vault.context(context), serverDrill(await accessTo('postgres')));
    return { check, drill };
  }

  async function expectNamed(vault: TamperedVault, key: string, words: RegExp): Promise<void> {
    const { check, drill } = await judge(vault);
    expect(check.verdict).toBe('damaged');
    expect(check.problems).toContainEqual({ key, problem: expect.stringMatching(words) as string });
    expect(drill.verdict).toBe('unreadable');
    expect(drill.differences).toEqual([
      expect.objectContaining({ name: key, reason: expect.stringMatching(words) as string }),
    ]);
  }

  test('that nobody touched has several, is intact, proven, and one file for gunzip', async () => {
    const vault = new TamperedVault(context, backup);
    const records = recordsOf(vault);
    expect(records.length).toBeGreaterThan(10);
    expect(records.filter(({ share }) => share).length).toBeGreaterThan(3);
    const { check, drill } = await judge(vault);
    expect(check).toMatchObject({ verdict: 'intact', problems: [] });
    expect(check.anomalies.filter(({ kind }) => kind === 'stray-object')).toEqual([]);
    expect(drill).toMatchObject({ verdict: 'proven', differences: [] });
    const { after } = slicesOf(vault);
    if (builtin) expect(after).toHaveLength(10);
    else expect(gunzipSync(after)).toHaveLength(0);
    expect(vault.manifest().version).toBe(2);
  });

  const anySlice = (segments: Buffer[]) => Math.floor(segments.length / 2);
  test.each<[string, (segments: Buffer[], old: Buffer[]) => Buffer[]]>([
    [
      'swapped',
      (segments) => {
        const at = anySlice(segments);
        return [...segments.slice(0, at), segments[at + 1]!, segments[at]!, ...segments.slice(at + 2)];
      },
    ],
    ['doubled', (segments) => segments.flatMap((one, index) => (index === anySlice(segments) ? [one, one] : [one]))],
    ['dropped', (segments) => segments.filter((_one, index) => index !== anySlice(segments))],
    ['dropped at the end', (segments) => segments.slice(0, -1)],
    [
      'replayed from an older backup',
      (segments, old) =>
        segments
          .map((one, index) => (index === segments.length - 1 ? old.at(-1)! : index === 0 ? old[0]! : one))
          .with(2, old[3]!),
    ],
  ])('is unreadable with one %s, which is named', async (_how, change) => {
    const old = slicesOf(new TamperedVault(context, older)).segments;
    const vault = tamper((it) => {
      const { before, segments, after } = slicesOf(it);
      writeFileSync(it.path('dump'), Buffer.concat([before, ...change(segments, old), after]));
    });
    await expectNamed(
      vault,
      vault.key('dump'),
      /segment \d+ \((?:\d+ rows of entry|the entries from) \d+.*bytes|has \d+ bytes, but/,
    );
    // Nor does a manifest that vouches for it make good what the index knows.
    vouchForDump(vault);
    const { check, drill } = await judge(vault);
    const keys = [vault.key('dump'), vault.key('segments')];
    expect(check.verdict).toBe('damaged');
    expect(keys).toContain(check.problems[0]!.key);
    expect(check.problems[0]!.problem).toMatch(/segment \d+ \(|its segments end at byte/);
    expect(drill).toMatchObject({ verdict: 'unreadable', differences: [{ type: 'OBJECT' }] });
    expect(keys).toContain(drill.differences[0]!.name);
  });

  test('is unreadable without its end mark, even where the manifest agrees', async () => {
    const vault = tamper((it) => {
      const { before, segments } = slicesOf(it);
      writeFileSync(it.path('dump'), Buffer.concat([before, ...segments]));
    });
    vouchForDump(vault);
    const index = vault.key('segments');
    const { check, drill } = await judge(vault);
    expect(check.verdict).toBe('damaged');
    expect(check.problems.map(({ key }) => key)).toContain(index);
    expect(drill.verdict).toBe('unreadable');
  });

  test('is unreadable with something else in place of its end, even where the manifest agrees', async () => {
    const vault = tamper((it) => {
      const { before, segments } = slicesOf(it);
      writeFileSync(it.path('dump'), Buffer.concat([before, ...segments, Buffer.from('0123456789')]));
    });
    vouchForDump(vault);
    await expectNamed(vault, vault.key('dump'), /gzip/);
  });

  test('is unreadable with an index and entries that were rewritten to match, while the manifest was not', async () => {
    const { before, segments, after } = slicesOf(new TamperedVault(context, older));
    const vault = tamper((it) => {
      writeFileSync(it.path('dump'), Buffer.concat([before, ...segments, after]));
      for (const role of ['segments', 'entries'] as const) {
        const other = older.objects.find(({ key }) => key.endsWith(`.${role}.jsonl.gz`))!.key;
        it.edit(role, () => readFileSync(new URL(`${it.url}/${other}`)));
      }
    });
    const { check, drill } = await judge(vault);
    expect(check.verdict).toBe('damaged');
    expect(check.problems.map(({ key }) => key)).toEqual(
      expect.arrayContaining([vault.key('segments'), vault.key('entries'), vault.key('dump')]),
    );
    expect(drill.verdict).toBe('unreadable');
  });

  const middle = (records: Record[]) => records.findIndex(({ share, entries }) => share && entries === 0);
  const edit = (change: (record: Record) => Partial<Record>) => (records: Record[]) =>
    records.map((record, index) => (index === middle(records) ? { ...record, ...change(record) } : record));

  test.each<[string, (records: Record[]) => Record[], RegExp]>([
    ['names another entry', edit(({ entry }) => ({ entry: entry + 1 })), /^SEGMENT \d+: it says that 0 entries begin/],
    ['has other rows', edit(({ share }) => ({ share: { ...share!, rows: 7 } })), /^SEGMENT \d+: .* 7 rows/],
    [
      'has another hash',
      edit(({ share }) => ({ share: { ...share!, hash: '0'.repeat(32) } })),
      /^SEGMENT \d+: .*hash 0{32}/,
    ],
    ['does not say whose rows', edit(() => ({ share: undefined })), /^SEGMENT \d+: .*does not say which share/],
  ])('differs where the index %s and the manifest agrees', async (_how, change, words) => {
    const vault = tamper((it) => forgeIndex(it, change));
    const { check, drill } = await judge(vault);
    expect(check.problems).toEqual([{ key: vault.key('dump'), problem: expect.stringMatching(words) as string }]);
    expect(drill).toMatchObject({ verdict: 'differs', differences: [{ type: 'SEGMENT' }] });
  });

  test.each<[string, (records: Record[]) => Record[], RegExp]>([
    ['has another SHA-256', edit(() => ({ sha256: '0'.repeat(64) })), /SHA-256 of the index/],
    ['has a gap', (records) => records.filter((_record, index) => index !== 1), /does not begin where the one before/],
    ['has none', () => [], /names no segments/],
    ['ends too early', (records) => records.slice(0, -1), /hold \d+ bytes, and the manifest says/],
    ['has a segment twice', (records) => [records[0]!, ...records], /does not begin where the one before/],
    [
      'gives one segment a byte of the next',
      (records) =>
        records.map((record, index) => ({
          ...record,
          storedOffset: record.storedOffset + (index === 2 ? 1 : 0),
          storedBytes: record.storedBytes + (index === 1 ? 1 : index === 2 ? -1 : 0),
        })),
      /segment 2 .*(?:cannot be read|SHA-256)/,
    ],
  ])('is unreadable where the index %s and the manifest agrees', async (_how, change, words) => {
    const vault = tamper((it) => forgeIndex(it, change));
    const { check, drill } = await judge(vault);
    expect(check.problems.map(({ problem }) => problem).join('\n')).toMatch(words);
    expect(drill.verdict).toBe('unreadable');
    expect(drill.differences[0]!.reason).toMatch(words);
  });

  test('is unreadable where the index has another framing', async () => {
    const vault = tamper((it) => forgeIndex(it, (records) => records, 'zstd'));
    await expectNamed(vault, vault.key('segments'), /its framing is zstd/);
  });

  test('is restored without its index, which is then reported as missing', async () => {
    const vault = tamper((it) => it.remove('segments'));
    const target = await createDatabase();
    try {
      await restore(backup, await accessTo(target.name), vault.context(context), { owners: true });
      expect(await target.query('SELECT count(*)::int AS n FROM shop.orders')).toEqual([{ n: 900 }]);
    } finally {
      await target.end();
    }
    const { check } = await judge(vault);
    expect(check.problems.map(({ key }) => key)).toEqual([vault.key('segments')]);
  });

  test('is intact and proven without segments, as older backups are', async () => {
    const vault = tamper((it) => {
      it.remove('segments');
      it.editManifest((manifest) => {
        manifest.version = 1;
        manifest.parts = manifest.parts.filter(({ role }) => role !== 'segments');
      });
    });
    const { check, drill } = await judge(vault);
    expect(check).toMatchObject({ verdict: 'intact', problems: [] });
    expect(drill.verdict).toBe('proven');
  });
});
