import { createHash, randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { DumpTotals, Entry } from '../../../src/dump/entry.js';
import { HoldfastError } from '../../../src/core/errors.js';
import { readEntries } from '../../../src/vault/formats/entries-reader.js';
import type { ReadLinesOptions } from '../../../src/vault/formats/lines-reader.js';
import { openLinesWriter } from '../../../src/vault/formats/lines-writer.js';
import { entrySchema, totalsSchema, type EntryRecord, type Totals } from '../../../src/vault/formats/entries.js';
import { openMemoryStore } from '../../../src/vault/memory/memory-store.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';

const KEY = 'a/entries.jsonl.gz';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('a\nb', '"', '\\', '\u2028', '{"kind":"schema"}'),
);
const base = {
  type: text,
  schema: fc.option(text),
  name: text,
  owner: fc.option(text),
  occurrence: fc.integer({ min: 1, max: 100 }),
};
const entry: fc.Arbitrary<EntryRecord> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('schema' as const),
      ...base,
      bytes: fc.maxSafeNat(),
      sha256: hex(64),
      canonicalSha256: hex(64),
    },
    { requiredKeys: ['kind', 'type', 'schema', 'name', 'owner', 'occurrence', 'bytes', 'sha256'] },
  ),
  fc.record({
    kind: fc.constant('table-data' as const),
    ...base,
    table: fc.record({ schema: text, name: text }),
    columns: fc.array(text),
    rows: fc.maxSafeNat(),
    bytes: fc.maxSafeNat(),
    hash: hex(32),
  }),
  fc.record({
    kind: fc.constant('sequence-value' as const),
    ...base,
    lastValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    isCalled: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('large-object' as const), ...base, bytes: fc.maxSafeNat(), sha256: hex(64) }),
);

function sequence(index: number): EntryRecord {
  return {
    kind: 'sequence-value',
    type: 'SEQUENCE SET',
    schema: 'public',
    name: `s${index}_${randomBytes(16).toString('hex')}`,
    owner: 'postgres',
    occurrence: 1,
    lastValue: String(index),
    isCalled: true,
  };
}

async function putBytes(store: ObjectStore, bytes: Uint8Array): Promise<void> {
  const body = (async function* () {
    yield await Promise.resolve(bytes);
  })();
  await store.put(KEY, body);
}

async function readAll(store: ObjectStore, options?: ReadLinesOptions): Promise<EntryRecord[]> {
  const found: EntryRecord[] = [];
  for await (const each of readEntries(store, KEY, options)) found.push(each);
  return found;
}

describe('A7: entries that nobody could hold', () => {
  const gzipped = async (text: string) => {
    const store = openMemoryStore();
    await putBytes(store, gzipSync(text));
    return store;
  };
  const base = { type: 'TABLE DATA', schema: 's', name: 't', owner: null, occurrence: 1, rows: 1, bytes: 1 };
  const table = { kind: 'table-data', ...base, table: { schema: 's', name: 't' }, hash: '0'.repeat(32) };

  it('are corrupt from the first on that is one too many', async () => {
    const store = await gzipped(`${JSON.stringify(sequence(1))}\n`.repeat(1000));
    await expect(readAll(store, { mostRecords: 999 })).rejects.toMatchObject({
      code: 'OBJECT_CORRUPT',
      message: expect.stringContaining('more than the 999 entries') as string,
    });
    expect(await readAll(store, { mostRecords: 1000 })).toHaveLength(1000);
  });

  it('are corrupt with more columns than a table can have, and whole with as many', async () => {
    const line = (count: number) => `${JSON.stringify({ ...table, columns: new Array(count).fill(0) })}\n`;
    await expect(readAll(await gzipped(line(100_000)))).rejects.toMatchObject({
      code: 'OBJECT_CORRUPT',
      message: expect.stringContaining('line 1 names more than 1600 columns') as string,
    });
    const columns = Array.from({ length: 1600 }, (_, n) => `${n}`.padStart(63, '\u0001'));
    expect(await readAll(await gzipped(`${JSON.stringify({ ...table, columns })}\n`))).toHaveLength(1);
  });

  it.each([
    ['that ends', '\n'],
    ['that does not', ''],
  ])('are corrupt with a line of more than a mebibyte %s', async (_what, end) => {
    await expect(readAll(await gzipped(`${' '.repeat((1 << 20) + 1)}${end}`))).rejects.toMatchObject({
      code: 'OBJECT_CORRUPT',
      message: expect.stringContaining('a line is longer') as string,
    });
  });
});

