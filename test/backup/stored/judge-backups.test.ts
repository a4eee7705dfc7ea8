import { beforeEach, describe, expect, it } from 'vitest';
import { pruneBackups } from '../../../src/backup/retention/prune-backups.js';
import { chooseBackup } from '../../../src/backup/stored/choose-backup.js';
import { judgeBackups } from '../../../src/backup/stored/judge-backups.js';
import type { JudgedBackup } from '../../../src/backup/stored/judged-backup.js';
import { readStatus } from '../../../src/backup/status/read-status.js';
import { resolveRetention } from '../../../src/config/sections/retention.js';
import { resolveVolume } from '../../../src/config/sections/volume.js';
import { listBackups } from '../../../src/vault/catalog.js';
import { openMemoryStore } from '../../../src/vault/memory/memory-store.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';
import { overwrite, putBackup, putProof } from '../status/stored-backups.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = new Date('2026-11-22T23:59:59Z');
const at = (text: string) => new Date(text);

let store: ObjectStore;
/** The store's own clock. */
let storedAt: Date;
beforeEach(() => {
  storedAt = NOW;
  store = openMemoryStore({ now: () => storedAt });
});

interface ToPut {
  readonly tables?: Readonly<Record<string, number>>;
  readonly verdict?: 'proven' | 'differs';
}

async function put(takenAt: Date, { tables, verdict }: ToPut = {}): Promise<string> {
  storedAt = takenAt < NOW ? takenAt : NOW;
  const backup = await putBackup(store, { database: 'db', takenAt, tables });
  const bad = { differences: [{ type: 'TABLE', schema: 'public', name: 't', reason: 'missing' }], matched: 2 };
  if (verdict) await putProof(store, backup, storedAt, verdict === 'differs' ? { verdict, ...bad } : {});
  return backup.manifest.key;
}

async function judged(): Promise<JudgedBackup[]> {
  return judgeBackups(store, await listBackups(store, 'db'), { now: NOW, limits: resolveVolume() });
}

async function pruned(policy: Parameters<typeof resolveRetention>[0]): Promise<string[]> {
  const resolved = resolveRetention(policy);
  const request = { policyOf: () => resolved, volumeOf: () => resolveVolume(), dryRun: false };
  await pruneBackups(request, { store, clock: { now: () => NOW } });
  return (await listBackups(store, 'db')).map(({ takenAt }) => takenAt.toISOString().slice(0, 16));
}

const status = () =>
  readStatus(
    {
      expected: new Map([['db', { configured: true, objectives: { backupAgeMs: DAY }, volume: resolveVolume() }]]),
      others: () => ({ configured: false, objectives: {}, volume: resolveVolume() }),
      names: [],
    },
    { store, clock: { now: () => NOW } },
  ).then(({ databases }) => databases[0]);

describe('B10: prune', () => {
  it('keeps the proven one of each day beside an empty one that is dated later', async () => {
    for (const day of ['19', '20', '21', '22']) {
      await put(at(`2026-11-${day}T03:00:00Z`), { verdict: 'proven' });
      await put(at(`2026-11-${day}T23:59:50Z`), { tables: {} });
    }
    const kept = await pruned({ keepDaily: 4 });
    expect(kept.filter((time) => time.endsWith('03:00'))).toEqual(
      ['22', '21', '20', '19'].map((day) => `2026-11-${day}T03:00`),
    );
  });

  it('lets seven backups of the future push nothing out, and removes none of them before its time', async () => {
    for (const day of ['20', '21', '22']) await put(at(`2026-11-${day}T03:00:00Z`), { verdict: 'proven' });
    for (let day = 1; day <= 7; day++) await put(at(`2027-01-0${day}T03:00:00Z`));
    const kept = await pruned({ keepDaily: 3, keepLast: 3 });
    expect(kept).toHaveLength(10);
    expect(kept.slice(7)).toEqual(['2026-11-22T03:00', '2026-11-21T03:00', '2026-11-20T03:00']);
  });

  it('lets unverified and collapsed ones push no proven one out, however many there are', async () => {
    await put(at('2026-11-20T03:00:00Z'), { verdict: 'proven', tables: { t: 1000 } });
    await put(at('2026-11-20T04:00:00Z'), { verdict: 'proven', tables: { t: 1000 } });
    for (let hour = 10; hour < 20; hour++) await put(at(`2026-11-22T${hour}:00:00Z`), { tables: { t: 5 } });
    const kept = await pruned({ keepLast: 2 });
    expect(kept).toEqual(['2026-11-22T19:00', '2026-11-22T18:00', '2026-11-20T04:00', '2026-11-20T03:00']);
  });
});

