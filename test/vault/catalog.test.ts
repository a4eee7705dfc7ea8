import { describe, expect, it } from 'vitest';
import { listBackups } from '../../src/vault/catalog.js';
import { backupKeys, proofKey } from '../../src/vault/keys.js';
import { openMemoryStore } from '../../src/vault/memory/memory-store.js';
import type { ObjectStore } from '../../src/vault/object-store.js';
import { resolveBackup } from '../../src/vault/resolve-backup.js';

async function putText(store: ObjectStore, key: string, text = key): Promise<void> {
  const body = (async function* () {
    yield await Promise.resolve(Buffer.from(text));
  })();
  await store.put(key, body);
}

interface Layout {
  readonly prefix?: string;
  readonly only?: readonly ('dump' | 'manifest' | 'globals')[];
}

/** Stores the objects of a backup; their content does not matter to the catalog. */
async function putBackup(store: ObjectStore, database: string, time: string, layout: Layout = {}): Promise<string> {
  const keys = backupKeys({ database, takenAt: new Date(time), compression: 'gzip', prefix: layout.prefix });
  for (const role of layout.only ?? (['dump', 'globals', 'manifest'] as const)) await putText(store, keys[role]);
  return keys.base;
}

describe('listing backups', () => {
  it('groups the objects of each backup, newest first', async () => {
    const store = openMemoryStore();
    const older = await putBackup(store, 'orders', '2026-11-21T03:00:00Z');
    const newer = await putBackup(store, 'orders', '2026-11-22T03:00:00Z');
    const other = await putBackup(store, 'a_b.c', '2026-11-21T15:00:00Z');
    const proofs = ['2026-11-23T00:00:00Z', '2026-11-22T12:00:00Z'].map((time) => proofKey(newer, new Date(time)));
    for (const key of proofs) await putText(store, key);
    const backups = await listBackups(store);
    expect(backups.map(({ baseKey }) => baseKey)).toEqual([newer, other, older]);
    expect(backups[0]).toMatchObject({
      database: 'orders',
      state: 'complete',
      takenAt: new Date('2026-11-22T03:00:00Z'),
      key: `${newer}.sql.gz`,
      manifestKey: `${newer}.manifest.json`,
      proofKeys: proofs,
    });
    expect(backups[0]?.objects.map(({ key }) => key)).toHaveLength(5);
    expect(backups[0]?.objects[0]?.size).toBeGreaterThan(0);
  });

  it('lists one database alone, also when another one begins with its name', async () => {
    const store = openMemoryStore();
    await putBackup(store, 'db', '2026-11-21T03:00:00Z');
    await putBackup(store, 'db2', '2026-11-22T03:00:00Z');
    await putBackup(store, 'db_x', '2026-11-22T03:00:00Z');
    expect((await listBackups(store, 'db')).map(({ database }) => database)).toEqual(['db']);
    expect(await listBackups(store, 'd')).toEqual([]);
  });

  it.each([
    [['dump'] as const, { key: expect.any(String) as string, manifestKey: undefined }],
    [['globals'] as const, { key: undefined, manifestKey: undefined }],
    [['manifest'] as const, { key: undefined, manifestKey: expect.any(String) as string }],
  ])('shows a backup of which only %j is there as incomplete', async (only, expected) => {
    const store = openMemoryStore();
    await putBackup(store, 'db', '2026-11-21T03:00:00Z', { only });
    expect(await listBackups(store)).toEqual([expect.objectContaining({ state: 'incomplete', ...expected })]);
  });

  it('passes over what is not ours, and what lies under another prefix', async () => {
    const store = openMemoryStore();
    await putText(store, 'layer2/README.txt');
    await putText(store, 'layer2/db/2026/11/21/notes.txt');
    await putBackup(store, 'db', '2026-11-21T03:00:00Z', { prefix: 'layer2/copy' });
    await putBackup(store, 'db', '2026-11-21T03:00:00Z', { prefix: 'layer3' });
    await putBackup(store, 'db', '2026-11-21T03:00:00Z', { prefix: '' });
    expect(await listBackups(store)).toEqual([]);
    expect(await listBackups(store, 'db', { prefix: 'layer3' })).toHaveLength(1);
    expect(await listBackups(store, undefined, { prefix: '' })).toHaveLength(1);
  });
});