describe('the entries format', () => {
  it('has the types of the entries and totals of a dump', () => {
    expectTypeOf<EntryRecord>().toExtend<Entry>();
    expectTypeOf<Entry>().toExtend<EntryRecord>();
    expectTypeOf<EntryRecord['kind']>().toEqualTypeOf<Entry['kind']>();
    expectTypeOf<keyof Extract<EntryRecord, { kind: 'schema' }>>().toEqualTypeOf<
      keyof Extract<Entry, { kind: 'schema' }>
    >();
    expectTypeOf<keyof Extract<EntryRecord, { kind: 'table-data' }>>().toEqualTypeOf<
      keyof Extract<Entry, { kind: 'table-data' }>
    >();
    expectTypeOf<keyof Extract<EntryRecord, { kind: 'sequence-value' }>>().toEqualTypeOf<
      keyof Extract<Entry, { kind: 'sequence-value' }>
    >();
    expectTypeOf<keyof Extract<EntryRecord, { kind: 'large-object' }>>().toEqualTypeOf<
      keyof Extract<Entry, { kind: 'large-object' }>
    >();
    expectTypeOf<Totals>().toEqualTypeOf<DumpTotals>();
    expect(totalsSchema.safeParse({ entries: 1, tables: 1, rows: 1, largeObjects: 0, rawBytes: 1 }).success).toBe(true);
  });

  it('gives back any entries as they were written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 20 }), async (entries) => {
        const store = openMemoryStore();
        const writer = openLinesWriter<EntryRecord>(store, KEY);
        for (const each of entries) await writer.write(each);
        const stored = await writer.finish();
        expect(stored.lines).toBe(entries.length);
        expect(await readAll(store, { expectedSha256: stored.rawSha256 })).toEqual(entries);
      }),
      { numRuns: 60 },
    );
  });

  it('is one gzip file of JSON lines, described by size and SHA-256 before compression', async () => {
    const store = openMemoryStore();
    const writer = openLinesWriter<EntryRecord>(store, KEY);
    const entries = Array.from({ length: 5000 }, (_, index) => sequence(index));
    for (const each of entries) await writer.write(each);
    const stored = await writer.finish();
    const parts: Uint8Array[] = [];
    for await (const chunk of store.get(KEY)) parts.push(chunk);
    const raw = gunzipSync(Buffer.concat(parts));
    expect(raw.toString()).toBe(entries.map((each) => `${JSON.stringify(each)}\n`).join(''));
    expect(stored).toMatchObject({
      object: { key: KEY, size: Buffer.concat(parts).length },
      rawBytes: raw.length,
      rawSha256: createHash('sha256').update(raw).digest('hex'),
    });
  });

  it('holds the writer back while the store is slow, so that memory stays small', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const memory = openMemoryStore();
    const slow: ObjectStore = {
      ...memory,
      put: async (key, body, options) => {
        await held;
        return memory.put(key, body, options);
      },
    };
    const writer = openLinesWriter<EntryRecord>(slow, KEY);
    let written = 0;
    const writing = (async () => {
      for (; written < 50_000; written++) await writer.write(sequence(written));
    })();
    await new Promise((resolve) => setTimeout(resolve, 300));
    // 50,000 entries are about 8 MB; only the buffers of gzip may have filled.
    expect(written).toBeLessThan(10_000);
    release();
    await writing;
    expect((await writer.finish()).lines).toBe(50_000);
    expect(await readAll(memory)).toHaveLength(50_000);
  });

  it('leaves no object when it is given up, before or after entries were written', async () => {
    for (const count of [0, 1, 20_000]) {
      const store = openMemoryStore();
      const writer = openLinesWriter<EntryRecord>(store, KEY);
      for (let index = 0; index < count; index++) await writer.write(sequence(index));
      await writer.abort();
      expect(await store.head(KEY)).toBeUndefined();
    }
  });

  it('keeps a finished object when it is given up afterwards', async () => {
    const store = openMemoryStore();
    const writer = openLinesWriter<EntryRecord>(store, KEY);
    await writer.write(sequence(1));
    await writer.finish();
    await writer.abort();
    expect(await readAll(store)).toHaveLength(1);
  });

  it("throws the store's own error from write and from finish", async () => {
    const store = openMemoryStore();
    await putBytes(store, Buffer.from('taken'));
    const early = openLinesWriter<EntryRecord>(store, KEY);
    await expect(early.finish()).rejects.toMatchObject({ code: 'OBJECT_EXISTS' });

    const failing: ObjectStore = {
      ...store,
      put: async (_, body) => {
        for await (const _chunk of body) throw new HoldfastError('VAULT_UNWRITABLE', 'The disk is full.');
        throw new Error('no chunk came');
      },
    };
    const writer = openLinesWriter<EntryRecord>(failing, KEY);
    const writing = (async () => {
      for (let index = 0; index < 1_000_000; index++) await writer.write(sequence(index));
    })();
    await expect(writing).rejects.toMatchObject({ code: 'VAULT_UNWRITABLE' });
    await expect(writer.finish()).rejects.toMatchObject({ code: 'VAULT_UNWRITABLE' });
  });

  it('ends when aborted, and leaves no object', async () => {
    const store = openMemoryStore();
    const controller = new AbortController();
    const writer = openLinesWriter<EntryRecord>(store, KEY, { signal: controller.signal });
    await writer.write(sequence(1));
    controller.abort();
    await expect(writer.finish()).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(await store.head(KEY)).toBeUndefined();
  });
});

