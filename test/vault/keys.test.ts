import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backupKeys,
  databasePrefix,
  formatKey,
  formatStamp,
  parseKey,
  parseStamp,
  proofKey,
  type BackupObject,
} from '../../src/vault/keys.js';
import { keyFault } from '../../src/syntax/object-key.js';

const second = fc
  .integer({ min: Date.UTC(1970, 0, 1) / 1000, max: Date.UTC(9999, 11, 31, 23, 59, 59) / 1000 })
  .map((seconds) => new Date(seconds * 1000));

const namePart = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('_', '.', '-', 'a', 'Z', '0', 'T', '2'), minLength: 1, maxLength: 24 }),
  // Names that look like the layout itself.
  fc.constantFrom('db_20261122T030000Z', 'x.sql.gz', 'a.manifest.json', '2026', 'db_', '_', '20261122T030000Z'),
);
const database = namePart.filter((name) => !name.includes('/') && keyFault(name) === undefined);
const prefix = fc.oneof(
  fc.constantFrom('', 'layer2'),
  fc.array(database, { minLength: 1, maxLength: 7 }).map((parts) => parts.join('/')),
);
const object: fc.Arbitrary<BackupObject> = fc.oneof(
  fc.record({ role: fc.constant('dump' as const), compression: fc.constantFrom('gzip', 'zstd', 'none' as const) }),
  fc.record({ role: fc.constantFrom('globals', 'entries', 'segments', 'manifest' as const) }),
  fc.record({ role: fc.constant('proof' as const), verifiedAt: second }),
);

describe('the layout of a vault', () => {
  it('has the keys that are documented', () => {
    const takenAt = new Date('2026-11-22T03:00:00Z');
    expect(backupKeys({ database: 'orders', takenAt, compression: 'gzip' })).toEqual({
      base: 'layer2/orders/2026/11/22/orders_20261122T030000Z',
      dump: 'layer2/orders/2026/11/22/orders_20261122T030000Z.sql.gz',
      globals: 'layer2/orders/2026/11/22/orders_20261122T030000Z.globals.sql.gz',
      entries: 'layer2/orders/2026/11/22/orders_20261122T030000Z.entries.jsonl.gz',
      segments: 'layer2/orders/2026/11/22/orders_20261122T030000Z.segments.jsonl.gz',
      manifest: 'layer2/orders/2026/11/22/orders_20261122T030000Z.manifest.json',
    });
    expect(backupKeys({ database: 'a', takenAt, compression: 'zstd', prefix: '' }).dump).toBe(
      'a/2026/11/22/a_20261122T030000Z.sql.zst',
    );
    expect(backupKeys({ database: 'a', takenAt, compression: 'none', prefix: 'x/y' }).dump).toBe(
      'x/y/a/2026/11/22/a_20261122T030000Z.sql',
    );
    expect(proofKey('b/x', new Date('2026-11-23T04:05:06.789Z'))).toBe('b/x.proof-20261123T040506Z.json');
  });

  it('is read back exactly from any key that it made', () => {
    fc.assert(
      fc.property(prefix, database, second, object, (prefix, database, takenAt, object) => {
        const key = formatKey({ prefix, database, takenAt }, object);
        const { base, ...parsed } = parseKey(key) ?? expect.fail(`not parsed: ${key}`);
        expect(parsed).toEqual({ prefix, database, takenAt, object });
        expect(key.startsWith(base)).toBe(true);
        expect(keyFault(key)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  it('makes again, from what it reads, the very key: one that is only similar is not ours', () => {
    const good = 'layer2/orders/2026/11/22/orders_20261122T030000Z.proof-20261123T040506Z.json';
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.string({ unit: 'binary-ascii', maxLength: 2 }), (at, text) => {
        const key = good.slice(0, at) + text + good.slice(at + 1);
        const parsed = parseKey(key);
        if (parsed) expect(formatKey(parsed, parsed.object)).toBe(key);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '',
    'orders',
    'layer2/orders/2026/11/22/orders_20261122T030000Z',
    'layer2/orders/2026/11/22/orders_20261122T030000Z.sql.bz2',
    'layer2/orders/2026/11/22/orders_20261122T030000Z.sql.gz.part',
    'layer2/orders/2026/11/22/other_20261122T030000Z.sql.gz',
    'layer2/orders/2026/11/23/orders_20261122T030000Z.sql.gz',
    'layer2/orders/2026/11/22/orders_20261122T250000Z.sql.gz',
    'layer2/orders/2026/02/30/orders_20260230T030000Z.sql.gz',
    'layer2/orders/2026/11/22/orders_20261122T030000.manifest.json',
    'layer2/orders/2026/11/22/orders_20261123_030000.sql.gz',
    'layer2/orders/2026/11/22/orders_latest.sql.gz',
    'layer2/orders/2026/11/22/orders_20261122T030000Z.proof-20261322T030000Z.json',
    'layer2/orders/2026/11/22/orders_20261122T030000Z/schema.dump',
    '/orders/2026/11/22/orders_20261122T030000Z.sql.gz',
    'a//orders/2026/11/22/orders_20261122T030000Z.sql.gz',
    '../orders/2026/11/22/orders_20261122T030000Z.sql.gz',
    'layer2//2026/11/22/_20261122T030000Z.sql.gz',
  ])('does not take %j for one of its keys', (key) => {
    expect(parseKey(key)).toBeUndefined();
  });

  it.each([
    '20261122T030000',
    '20261122_030000',
    '2026-11-22_03-00-00',
    '2026-11-22T03:00:00Z',
    '20261122-0300',
    '20261122030000',
    '1795316400',
  ])('reads the time %s in the name of a dump that others have stored', (stamp) => {
    expect(parseKey(`layer2/orders/2026/11/22/orders_${stamp}.sql.gz`)).toEqual({
      prefix: 'layer2',
      database: 'orders',
      takenAt: new Date('2026-11-22T03:00:00Z'),
      object: { role: 'dump', compression: 'gzip' },
      base: 'layer2/orders/2026/11/22/orders_20261122T030000Z',
      foreign: true,
    });
  });

  it.each(['', '.', '..', 'a/b', 'a\0', '.holdfast-tmp-x'])('has no place for a database called %j', (name) => {
    const place = { database: name, takenAt: new Date(0), compression: 'gzip' } as const;
    expect(() => backupKeys(place)).toThrow(expect.objectContaining({ code: 'OBJECT_KEY_INVALID' }));
    expect(() => databasePrefix(name)).toThrow(expect.objectContaining({ code: 'OBJECT_KEY_INVALID' }));
  });

  it.each(['/', 'layer2/', '/layer2', 'a//b', '..'])('takes no prefix %j', (prefix) => {
    expect(() => databasePrefix('db', prefix)).toThrow(expect.objectContaining({ code: 'OBJECT_KEY_INVALID' }));
  });

  it('writes moments in UTC and drops milliseconds, and refuses one that has no four-digit year', () => {
    expect(formatStamp(new Date('2026-11-22T23:30:00.999-02:00'))).toBe('20261123T013000Z');
    expect(parseStamp('20261123T013000Z')).toEqual(new Date('2026-11-23T01:30:00Z'));
    for (const moment of [new Date(NaN), new Date('+010000-01-01T00:00:00Z'), new Date('-000001-01-01T00:00:00Z')]) {
      expect(() => formatStamp(moment)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    }
  });
});