describe('B10: what is dated in the future', () => {
  it('is an anomaly, and the newest backup is the one before', async () => {
    const real = await put(at('2026-11-22T03:00:00Z'), { verdict: 'proven' });
    const future = await put(at('2026-12-22T03:00:00Z'));
    expect(await judged()).toMatchObject([
      { key: future, future: true, anomalies: [{ kind: 'backup-in-future' }] },
      { key: real, future: false, standing: 'proven', anomalies: [] },
    ]);
    const found = await status();
    expect(found).toMatchObject({ state: 'broken', lastBackup: { key: real } });
    expect(found?.problems[0]?.kind).toBe('backup-in-future');
    expect(found?.problems[0]?.message).toMatch(/prune keeps it.*remove it by hand.*begin with layer2\/db\//);
  });

  it('or long before it was stored, or after, is told of, as is a manifest with another date than its key', async () => {
    const takenAt = at('2026-11-20T03:00:00Z');
    storedAt = NOW;
    await putBackup(store, { database: 'db', takenAt });
    storedAt = at('2026-11-01T00:00:00Z');
    await putBackup(store, { database: 'db', takenAt: at('2026-11-19T03:00:00Z') });
    await putBackup(store, {
      database: 'db',
      takenAt: at('2026-10-31T23:50:00Z'),
      manifest: { takenAt: '2026-10-30T00:00:00.000Z' },
    });
    expect((await judged()).map(({ anomalies }) => anomalies.map(({ kind }) => kind))).toEqual([
      ['older-than-stored'],
      ['newer-than-stored'],
      ['dates-disagree', 'older-than-stored'],
    ]);
  });
});

describe('B12: the manifest says which object is which', () => {
  it('and whatever else lies beside a backup is an anomaly', async () => {
    const key = await put(at('2026-11-22T03:00:00Z'), { verdict: 'proven' });
    const base = key.replace('.sql.gz', '');
    const strays = ['.entries.jsonl', '.globals.sql', '.sql', '.sql.zst'].map((suffix) => base + suffix);
    for (const stray of strays) await overwrite(store, stray, '-- not the dump');
    const [found] = await judged();
    expect(found).toMatchObject({ key, standing: 'proven' });
    expect(found?.stored).toMatchObject({ backup: { key }, dump: { key } });
    expect(found?.anomalies.map(({ kind, key: of }) => [kind, of])).toEqual(strays.map((of) => ['stray-object', of]));
    expect((await status())?.problems.map(({ kind }) => kind)).toContain('anomaly');
  });
});

describe('B14: the backup that a restore takes', () => {
  const choose = (spec = 'db') => chooseBackup(store, spec, { now: NOW, volumeOf: () => resolveVolume() });

  it('is the newest, without a doubt, where nothing speaks against it', async () => {
    await put(at('2026-11-21T03:00:00Z'), { verdict: 'proven' });
    const key = await put(at('2026-11-22T03:00:00Z'));
    expect(await choose()).toMatchObject({ backup: { key }, exact: false, doubts: [], better: undefined });
  });

  it.each<[string, ToPut, Date, RegExp]>([
    [
      'its proof is bad',
      { verdict: 'differs' },
      at('2026-11-22T03:00:00Z'),
      /TABLE public\.t: missing.*`holdfast show layer2\/db\//,
    ],
    ['it is empty', { tables: {} }, at('2026-11-22T03:00:00Z'), /no rows/],
    ['it has collapsed', { tables: { t: 1 } }, at('2026-11-22T03:00:00Z'), /far less/],
  ])('is doubted where %s, and the better one is named exactly', async (_, what, takenAt, words) => {
    const good = await put(at('2026-11-20T03:00:00Z'), { verdict: 'proven' });
    const newer = await put(at('2026-11-21T03:00:00Z'));
    const key = await put(takenAt, what);
    const found = await choose();
    expect(found).toMatchObject({
      backup: { key },
      better: { spec: 'db@2026-11-20T03:00:00Z', key: good },
      newer: { spec: 'db@2026-11-21T03:00:00Z', key: newer, standing: 'unverified' },
    });
    expect(found.doubts.join(' ')).toMatch(words);
    expect((await choose(key)).exact).toBe(true);
    expect((await choose(`db@${takenAt.toISOString()}`)).exact).toBe(true);
  });

  it('B10: is not one that is dated in the future, which is named, unless there is no other or it is named itself', async () => {
    const takenAt = at('2027-11-22T03:00:00Z');
    const future = await put(takenAt);
    expect(await choose()).toMatchObject({ backup: { key: future }, skipped: [] });
    expect((await choose()).doubts.join()).toMatch(/which is in the future/);
    const good = await put(at('2026-11-20T03:00:00Z'), { verdict: 'proven' });
    for (const spec of ['db', 'db@2028-01-01']) {
      const found = await choose(spec);
      expect(found).toMatchObject({ backup: { key: good }, doubts: [] });
      expect(found.skipped).toEqual([`${future} is dated in the future, and was passed over.`]);
    }
    for (const spec of [future, `db@${takenAt.toISOString()}`]) {
      expect(await choose(spec)).toMatchObject({ backup: { key: future }, exact: true });
    }
  });

  it('is the empty one, unasked, of a database that never held a row', async () => {
    await put(at('2026-11-21T03:00:00Z'), { tables: {}, verdict: 'proven' });
    await put(at('2026-11-22T03:00:00Z'), { tables: {} });
    expect(await choose()).toMatchObject({ doubts: [], notes: ['It holds no tables and no rows.'] });
  });

  it('is the newest, unasked and with a note, where an object beside it is none of its parts', async () => {
    const key = await put(at('2026-11-22T03:00:00Z'), { verdict: 'proven' });
    const stray = key.replace('.sql.gz', '.sql');
    await overwrite(store, stray, '-- not the dump');
    const found = await choose();
    expect(found).toMatchObject({ backup: { key }, doubts: [], better: undefined });
    expect(found.notes).toEqual([expect.stringContaining(`${stray} is not part of the backup`)]);
  });
});
