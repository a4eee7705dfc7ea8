import { beforeEach, describe, expect, it } from 'vitest';
import type { Expectations } from '../../../src/backup/status/judge.js';
import { readStatus, type VaultStatus } from '../../../src/backup/status/read-status.js';
import { HoldfastError } from '../../../src/core/errors.js';
import { readDocumentBytes } from '../../../src/vault/formats/document.js';
import { openMemoryStore } from '../../../src/vault/memory/memory-store.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';
import { overwrite, putBackup, putProof, type PutBackup } from './stored-backups.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = new Date('2026-11-22T12:00:00Z');
const ago = (ms: number) => new Date(NOW.getTime() - ms);

const DAILY: Expectations = {
  configured: true,
  objectives: { backupAgeMs: 26 * HOUR, proofAgeMs: 8 * DAY },
  volume: { maxRowDrop: 0.5, maxByteDrop: 0.5, onDrop: 'warn' },
};
const STRICT: Expectations = { ...DAILY, volume: { ...DAILY.volume, onDrop: 'fail' } };
const FOREIGN: Expectations = { configured: false, objectives: {}, volume: DAILY.volume };

let store: ObjectStore;
beforeEach(() => {
  // The store's clock goes right.
  store = openMemoryStore({ now: () => NOW });
});

function status(
  expected: Readonly<Record<string, Expectations>> = { db: DAILY },
  names: readonly string[] = [],
  from = store,
): Promise<VaultStatus> {
  const request = { expected: new Map(Object.entries(expected)), others: () => FOREIGN, names };
  return readStatus(request, { store: from, clock: { now: () => NOW } });
}

const statusOf = async (expected: Expectations = DAILY) => (await status({ db: expected })).databases[0];
const kinds = (found: Awaited<ReturnType<typeof statusOf>>) => found?.problems.map(({ kind }) => kind);

/** A backup that is two hours old, and was proven an hour ago. */
async function putGood(database = 'db'): Promise<PutBackup> {
  const backup = await putBackup(store, { database, takenAt: ago(2 * HOUR) });
  await putProof(store, backup, ago(HOUR));
  return backup;
}

describe('a database', () => {
  it('with a backup and a proof within their objectives is ok', async () => {
    const { manifest } = await putGood();
    expect(await statusOf()).toMatchObject({
      state: 'ok',
      problems: [],
      backups: { complete: 1, incomplete: 0 },
      lastBackup: { key: manifest.key, takenAt: ago(2 * HOUR), rows: 10, tables: 1, rawBytes: 2000 },
      lastProof: { backupKey: manifest.key, verdict: 'proven', verifiedAt: ago(HOUR) },
      backupAgeMs: 2 * HOUR,
      proofAgeMs: HOUR,
      notCompared: 'There is no earlier backup.',
    });
  });

  it('whose newest backup is exactly as old as it may be is ok, and a millisecond later it is not', async () => {
    const backup = await putBackup(store, { database: 'db', takenAt: ago(26 * HOUR) });
    await putProof(store, backup, ago(HOUR));
    expect(kinds(await statusOf())).toEqual([]);
    const objectives = { ...DAILY.objectives, backupAgeMs: 26 * HOUR - 1 };
    const found = await statusOf({ ...DAILY, objectives });
    expect(found).toMatchObject({ state: 'broken', problems: [{ kind: 'backup-too-old' }] });
    expect(found?.problems[0]?.message).toBe('The newest backup is 1d2h old; at most 1d1h is allowed.');
  });

  it('of the config that has no backup is broken, also when one was begun', async () => {
    expect(await statusOf()).toMatchObject({
      state: 'broken',
      lastBackup: undefined,
      problems: [{ kind: 'no-backup' }],
    });
    const { manifest } = await putBackup(store, { database: 'db', takenAt: ago(HOUR) });
    await store.delete?.(manifest.key.replace('.sql.gz', '.manifest.json'));
    const found = await statusOf();
    expect(found).toMatchObject({ backups: { complete: 0, incomplete: 1 }, problems: [{ kind: 'no-backup' }] });
    expect(found?.problems[0]?.message).toContain('incomplete');
  });

  it('that nothing is asked of is ok without a backup', async () => {
    expect((await statusOf({ ...DAILY, objectives: {} }))?.state).toBe('ok');
  });

  it('whose backup is dated in the future is broken, since it would hide that newer ones are missing', async () => {
    await putBackup(store, { database: 'db', takenAt: ago(-HOUR) });
    expect(kinds(await statusOf({ ...DAILY, objectives: { backupAgeMs: DAY } }))).toEqual(['backup-in-future']);
  });

  it('of the vault that the config does not have is shown, and held to nothing', async () => {
    await putGood();
    await putBackup(store, { database: 'forgotten', takenAt: ago(900 * DAY) });
    const { databases } = await status();
    expect(databases.map(({ database, configured, state }) => [database, configured, state])).toEqual([
      ['db', true, 'ok'],
      ['forgotten', false, 'ok'],
    ]);
  });
});

