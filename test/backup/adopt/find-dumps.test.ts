import { expect, test } from 'vitest';
import { adoptDumps } from '../../../src/backup/adopt/adopt-dumps.js';
import { findDumps } from '../../../src/backup/adopt/find-dumps.js';
import { silentLogger } from '../../../src/core/logger.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';

const keyOf = (database: string, at: Date, spelled = at.toISOString().slice(0, 19).replace(/[-:]/g, '') + 'Z') =>
  `layer2/${database}/${at.toISOString().slice(0, 10).replaceAll('-', '/')}/${database}_${spelled}.sql.gz`;

/** A store that can be listed, and does nothing else. */
function listing(keys: readonly string[], size = 1000): ObjectStore & { readonly lists: number } {
  const refuse = () => Promise.reject(new Error('only a listing is allowed'));
  return {
    lists: 0,
    url: 's3://bucket',
    put: refuse,
    head: refuse,
    get: () => {
      throw new Error('only a listing is allowed');
    },
    async *list(prefix) {
      (this as { lists: number }).lists += 1;
      const lastModified = new Date('2026-01-01T00:00:00Z');
      for (const key of keys) if (key.startsWith(prefix)) yield await Promise.resolve({ key, size, lastModified });
    },
  };
}

test('a dry run over tens of thousands of dumps lists them once, reads none, and says what reading them takes', async () => {
  const start = Date.parse('2020-01-01T00:00:00Z');
  const keys = Array.from({ length: 30_000 }, (_, hour) => keyOf('appdb', new Date(start + hour * 3_600_000)));
  const store = listing(keys);
  const context = { store, installed: [], env: {}, logger: silentLogger, clock: { now: () => new Date() } };
  const result = await adoptDumps({ databases: [], dryRun: true }, context);
  expect(store.lists).toBe(1);
  expect(result.found.dumps).toHaveLength(30_000);
  expect(result.cost).toEqual({ bytes: 30_000_000, lists: 30, gets: 30_000, writes: 150_000 });
  expect(result).toMatchObject({ adopted: [], refused: [] });
});

test('a name under which nothing is stored is an error, and not nothing to do', async () => {
  const store = listing([keyOf('appdb', new Date('2026-11-22T03:00:00Z'))]);
  await expect(findDumps(store, ['appdb', 'appbd'], undefined)).rejects.toMatchObject({
    code: 'UNKNOWN_DATABASE',
    message: 'Nothing is stored under layer2/appbd/ in s3://bucket.',
  });
});

test('dumps with a manifest are known, two of one second are in conflict, and other objects are counted', async () => {
  const at = new Date('2026-11-22T03:00:00Z');
  const found = await findDumps(
    listing([
      keyOf('a', at),
      keyOf('a', at).replace('.sql.gz', '.manifest.json'),
      keyOf('b', at),
      keyOf('b', at, '20261122_030000'),
      'layer2/b/latest.dump',
    ]),
    [],
    undefined,
  );
  expect(found).toMatchObject({ known: 1, listed: 5, others: { total: 1, keys: ['layer2/b/latest.dump'] } });
  expect(found.dumps.map(({ info }) => info.key)).toEqual([keyOf('b', at)]);
  expect(found.conflicts.map(({ info }) => info.key)).toEqual([keyOf('b', at, '20261122_030000')]);
});