describe('a damaged entries file is reported as corrupt', () => {
  const lines = Array.from({ length: 2000 }, (_, index) => `${JSON.stringify(sequence(index))}\n`).join('');

  it.each([
    ['truncated', gzipSync(lines).subarray(0, 20_000), /decompressed/],
    ['empty', Buffer.alloc(0), /decompressed/],
    ['not gzip', Buffer.from(lines), /decompressed/],
    ['cut off in its last line', gzipSync(lines.slice(0, -5)), /last line is cut off/],
    ['not JSON in line 3', gzipSync(lines.replace(/^(.*\n.*\n)/, '$1{oops\n')), /line 3 is not JSON/],
    ['no entry in line 1', gzipSync(`{"kind":"table"}\n${lines}`), /line 1 is not an entry: kind/],
    ['one endless line', gzipSync(Buffer.alloc(20 << 20, 0x20)), /longer than/],
  ])('when it is %s', async (_, bytes, words) => {
    const store = openMemoryStore();
    await putBytes(store, bytes);
    await expect(readAll(store)).rejects.toMatchObject({
      code: 'OBJECT_CORRUPT',
      message: expect.stringMatching(words) as string,
    });
  });

  it('when any one byte of it is flipped', async () => {
    const bytes = gzipSync(lines);
    const expectedSha256 = createHash('sha256').update(lines).digest('hex');
    // The last byte before gzip's 8-byte trailer ends with bits that mean nothing.
    const padding = bytes.length - 9;
    const position = fc.integer({ min: 10, max: bytes.length - 1 }).filter((at) => at !== padding);
    await fc.assert(
      fc.asyncProperty(position, fc.nat(7), async (at, bit) => {
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1 << bit;
        const store = openMemoryStore();
        await putBytes(store, changed);
        await expect(readAll(store, { expectedSha256 })).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' });
      }),
      { numRuns: 40 },
    );
  });

  it('when it is whole and valid, and not the one that the manifest names', async () => {
    const store = openMemoryStore();
    await putBytes(store, gzipSync(lines));
    await expect(readAll(store, { expectedSha256: '0'.repeat(64) })).rejects.toMatchObject({
      code: 'OBJECT_CORRUPT',
      message: expect.stringContaining('the manifest says') as string,
    });
  });

  it('but a missing one as missing, and keys that this version does not know are tolerated', async () => {
    const store = openMemoryStore();
    await expect(readAll(store)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    await putBytes(store, gzipSync(`${JSON.stringify({ ...sequence(1), newer: 1 })}\n`));
    const [found] = await readAll(store);
    expect(found).not.toHaveProperty('newer');
    expect(entrySchema.safeParse(found).success).toBe(true);
  });
});