describe('naming a backup', () => {
  async function vault(): Promise<ObjectStore> {
    const store = openMemoryStore();
    for (const time of ['2026-11-20T03:00:00Z', '2026-11-22T03:00:00Z', '2026-11-22T23:59:59Z', '2026-11-24T03:00:00Z'])
      await putBackup(store, 'orders', time);
    // Newer than all, and not complete: never chosen.
    await putBackup(store, 'orders', '2026-11-25T03:00:00Z', { only: ['dump', 'globals'] });
    await putBackup(store, 'strange@latest', '2026-11-22T03:00:00Z');
    await putBackup(store, 'unfinished', '2026-11-22T03:00:00Z', { only: ['dump'] });
    return store;
  }

  it.each([
    ['orders', '2026-11-24T03:00:00Z'],
    ['orders@latest', '2026-11-24T03:00:00Z'],
    ['orders@2026-11-22T03:00:00Z', '2026-11-22T03:00:00Z'],
    ['orders@2026-11-22T02:59:59Z', '2026-11-20T03:00:00Z'],
    ['orders@2026-11-22T03:00Z', '2026-11-22T03:00:00Z'],
    ['orders@2026-11-22T05:00:00+02:00', '2026-11-22T03:00:00Z'],
    ['orders@2026-11-22T04:59:59+02:00', '2026-11-20T03:00:00Z'],
    ['orders@20261122T030000Z', '2026-11-22T03:00:00Z'],
    ['orders@2026-11-22', '2026-11-22T23:59:59Z'],
    ['orders@2026-11-23', '2026-11-22T23:59:59Z'],
    ['orders@2030-01-01', '2026-11-24T03:00:00Z'],
    ['strange@latest', '2026-11-22T03:00:00Z'],
    ['strange@latest@latest', '2026-11-22T03:00:00Z'],
    ['layer2/orders/2026/11/22/orders_20261122T030000Z.sql.gz', '2026-11-22T03:00:00Z'],
    ['layer2/orders/2026/11/22/orders_20261122T030000Z.manifest.json', '2026-11-22T03:00:00Z'],
  ])('%s is the one of %s', async (spec, time) => {
    const backup = await resolveBackup(await vault(), spec);
    expect(backup).toMatchObject({ state: 'complete', takenAt: new Date(time) });
  });

  it.each([
    ['orders@2026-11-19', /oldest complete backup is dated 2026-11-20T03:00:00Z, its newest 2026-11-24T03:00:00Z/],
    ['orders@yesterday', /"yesterday" in "orders@yesterday" is not a moment/],
    ['orders@2026-02-30', /not a moment/],
    ['orders@2026-02-30T00:00:00+02:00', /not a moment/],
    ['orders@2026-11-22T03:00:00', /not a moment/],
    ['order', /no backup of "order"; it has backups of orders,/],
    ['', /no backup of ""/],
    ['unfinished', /no complete backup, only 1 incomplete/],
    ['unfinished@2026-11-30', /no complete backup, only 1 incomplete/],
    ['strange@2026-11-21', /no backup of "strange"/],
    ['layer2/orders/2026/11/25/orders_20261125T030000Z.sql.gz', /incomplete: it has no manifest/],
    ['layer2/orders/2026/11/22/orders_20261122T030001Z.sql.gz', /has no object/],
    ['layer2/orders/2026/11/22/orders_20261122T030000Z.sql.zst', /has no object/],
    ['layer2/none/2026/11/22/none_20261122T030000Z.sql.gz', /no backup of "none"/],
    ['some/file', /not the key of a backup/],
  ])('%j is refused, and what there is is told', async (spec, words) => {
    await expect(resolveBackup(await vault(), spec)).rejects.toMatchObject({
      code: 'UNKNOWN_BACKUP',
      message: expect.stringMatching(words) as string,
    });
  });

  it('proposes the nearest database only when it is near', async () => {
    const hintFor = async (spec: string) => {
      const error: unknown = await resolveBackup(await vault(), spec).catch((reason: unknown) => reason);
      return (error as { hint: string }).hint;
    };
    expect(await hintFor('oders')).toBe('Did you mean orders?');
    expect(await hintFor('oders@latest')).toBe('Did you mean orders?');
    expect(await hintFor('warehouse')).not.toContain('Did you mean');
  });

  it('names at most eight databases, the nearest ones, and says how many more there are', async () => {
    const store = openMemoryStore();
    for (let index = 10; index < 30; index++) await putBackup(store, `db${index}`, '2026-11-20T03:00:00Z');
    const message = expect.stringMatching(/backups of db13, db23(, db\d\d){6} and 12 more\.$/) as string;
    await expect(resolveBackup(store, 'db3')).rejects.toMatchObject({ message });
  });

  it('says so when the vault holds nothing', async () => {
    await expect(resolveBackup(openMemoryStore(), 'orders')).rejects.toMatchObject({
      code: 'UNKNOWN_BACKUP',
      message: expect.stringContaining('holds no backup of any database') as string,
    });
  });
});