describe('a proof', () => {
  it('that is missing, or came to no verdict, or is too old, breaks the objective', async () => {
    const backup = await putBackup(store, { database: 'db', takenAt: ago(10 * HOUR) });
    expect(kinds(await statusOf())).toEqual(['never-proven']);
    const lacking = [{ name: 'postgis', dependents: [] }];
    await putProof(store, backup, ago(HOUR), { verdict: 'incomplete', missingExtensions: lacking });
    const found = await statusOf();
    expect(found).toMatchObject({ lastProof: { verdict: 'incomplete' }, problems: [{ kind: 'never-proven' }] });
    expect(found?.problems[0]?.message).toContain('reached a verdict');
    await putProof(store, backup, ago(9 * DAY));
    expect(await statusOf()).toMatchObject({ lastProof: { verdict: 'proven' }, problems: [{ kind: 'proof-too-old' }] });
  });

  it('counts for the database whichever of its backups it is of, the newest first', async () => {
    const old = await putBackup(store, { database: 'db', takenAt: ago(3 * DAY) });
    const recent = await putBackup(store, { database: 'db', takenAt: ago(HOUR) });
    await putProof(store, recent, ago(3 * HOUR));
    await putProof(store, old, ago(2 * HOUR));
    expect(await statusOf()).toMatchObject({ state: 'ok', lastProof: { backupKey: old.manifest.key } });
  });

  it('that is bad breaks even where nothing is asked for, until a newer one is good', async () => {
    const backup = await putBackup(store, { database: 'db', takenAt: ago(10 * HOUR) });
    const differences = [{ type: 'TABLE', schema: 'public', name: 't', reason: 'missing' }];
    const bad = await putProof(store, backup, ago(2 * HOUR), { verdict: 'differs', matched: 2, differences });
    const { key } = backup.manifest;
    const { problems } = (await statusOf(FOREIGN)) ?? {};
    expect(problems).toMatchObject([{ kind: 'proof-failed', severity: 'broken' }]);
    for (const said of ['TABLE public.t: missing', `\`holdfast show ${key}\``, `\`holdfast verify ${key}\``]) {
      expect(problems?.[0]?.message).toContain(said);
    }
    const { sha256 } = await readDocumentBytes(store, bad);
    await putProof(store, backup, ago(HOUR), { supersedes: [{ key: bad, sha256 }] });
    expect(await statusOf()).toMatchObject({ state: 'ok' });
  });

  it('B11: that is bad is told with the newer backup that is proven, and what settles it', async () => {
    const backup = await putBackup(store, { database: 'db', takenAt: ago(10 * HOUR) });
    await putProof(store, backup, ago(9 * HOUR), { verdict: 'unreadable', matched: 0, entries: 0 });
    const newer = await putBackup(store, { database: 'db', takenAt: ago(2 * HOUR) });
    await putProof(store, newer, ago(HOUR));
    const found = await statusOf();
    expect(found).toMatchObject({ state: 'broken', lastProof: { backupKey: backup.manifest.key } });
    const spec = `db@${ago(2 * HOUR)
      .toISOString()
      .replace('.000Z', 'Z')}`;
    expect(found?.problems[0]?.message).toContain(`A newer backup is proven, ${spec}`);
    expect(found?.problems[0]?.message).toContain('`holdfast prune`');
  });

  it('of another manifest than the one that is there does not count', async () => {
    const backup = await putBackup(store, { database: 'db', takenAt: ago(10 * HOUR) });
    await putProof(store, { ...backup, manifestSha256: 'f'.repeat(64) }, ago(HOUR));
    expect(await statusOf()).toMatchObject({ lastProof: undefined, problems: [{ kind: 'never-proven' }] });
  });
});

