import { describe, expect, it } from 'vitest';
import { checkSource } from '../../../src/backup/create/check-source.js';
import { compareWithPrevious } from '../../../src/backup/create/compare-with-previous.js';
import { resolveVolume } from '../../../src/config/sections/volume.js';
import { HoldfastError } from '../../../src/core/errors.js';
import { openMemoryStore } from '../../../src/vault/memory/memory-store.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';
import { putBackup } from '../status/stored-backups.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const BEFORE = new Date('2026-11-21T12:00:00Z');
const logger = { debug() {}, info() {}, warn() {} };
const context = (store: ObjectStore) => ({ store, logger, clock: { now: () => NOW } });

/** As for a role that may only put: every request to read is denied, and counted. */
function denied(store: ObjectStore) {
  const asked: string[] = [];
  const list: ObjectStore['list'] = async function* (prefix) {
    asked.push(prefix);
    yield* [];
    throw await Promise.resolve(new HoldfastError('VAULT_UNREADABLE', 'Access Denied.'));
  };
  return { asked, store: { ...store, list } };
}

describe('B13: before a dump', () => {
  it('B13: another name on the server is refused, and its name is quoted for the shell', async () => {
    const store = openMemoryStore({ now: () => BEFORE });
    await putBackup(store, { database: 'db', takenAt: BEFORE });
    const source = { dbName: "or'; rm -rf", systemIdentifier: '7400000000000000001' };
    const refused = checkSource('db', source, context(store));
    await expect(refused).rejects.toMatchObject({ code: 'SOURCE_DIFFERS', exitCode: 2 });
    await expect(refused).rejects.toThrow('this is database "or\'; rm -rf" on the cluster');
    await refused.catch((error: HoldfastError) =>
      expect(error.hint).toContain(String.raw`holdfast accept db --db-name 'or'\''; rm -rf'`),
    );
  });

  it('B13: another cluster is a warning, an unknown one none, and a first backup is of the right source', async () => {
    const store = openMemoryStore({ now: () => BEFORE });
    const first = await checkSource('db', { dbName: 'any', systemIdentifier: '1' }, context(store));
    expect(first.warnings).toEqual([]);
    await putBackup(store, { database: 'db', takenAt: BEFORE });
    const of = (systemIdentifier?: string) =>
      checkSource('db', { dbName: 'orders_production', systemIdentifier }, context(store));
    expect((await of('7400000000000000001')).warnings).toEqual([]);
    expect((await of(undefined)).warnings).toEqual([]);
    expect((await of('7400000000000000002')).warnings).toEqual([expect.stringContaining('holdfast accept db')]);
  });

  it('B13: a writer that may not read is denied once, and its backup goes on', async () => {
    const { store, asked } = denied(openMemoryStore());
    const checked = await checkSource('db', { dbName: 'any', systemIdentifier: '1' }, context(store));
    expect(checked).toEqual({ warnings: [], unread: 'Access Denied.' });
    expect(asked).toHaveLength(1);
    const backup = {
      database: 'db',
      takenAt: NOW,
      selection: { schemas: [], excludeTableData: [] },
    } as unknown as Parameters<typeof compareWithPrevious>[0];
    expect(await compareWithPrevious(backup, resolveVolume(), context(store), checked.unread)).toEqual({
      comparedWith: null,
      reason: 'Access Denied.',
    });
    expect(asked).toHaveLength(1);
  });
});
