import { describe, expect, it } from 'vitest';
import { compareVolume, type Volume, VolumeTally } from '../../../src/backup/stored/volume.js';
import { describeDrops } from '../../../src/backup/stored/describe-volume.js';
import type { Entry } from '../../../src/dump/entry.js';

const LIMITS = { maxRowDrop: 0.5, maxByteDrop: 0.5, onDrop: 'warn' } as const;
const identity = { schema: 's', owner: 'o', occurrence: 1 };

function rows(name: string, count: number, schema = 's'): Entry {
  const content = { columns: ['a'], bytes: count, hash: '0'.repeat(32) };
  return {
    kind: 'table-data',
    ...identity,
    schema,
    type: 'TABLE DATA',
    name,
    table: { schema, name },
    rows: count,
    ...content,
  };
}

function attached(name: string): Entry {
  return { kind: 'schema', ...identity, type: 'TABLE ATTACH', name, bytes: 1, sha256: 'x' };
}

/** A backup that holds these entries, and a hundred bytes for each row if not said otherwise. */
function volume(entries: readonly Entry[], rawBytes?: number): Volume {
  const tables = new VolumeTally();
  for (const entry of entries) tables.add(entry);
  const total = [...tables.tables()].reduce((sum, table) => sum + table.rows, 0);
  return { totals: { rows: total, rawBytes: rawBytes ?? 100 * total }, tables };
}

describe('a backup', () => {
  it('that holds half of the one before has not dropped, and one row less has', () => {
    const before = volume([rows('t', 100)], 1000);
    expect(compareVolume(before, volume([rows('t', 50)], 500), LIMITS).drops).toEqual([]);
    expect(compareVolume(before, volume([rows('t', 49)], 500), LIMITS).drops).toEqual(['rows']);
    expect(compareVolume(before, volume([rows('t', 50)], 499), LIMITS).drops).toEqual(['bytes']);
  });

  it('that has grown, or follows an empty one, has not dropped', () => {
    expect(compareVolume(volume([rows('t', 1)]), volume([rows('t', 2)]), LIMITS).drops).toEqual([]);
    expect(compareVolume(volume([rows('t', 0)], 0), volume([rows('t', 0)], 0), LIMITS).drops).toEqual([]);
  });

  it('is held to the limits that are given: 1 allows all, 0 nothing', () => {
    const [before, after] = [volume([rows('t', 100)]), volume([rows('t', 99)])];
    const empty = volume([rows('t', 0)]);
    expect(compareVolume(before, empty, { ...LIMITS, maxRowDrop: 1, maxByteDrop: 1 }).drops).toEqual([]);
    expect(compareVolume(before, after, { ...LIMITS, maxRowDrop: 0 }).drops).toEqual(['rows']);
  });

  it('that lacks a table has dropped, though the totals are the same; the same name in another schema is another table', () => {
    const before = volume([rows('a', 10), rows('b', 0), rows('c', 5)]);
    const after = volume([rows('a', 15), rows('c', 0, 'other')]);
    const result = compareVolume(before, after, LIMITS);
    expect(result.drops).toEqual(['tables']);
    expect(result.vanished).toEqual({
      total: 2,
      tables: [
        { schema: 's', name: 'c', rows: 5 },
        { schema: 's', name: 'b', rows: 0 },
      ],
    });
  });

  it('may lack a partition of the one before, since partitions are dropped by design', () => {
    const before = volume([rows('events_2025', 10), attached('events_2025'), rows('events_2026', 90)]);
    expect(compareVolume(before, volume([rows('events_2026', 90)]), LIMITS)).toMatchObject({
      drops: [],
      vanished: { total: 0 },
    });
  });

  it('names the tables that lost most, largest loss first and at most twenty, without judging by them', () => {
    const many = Array.from({ length: 30 }, (_, index) => rows(`t${index}`, 10 + index));
    const before = volume([rows('big', 100_000), ...many]);
    const after = volume([rows('big', 99_000), ...many.map((entry) => rows(entry.name, 0))]);
    const { drops, shrunk } = compareVolume(before, after, LIMITS);
    expect(drops).toEqual([]);
    expect(shrunk.total).toBe(30);
    expect(shrunk.tables).toHaveLength(20);
    expect(shrunk.tables[0]).toEqual({ schema: 's', name: 't29', rowsBefore: 39, rows: 0 });
  });
});

describe('describeDrops', () => {
  it('says what has gone, how much, and where', () => {
    const before = volume([rows('orders', 9996), rows('audit', 4), rows('old', 0)], 1_000_000);
    const after = volume([rows('orders', 0), rows('audit', 4)], 1000);
    expect(describeDrops(compareVolume(before, after, LIMITS), after.totals)).toEqual([
      'The rows are down by 99.9 % from the previous backup: 10,000 → 4; most in s.orders (9,996 → 0).',
      'The bytes of SQL are down by 99.9 % from the previous backup: 1,000,000 → 1,000.',
      'A table of the previous backup is gone: s.old (0 rows).',
    ]);
  });
});