describe('what cannot be read', () => {
  it('is told of, and the newest backup is the one before', async () => {
    const { manifest } = await putGood();
    const damaged = await putBackup(store, { database: 'db', takenAt: ago(HOUR) });
    const manifestKey = damaged.manifest.key.replace('.sql.gz', '.manifest.json');
    await overwrite(store, manifestKey, '{}');
    const found = await statusOf();
    expect(found).toMatchObject({ state: 'unreadable', lastBackup: { key: manifest.key } });
    expect(found?.problems).toEqual([
      { kind: 'unreadable', severity: 'unreadable', message: expect.stringContaining(manifestKey) as string },
    ]);
  });

  it('is no missing backup', async () => {
    const { manifest } = await putBackup(store, { database: 'db', takenAt: ago(HOUR) });
    await overwrite(store, manifest.key.replace('.sql.gz', '.manifest.json'), '{}');
    expect(kinds(await statusOf())).toEqual(['unreadable']);
  });

  it('among the proofs does not hide the one before', async () => {
    const backup = await putGood();
    await overwrite(store, await putProof(store, backup, ago(HOUR / 2)), 'x');
    expect(await statusOf()).toMatchObject({ state: 'unreadable', lastProof: { verdict: 'proven' } });
  });

  it('of entries leaves the totals to be compared', async () => {
    const old = await putBackup(store, { database: 'db', takenAt: ago(3 * HOUR), tables: { t: 1000 } });
    await putGood();
    await overwrite(store, old.manifest.key.replace('.sql.gz', '.entries.jsonl.gz'), 'x');
    expect(kinds(await statusOf())).toEqual(['unreadable', 'volume-dropped', 'volume-dropped']);
  });

  it('may be the vault itself: then nothing is known of any database of the config', async () => {
    const refuse = (): never => {
      throw new HoldfastError('VAULT_UNREADABLE', 'Listing failed: s3:ListBucket was refused.');
    };
    const { unreadable, databases } = await status({ a: DAILY, b: DAILY }, ['a'], {
      ...store,
      url: 's3://v',
      list: refuse,
    });
    expect(unreadable).toBe('Listing failed: s3:ListBucket was refused.');
    expect(databases).toMatchObject([{ database: 'a', state: 'unreadable', problems: [{ kind: 'unreadable' }] }]);
  });
});

