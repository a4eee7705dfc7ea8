/**
 * What every store must do, whatever it keeps its bytes in: each implementation's tests run this suite. It is one
 * long file because it is one contract: a store passes all of it or is none.
 */
import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../src/core/errors.js';
import type { GetOptions, ObjectStore } from '../../src/vault/object-store.js';

const MIB = 1 << 20;

/** How much of it, for stores that take their time. */
export interface ConformanceEffort {
  /** How many objects are listed at once. @default 10000 */
  readonly objects?: number;
  /** How often each property is tried. @default 30 */
  readonly runs?: number;
  /** Size of the largest object in MiB. @default 64 */
  readonly largeMib?: number;
}

/**
 * @param name for the report
 * @param open an empty store, a new one for each call; whoever gives it removes it
 */
export function objectStoreConformance(
  name: string,
  open: () => Promise<ObjectStore>,
  { objects = 10_000, runs = 30, largeMib = 64 }: ConformanceEffort = {},
): void {
  describe(`${name} keeps the contract of an object store`, () => {
    storing(open, runs, largeMib);
    refusing(open);
    aborting(open);
    racing(open);
    reading(open, runs);
    listing(open, runs, objects);
    deleting(open);
  });
}

function storing(open: () => Promise<ObjectStore>, numRuns: number, largeMib: number): void {
  it('stores an object and tells its size and SHA-256', async () => {
    const store = await open();
    const bytes = randomBytes(100_000);
    const before = Date.now();
    const stored = await store.put('a/b/object', chunked(bytes, 1000));
    expect(stored).toMatchObject({ key: 'a/b/object', size: bytes.length, sha256: sha256(bytes) });
    expect((await read(store, 'a/b/object')).equals(bytes)).toBe(true);
    const info = await store.head('a/b/object');
    expect(info).toMatchObject({ key: 'a/b/object', size: bytes.length });
    // The store's clock need not be ours; a difference of a day would be a wrong unit or a missing value.
    expect(Math.abs((info?.lastModified.getTime() ?? 0) - before)).toBeLessThan(86_400_000);
  });

  it('stores an object of no bytes, from a body of no chunks and from one of empty chunks', async () => {
    const store = await open();
    for (const [key, body] of [
      ['none', chunks()],
      ['empty', chunks(new Uint8Array(0), new Uint8Array(0))],
    ] as const) {
      expect(await store.put(key, body)).toMatchObject({ size: 0, sha256: sha256(Buffer.alloc(0)) });
      expect(await store.head(key)).toMatchObject({ size: 0 });
      expect(await read(store, key)).toHaveLength(0);
    }
    expect(await keys(store, '')).toEqual(['empty', 'none']);
  });

  it('stores the same bytes whatever the sizes of the chunks', async () => {
    const store = await open();
    let count = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 70_000 }), fc.constantFrom(MIB - 1, MIB, MIB + 1, 2 * MIB)),
          { maxLength: 12 },
        ),
        fc.constantFrom(1, 400),
        async (sizes, repeats) => {
          const parts = sizes.map((size) => randomBytes(repeats === 1 ? size : size % 300));
          const all = Array.from({ length: repeats }, () => parts).flat();
          const key = `chunks/${count++}`;
          const stored = await store.put(key, chunks(...all));
          const whole = Buffer.concat(all);
          expect(stored).toMatchObject({ size: whole.length, sha256: sha256(whole) });
          expect((await read(store, key)).equals(whole)).toBe(true);
        },
      ),
      { numRuns },
    );
  });

  it('stores chunks that are views into a larger buffer', async () => {
    const store = await open();
    const buffer = randomBytes(50_000);
    await store.put('views', chunks(buffer.subarray(10, 30_000), new Uint8Array(buffer.buffer, buffer.byteOffset, 7)));
    expect(await read(store, 'views')).toEqual(Buffer.concat([buffer.subarray(10, 30_000), buffer.subarray(0, 7)]));
  });

  it(`stores an object of ${largeMib} MiB and reads it back in order`, async () => {
    const store = await open();
    const hash = createHash('sha256');
    const stored = await store.put('large', numbered(largeMib, hash), { expectedBytes: largeMib * MIB });
    const expected = hash.digest('hex');
    expect(stored).toMatchObject({ size: largeMib * MIB, sha256: expected });
    const readHash = createHash('sha256');
    let size = 0;
    for await (const chunk of store.get('large')) {
      readHash.update(chunk);
      size += chunk.byteLength;
    }
    expect(size).toBe(largeMib * MIB);
    expect(readHash.digest('hex')).toBe(expected);
  }, 60_000);

  it('reports progress that never falls and ends at the size, and does not mind a wrong expectation', async () => {
    const store = await open();
    const seen: number[] = [];
    await store.put('progress', chunked(randomBytes(3 * MIB), 64_000), {
      expectedBytes: 5,
      onProgress: (bytes) => seen.push(bytes),
    });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(3 * MIB);
  });

  it('does not ask for the next chunk before the last one was taken: a slow store holds the source back', async () => {
    const store = await open();
    let asked = 0;
    let answered = 0;
    const body: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          expect(asked++).toBe(answered);
          await Promise.resolve();
          answered++;
          return asked > 50 ? { done: true, value: undefined } : { done: false, value: randomBytes(100_000) };
        },
      }),
    };
    expect(await store.put('one-at-a-time', body)).toMatchObject({ size: 5_000_000 });
  });

  it('takes unusual keys and gives them back unchanged', async () => {
    const store = await open();
    for (const key of UNUSUAL_KEYS) {
      await store.put(key, chunks(Buffer.from(key)));
    }
    for (const key of UNUSUAL_KEYS) {
      expect((await read(store, key)).toString()).toBe(key);
      expect(await store.head(key)).toMatchObject({ key });
    }
    expect(await keys(store, '')).toEqual([...UNUSUAL_KEYS].sort());
  });
}

