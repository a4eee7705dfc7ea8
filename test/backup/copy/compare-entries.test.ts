import { describe, expect, test } from 'vitest';
import { compareEntries } from '../../../src/backup/copy/compare-entries.js';
import type { Entry, SchemaEntry, SequenceValueEntry, TableDataEntry } from '../../../src/dump/entry.js';

const identity = { schema: 's', owner: 'o', occurrence: 1 };

function schemaEntry(name: string, overrides: Partial<SchemaEntry> = {}): SchemaEntry {
  return {
    kind: 'schema',
    ...identity,
    type: 'INDEX',
    name,
    bytes: 1,
    sha256: `${name}-exact`,
    canonicalSha256: `${name}-canonical`,
    ...overrides,
  };
}

function rows(name: string, overrides: Partial<TableDataEntry> = {}): TableDataEntry {
  return {
    kind: 'table-data',
    ...identity,
    type: 'TABLE DATA',
    name,
    table: { schema: 's', name },
    columns: ['a'],
    rows: 2,
    bytes: 4,
    hash: '00000001ffffffff0000000000000002',
    ...overrides,
  };
}

function sequence(lastValue: string, isCalled: boolean): SequenceValueEntry {
  return { kind: 'sequence-value', ...identity, type: 'SEQUENCE SET', name: 'q', lastValue, isCalled };
}

const reasons = (expected: Entry[], actual: Entry[], owners = true) =>
  compareEntries(expected, actual, { owners }).differences.map(({ name, reason }) => `${name}: ${reason}`);

describe('entries of a backup and of a copy', () => {
  test('match whatever their order', () => {
    const entries = [schemaEntry('a'), rows('t'), sequence('7', true), schemaEntry('b')];
    expect(compareEntries(entries, entries.toReversed())).toEqual({
      entries: 4,
      matched: 4,
      reprinted: 0,
      differences: [],
    });
  });

  test('that share an identity match as a set, and one too many is told', () => {
    const [one, other] = [
      schemaEntry('+', { sha256: '1', canonicalSha256: '1' }),
      schemaEntry('+', { sha256: '2', canonicalSha256: '2' }),
    ];
    expect(compareEntries([one, other], [other, one])).toMatchObject({ matched: 2, differences: [] });
    expect(reasons([one], [other, one])).toEqual(['+: is not in the backup']);
    expect(reasons([one, other], [one])).toEqual(['+: is missing from the copy']);
    expect(reasons([one, one], [one, other])).toEqual(['+: definition differs']);
  });

  test('that are only printed otherwise match, and are counted', () => {
    expect(compareEntries([schemaEntry('a')], [schemaEntry('a', { sha256: 'other' })])).toMatchObject({
      matched: 1,
      reprinted: 1,
      differences: [],
    });
    const without = { sha256: 'other', canonicalSha256: undefined };
    expect(reasons([schemaEntry('a', { canonicalSha256: undefined })], [schemaEntry('a', without)])).toEqual([
      'a: definition differs',
    ]);
  });

  test('differ by their owner, unless owners do not count', () => {
    const [mine, yours] = [schemaEntry('a'), schemaEntry('a', { owner: 'p' })];
    expect(reasons([mine], [yours])).toEqual(['a: belongs to p, was o']);
    expect(reasons([mine], [schemaEntry('a', { owner: null })])).toEqual(['a: belongs to nobody, was o']);
    expect(reasons([mine], [yours], false)).toEqual([]);
  });

  test('of rows differ by number, then by content, and by columns that are gone', () => {
    expect(reasons([rows('t')], [rows('t', { rows: 1 })])).toEqual(['t: has 1 row, was 2 rows']);
    expect(reasons([rows('t', { rows: 1234567 })], [rows('t', { rows: 0 })])).toEqual([
      't: has 0 rows, was 1,234,567 rows',
    ]);
    expect(reasons([rows('t')], [rows('t', { hash: '0'.repeat(32) })])).toEqual([
      't: rows differ in content (2 rows in both)',
    ]);
    expect(reasons([rows('t', { columns: ['a', 'b'] })], [rows('t', { columns: [] })])).toEqual([
      't: has no columns a, b',
    ]);
  });

  test('of rows that were loaded through one root are added up, each lane by itself', () => {
    const root = { table: { schema: 's', name: 'root' } };
    const one = rows('p1', { ...root, rows: 1, bytes: 2, hash: 'ffffffff00000001' + '80000000' + '00000000' });
    const two = rows('p2', { ...root, rows: 2, bytes: 3, hash: '00000002ffffffff' + '80000000' + '0000000f' });
    const sum = rows('root', { ...root, rows: 3, bytes: 5, hash: '0000000100000000' + '00000000' + '0000000f' });
    expect(compareEntries([one, two], [sum])).toMatchObject({ entries: 1, matched: 1, differences: [] });
    expect(reasons([one, two], [{ ...sum, rows: 4 }])).toEqual(['root: has 4 rows, was 3 rows']);
  });

  test('of a sequence differ by its value and by whether it was used', () => {
    expect(reasons([sequence('7', true)], [sequence('8', true)])).toEqual(['q: is at 8, was 7']);
    expect(reasons([sequence('7', true)], [sequence('7', false)])).toEqual(['q: is at 7 (not yet used), was 7']);
    expect(reasons([sequence('9223372036854775807', true)], [sequence('9223372036854775806', true)])).toHaveLength(1);
  });

  test('of large objects differ by size, then by content', () => {
    const object = (bytes: number, sha256: string): Entry => ({
      kind: 'large-object',
      ...identity,
      type: 'LARGE OBJECT DATA',
      name: '1',
      bytes,
      sha256,
    });
    expect(reasons([object(2, 'x')], [object(1, 'x')])).toEqual(['1: has 1 byte, was 2 bytes']);
    expect(reasons([object(2, 'x')], [object(2, 'y')])).toEqual(['1: differs in content']);
  });

  test('of a materialized view say only that it is populated', () => {
    const view = (sha256: string) =>
      schemaEntry('m', { type: 'MATERIALIZED VIEW DATA', sha256, canonicalSha256: undefined });
    expect(reasons([view('x')], [view('')])).toEqual([]);
    expect(reasons([view('x')], [])).toEqual(['m: is missing from the copy']);
  });
});