describe('a drop', () => {
  it("from the backup before is found without the manifest's help, and breaks where the config says so", async () => {
    await putBackup(store, { database: 'db', takenAt: ago(30 * DAY), tables: { orders: 1000, gone: 1 } });
    await putProof(
      store,
      await putBackup(store, { database: 'db', takenAt: ago(HOUR), tables: { orders: 3 } }),
      ago(1),
    );
    const found = await statusOf();
    expect(found).toMatchObject({ state: 'warning', notCompared: undefined });
    expect(found?.drops).toEqual([
      expect.stringMatching(/^The rows are down by 99\.7 % .*: 1,001 → 3; most in public\.orders \(1,000 → 3\)\.$/),
      expect.stringMatching(/^The bytes of SQL are down by 98\.\d % /),
      'A table of the previous backup is gone: public.gone (1 row).',
    ]);
    expect(await statusOf(STRICT)).toMatchObject({ state: 'broken' });
  });

  it('is told of for a day after newer backups, from totals and from what the manifests say', async () => {
    const comparedWith = 'layer2/db/2026/11/22/db_20261122T020000Z.sql.gz';
    const vanished = { total: 1, tables: [{ schema: 'public', name: 'said', rows: 7 }] };
    const shrunk = { total: 0, tables: [] };
    const volume = { comparedWith, before: { rows: 3, rawBytes: 1300 }, drops: ['tables' as const], vanished, shrunk };
    const put = (hours: number, orders: number, manifest = {}) =>
      putBackup(store, { database: 'db', takenAt: ago(hours * HOUR), tables: { orders }, manifest });
    await put(31, 100_000);
    await put(30, 9000);
    await put(20, 3);
    await put(10, 3, { volume });
    await putProof(store, await put(1, 3), ago(1));
    expect((await statusOf())?.drops).toEqual([
      'The backup of 2026-11-22T02:00:00Z: A table of the previous backup is gone: public.said (7 rows).',
      expect.stringMatching(/^The backup of 2026-11-21T16:00:00Z: The rows are down by 99\.9 %/),
      expect.stringMatching(/^The backup of 2026-11-21T16:00:00Z: The bytes of SQL are down/),
    ]);
  });

  it('is not looked for between backups of different selections', async () => {
    const selection = { schemas: [], excludeTableData: [] };
    await putBackup(store, { database: 'db', takenAt: ago(3 * HOUR), tables: { t: 1000 }, manifest: { selection } });
    await putGood();
    const found = await statusOf();
    expect(found).toMatchObject({ drops: [], notCompared: expect.stringContaining('choice') as string });
    // That it holds only a part is told all the same.
    expect(kinds(found)).toEqual(['part']);
  });
});

describe('the list', () => {
  it('is worst first: no backup, then furthest over its objective, then unreadable, warnings, the rest by name', async () => {
    const put = async (database: string, ms: number, tables?: Readonly<Record<string, number>>) => {
      const backup = await putBackup(store, { database, takenAt: ago(ms), tables });
      await putProof(store, backup, ago(1000));
      return backup;
    };
    await put('b-ok', HOUR);
    await put('a-ok', HOUR);
    await put('old', 3 * DAY);
    await put('older', 9 * DAY);
    await put('shrunk', 2 * HOUR, { t: 100 });
    await put('shrunk', HOUR, { t: 1 });
    const damaged = await put('damaged', HOUR);
    await overwrite(store, damaged.manifest.key.replace('.sql.gz', '.manifest.json'), '{}');
    const names = ['a-ok', 'b-ok', 'old', 'older', 'shrunk', 'damaged', 'none'];
    const { databases } = await status(Object.fromEntries(names.map((name) => [name, DAILY])));
    expect(databases.map(({ database }) => database)).toEqual([
      ...['none', 'older', 'old', 'damaged', 'shrunk', 'a-ok', 'b-ok'],
    ]);
  });

  it('has the trend of the ten newest backups, oldest first', async () => {
    for (let hours = 12; hours > 0; hours--) {
      await putBackup(store, { database: 'db', takenAt: ago(hours * HOUR), tables: { t: 100 - hours } });
    }
    const { trend, backups } = (await statusOf()) ?? {};
    expect(backups).toEqual({ complete: 12, incomplete: 0 });
    expect(trend?.map(({ rows }) => rows)).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
  });

  it('may be of chosen databases, and a name that nobody knows is an error', async () => {
    await putGood();
    await putGood('other');
    expect((await status({ db: DAILY }, ['other'])).databases.map(({ database }) => database)).toEqual(['other']);
    await expect(status({ db: DAILY }, ['nobody'])).rejects.toMatchObject({ code: 'UNKNOWN_DATABASE' });
  });
});