function refusing(open: () => Promise<ObjectStore>): void {
  it('refuses a key that is taken, leaves that object untouched and does not read the new body', async () => {
    const store = await open();
    await store.put('taken', chunks(Buffer.from('first')));
    let started = false;
    const body = (async function* () {
      started = true;
      yield await Promise.resolve(Buffer.from('second'));
    })();
    await expectCode(store.put('taken', body), 'OBJECT_EXISTS');
    expect(started).toBe(false);
    expect((await read(store, 'taken')).toString()).toBe('first');
  });

  it.each([
    ['', 'empty'],
    ['/a', 'begins with a slash'],
    ['a/', 'empty part'],
    ['a//b', 'empty part'],
    ['..', '".."'],
    ['a/../b', '".."'],
    ['./a', '"."'],
    ['a\0b', 'NUL'],
    ['a/.holdfast-tmp-x', '.holdfast-tmp-'],
    ['\ud800', 'Unicode'],
    ['é'.repeat(513), '1024 bytes'],
  ])('refuses the key %j in every call, saying what is wrong', async (key, words) => {
    const store = await open();
    const calls = [
      () => store.put(key, chunks(Buffer.from('x'))),
      () => read(store, key),
      () => store.head(key),
      () => store.delete?.(key) ?? store.head(key),
    ];
    for (const call of calls) {
      const error = await expectCode(call(), 'OBJECT_KEY_INVALID');
      expect(error.message).toContain(words);
    }
    expect(await keys(store, '')).toEqual([]);
  });

  it.each([0, 1, 5000, MIB, 3 * MIB + 17])(
    'leaves nothing when the body throws after %d bytes, and throws that very error',
    async (bytes) => {
      const store = await open();
      const failure = Object.assign(new Error('the source failed'), { code: 'ENOSPC' });
      const body = (async function* () {
        for await (const chunk of chunked(randomBytes(bytes), 64_000)) yield chunk;
        throw failure;
      })();
      await expect(store.put('a/b/failed', body)).rejects.toBe(failure);
      expect(await store.head('a/b/failed')).toBeUndefined();
      expect(await keys(store, '')).toEqual([]);
      // The key is as free as if nothing had been tried.
      await store.put('a/b/failed', chunks(Buffer.from('again')));
      expect((await read(store, 'a/b/failed')).toString()).toBe('again');
    },
  );

  it('shows nothing of an object before its body has ended', async () => {
    const store = await open();
    const body = (async function* () {
      yield randomBytes(3 * MIB);
      expect(await store.head('held')).toBeUndefined();
      expect(await keys(store, '')).toEqual([]);
      await expectCode(read(store, 'held'), 'OBJECT_MISSING');
    })();
    await store.put('held', body);
    expect(await keys(store, '')).toEqual(['held']);
  });
}

function aborting(open: () => Promise<ObjectStore>): void {
  it('does not start when the signal is aborted already', async () => {
    const store = await open();
    await expectCode(store.put('a', chunks(Buffer.from('x')), { signal: AbortSignal.abort() }), 'INTERRUPTED');
    expect(await keys(store, '')).toEqual([]);
  });

  it('leaves nothing when it is aborted in the middle, and closes the body', async () => {
    const store = await open();
    const controller = new AbortController();
    let closed = false;
    const body = (async function* () {
      try {
        for (let count = 1; ; count++) {
          yield randomBytes(MIB);
          if (count === 3) controller.abort(new HoldfastError('DUMP_TIMEOUT', 'It took too long.'));
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        closed = true;
      }
    })();
    await expectCode(store.put('a/aborted', body, { signal: controller.signal }), 'DUMP_TIMEOUT');
    expect(await store.head('a/aborted')).toBeUndefined();
    expect(await keys(store, '')).toEqual([]);
    await expect.poll(() => closed).toBe(true);
  });

  it('ends when it is aborted while the body hangs', async () => {
    const store = await open();
    const controller = new AbortController();
    const body = (async function* () {
      yield randomBytes(MIB);
      setImmediate(() => controller.abort());
      await new Promise(() => {});
    })();
    await expectCode(store.put('hanging', body, { signal: controller.signal }), 'INTERRUPTED');
    expect(await keys(store, '')).toEqual([]);
  });

  it('stores nothing when it is aborted with the last chunk', async () => {
    const store = await open();
    const controller = new AbortController();
    const body = (async function* () {
      yield await Promise.resolve(Buffer.from('all of it'));
      controller.abort();
    })();
    await expectCode(store.put('last', body, { signal: controller.signal }), 'INTERRUPTED');
    expect(await store.head('last')).toBeUndefined();
  });

  it('stops reading and listing when aborted', async () => {
    const store = await open();
    await store.put('a', numbered(8));
    await store.put('b', chunks());
    const reading = new AbortController();
    const part = (async () => {
      for await (const _ of store.get('a', { signal: reading.signal })) reading.abort();
    })();
    await expectCode(part, 'INTERRUPTED');
    const listing = new AbortController();
    const some = (async () => {
      for await (const _ of store.list('', listing.signal)) listing.abort();
    })();
    await expectCode(some, 'INTERRUPTED');
  });
}

function racing(open: () => Promise<ObjectStore>): void {
  it('lets exactly one of several writers of one key win', async () => {
    const store = await open();
    for (let round = 0; round < 20; round++) {
      const key = `race/${round}`;
      const bodies = Array.from({ length: 4 }, () => randomBytes(20_000));
      const results = await Promise.allSettled(bodies.map((body) => store.put(key, chunked(body, 7000))));
      const winners = results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []));
      expect(winners).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'OBJECT_EXISTS' });
      }
      expect((await read(store, key)).equals(bodies[winners[0]!]!)).toBe(true);
    }
  });

  it('refuses a writer that began first when another has finished meanwhile', async () => {
    const store = await open();
    const slow = (async function* () {
      yield Buffer.from('slow');
      await store.put('key', chunks(Buffer.from('fast')));
    })();
    await expectCode(store.put('key', slow), 'OBJECT_EXISTS');
    expect((await read(store, 'key')).toString()).toBe('fast');
    expect(await keys(store, '')).toEqual(['key']);
  });

  it('stores different keys at the same time', async () => {
    const store = await open();
    const bodies = new Map(Array.from({ length: 30 }, (_, index) => [`a/${index % 5}/${index}`, randomBytes(40_000)]));
    await Promise.all([...bodies].map(([key, body]) => store.put(key, chunked(body, 9000))));
    for (const [key, body] of bodies) expect((await read(store, key)).equals(body)).toBe(true);
  });
}

function reading(open: () => Promise<ObjectStore>, numRuns: number): void {
  it('reads any range of an object, cut at its end', async () => {
    const store = await open();
    const bytes = randomBytes(2 * MIB + 333);
    await store.put('ranges', chunked(bytes, MIB));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(bytes.length + 10), async (start, length) => {
        const part = await read(store, 'ranges', { range: { start, end: start + length } });
        expect(part.equals(bytes.subarray(start, start + length + 1))).toBe(true);
      }),
      { numRuns },
    );
    expect(await read(store, 'ranges', { range: { start: 0, end: 0 } })).toEqual(bytes.subarray(0, 1));
    const last = bytes.length - 1;
    expect(await read(store, 'ranges', { range: { start: last, end: last } })).toEqual(bytes.subarray(last));
    expect(await read(store, 'ranges', { range: { start: bytes.length, end: bytes.length + 5 } })).toHaveLength(0);
  });

  it('reads nothing from a range of an empty object', async () => {
    const store = await open();
    await store.put('empty', chunks());
    expect(await read(store, 'empty', { range: { start: 0, end: 9 } })).toHaveLength(0);
  });

  it.each([
    { start: -1, end: 3 },
    { start: 5, end: 4 },
    { start: 0.5, end: 3 },
  ])('refuses the range $start to $end', async (range) => {
    const store = await open();
    await store.put('object', chunks(Buffer.from('content')));
    await expectCode(read(store, 'object', { range }), 'INTERNAL');
  });

  it('says OBJECT_MISSING for an object that is not there, and for what is only the beginning of a key', async () => {
    const store = await open();
    await store.put('a/b/c', chunks(Buffer.from('x')));
    for (const key of ['nothing', 'a', 'a/b', 'a/b/c/d', 'x'.repeat(400)]) {
      const error = await expectCode(read(store, key), 'OBJECT_MISSING');
      expect(error.message).toContain(key);
      expect(await store.head(key)).toBeUndefined();
    }
  });

  it('lets a reader stop early and read again', async () => {
    const store = await open();
    await store.put('object', numbered(8));
    for (let round = 0; round < 3; round++) {
      for await (const chunk of store.get('object')) {
        expect(chunk.byteLength).toBeGreaterThan(0);
        break;
      }
    }
    expect(await read(store, 'object')).toHaveLength(8 * MIB);
  });

  it('gives every reader chunks of its own', async () => {
    const store = await open();
    await store.put('object', chunks(Buffer.from('content')));
    for await (const chunk of store.get('object')) chunk.fill(0);
    expect((await read(store, 'object')).toString()).toBe('content');
  });
}

function listing(open: () => Promise<ObjectStore>, numRuns: number, objects: number): void {
  it(`lists ${objects} objects in the order of their keys, and any prefix of them`, async () => {
    const store = await open();
    const all = Array.from({ length: objects }, (_, index) =>
      // Several depths, and characters on both sides of the slash: `-` and `.` sort before it, `0` after it.
      ['db', 'db-1', 'db.1', 'db0', 'Db'][index % 5]!.concat(index % 3 ? `/${index % 7}/` : '/', `o${index}`),
    );
    const queue = [...all];
    const work = async () => {
      for (let key = queue.pop(); key !== undefined; key = queue.pop()) await store.put(key, chunks());
    };
    await Promise.all(Array.from({ length: 16 }, work));
    const sorted = [...all].sort();
    expect(await keys(store, '')).toEqual(sorted);
    for (const prefix of [
      'd',
      'db',
      'db/',
      'db/1',
      'db/1/',
      'db/1/o11',
      'db0/o',
      sorted[77]!,
      `${sorted[77]!}x`,
      'e',
    ]) {
      expect(await keys(store, prefix), prefix).toEqual(sorted.filter((key) => key.startsWith(prefix)));
    }
  }, 180_000);

  it('lists any set of keys in their order, for any prefix', async () => {
    const name = fc.constantFrom('a', 'b', 'a-', 'a.', 'a0', 'ab', 'é', 'A', ' ', '~');
    const key = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 12 }), key, fc.nat(5), async (given, other, cut) => {
        // A file store cannot hold both `a` and `a/b`.
        const set = given.filter((one) => !given.some((two) => two.startsWith(`${one}/`)));
        const store = await open();
        for (const each of set) await store.put(each, chunks(Buffer.from(each)));
        for (const prefix of ['', other, other.slice(0, cut), `${other}/`]) {
          expect(await keys(store, prefix)).toEqual(set.filter((each) => each.startsWith(prefix)).sort());
        }
      }),
      { numRuns },
    );
  }, 60_000);

  it('tells size and time of what it lists, as head does', async () => {
    const store = await open();
    await store.put('a/b', chunks(randomBytes(1234)));
    for await (const info of store.list('a')) expect(await store.head('a/b')).toMatchObject(info);
    expect((await first(store.list('a')))?.size).toBe(1234);
  });

  it.each(['/', '../', '..', 'a/../', './', 'a//', '\0', '.holdfast-tmp-', '\ud800/'])(
    'lists nothing for the prefix %j, with which no key begins',
    async (prefix) => {
      const store = await open();
      await store.put('a/b', chunks());
      expect(await keys(store, prefix)).toEqual([]);
    },
  );

  it('lets a caller stop listing early', async () => {
    const store = await open();
    for (const key of ['a', 'b/c', 'd']) await store.put(key, chunks());
    expect((await first(store.list('')))?.key).toBe('a');
    expect(await keys(store, '')).toEqual(['a', 'b/c', 'd']);
  });
}

function deleting(open: () => Promise<ObjectStore>): void {
  it('removes an object alone, where it may delete at all, and frees its key', async () => {
    const store = await open();
    await store.put('a/b/one', chunks(Buffer.from('1')));
    await store.put('a/b/two', chunks(Buffer.from('2')));
    if (!store.delete) return;
    await store.delete('a/b/one');
    expect(await keys(store, '')).toEqual(['a/b/two']);
    await expectCode(read(store, 'a/b/one'), 'OBJECT_MISSING');
    await store.delete('a/b/one');
    await store.delete('a');
    expect(await keys(store, '')).toEqual(['a/b/two']);
    await store.put('a/b/one', chunks(Buffer.from('new')));
    expect((await read(store, 'a/b/one')).toString()).toBe('new');
    await store.delete('a/b/one');
    await store.delete('a/b/two');
    expect(await keys(store, '')).toEqual([]);
    await store.put('a', chunks());
    expect(await keys(store, '')).toEqual(['a']);
  });

  it('gives an object another key, where it may rename at all, and never one that is taken', async () => {
    const store = await open();
    if (!store.rename) return;
    await store.put('a/b/one', chunks(Buffer.from('1')));
    await store.put('a/two', chunks(Buffer.from('2')));
    await store.rename('a/b/one', 'c/d/one');
    expect(await keys(store, '')).toEqual(['a/two', 'c/d/one']);
    expect((await read(store, 'c/d/one')).toString()).toBe('1');
    await expectCode(store.rename('a/two', 'c/d/one'), 'OBJECT_EXISTS');
    await expectCode(store.rename('a/none', 'c/none'), 'VAULT_UNWRITABLE');
    await expectCode(store.rename('../x', 'c/x'), 'OBJECT_KEY_INVALID');
    expect(await keys(store, '')).toEqual(['a/two', 'c/d/one']);
  });
}

const UNUSUAL_KEYS = [
  'a b/with space ',
  'ü €/😀.txt',
  'quotes\'"`/x',
  'new\nline',
  'tab\tand\r',
  'back\\slash',
  'percent%2Fencoded%00',
  '..a/b../...',
  '.hidden/.x',
  'a:b*c?d|<e>',
  '-dash/--',
  '+plus&and=is#hash;semi',
  'composed-\u00e9',
  'composed-e\u0301',
  'CASE',
  'case',
  '$(touch x)',
  `long/${'n'.repeat(255)}`,
  `deep/${'d/'.repeat(200)}end`,
];

async function* chunks(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield await Promise.resolve(part);
}

async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

/** `count` MiB, each one different, so that pieces in the wrong order change the hash. */
async function* numbered(count: number, hash = createHash('sha256')): AsyncGenerator<Uint8Array> {
  const pattern = randomBytes(MIB);
  for (let index = 0; index < count; index++) {
    const piece = Buffer.from(pattern);
    piece.writeUInt32LE(index);
    hash.update(piece);
    yield await Promise.resolve(piece);
  }
}

async function read(store: ObjectStore, key: string, options?: GetOptions): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of store.get(key, options)) parts.push(chunk);
  return Buffer.concat(parts);
}

async function keys(store: ObjectStore, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const info of store.list(prefix)) found.push(info.key);
  return found;
}

async function first<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item;
  return undefined;
}

async function expectCode(outcome: Promise<unknown>, code: string): Promise<HoldfastError> {
  const error: unknown = await outcome.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HoldfastError);
  expect(error).toMatchObject({ code });
  return error as HoldfastError;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
