/** What whoever takes backups chooses (selections, dates, totals, sources), and what none of it decides. */
import { beforeEach, describe, expect, it } from 'vitest';
import { acceptVolume } from '../../../src/backup/accept/accept-volume.js';
import { pruneBackups } from '../../../src/backup/retention/prune-backups.js';
import { chooseBackup } from '../../../src/backup/stored/choose-backup.js';
import { judgeBackups } from '../../../src/backup/stored/judge-backups.js';
import { readStatus } from '../../../src/backup/status/read-status.js';
import { resolveRetention } from '../../../src/config/sections/retention.js';
import { resolveVolume } from '../../../src/config/sections/volume.js';
import { listBackups } from '../../../src/vault/catalog.js';
import { readDocumentBytes } from '../../../src/vault/formats/document.js';
import type { Manifest } from '../../../src/vault/formats/manifest.js';
import { writePrunedMark } from '../../../src/vault/formats/pruned.js';
import { openMemoryStore } from '../../../src/vault/memory/memory-store.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';
import { overwrite, putBackup, putProof } from '../status/stored-backups.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = new Date('2026-11-22T20:00:00Z');
const at = (text: string) => new Date(`2026-11-${text}:00Z`);
const FULL = { schemas: [], excludeTableData: [] };

let store: ObjectStore;
/** The store's own clock. */
let clock: Date;
beforeEach(() => {
  clock = NOW;
  store = openMemoryStore({ now: () => clock });
});

interface ToPut {
  readonly tables?: Readonly<Record<string, number>>;
  readonly proven?: boolean;
  /** When the store took it. @default then */
  readonly storedAt?: Date;
  readonly schemas?: readonly string[];
  readonly manifest?: Partial<Manifest>;
}

async function put(takenAt: Date, { tables, proven, storedAt, schemas = [], manifest }: ToPut = {}): Promise<string> {
  clock = storedAt ?? takenAt;
  const finishedAt = new Date(takenAt.getTime() + 1000).toISOString();
  const selection = { ...FULL, schemas: [...schemas] };
  const backup = await putBackup(store, {
    database: 'db',
    takenAt,
    tables,
    manifest: { finishedAt, selection, ...manifest },
  });
  if (proven) await putProof(store, backup, clock);
  clock = NOW;
  return backup.manifest.key;
}

async function status(now = NOW) {
  const objectives = { backupAgeMs: 5 * DAY, proofAgeMs: 30 * DAY };
  const { databases } = await readStatus(
    {
      expected: new Map([['db', { configured: true, objectives, volume: resolveVolume() }]]),
      others: () => ({ configured: false, objectives: {}, volume: resolveVolume() }),
      names: [],
    },
    { store, clock: { now: () => now } },
  );
  const [found] = databases;
  if (!found) throw new Error('There is no status.');
  return { ...found, kinds: found.problems.map(({ kind, severity }) => `${kind} ${severity}`) };
}

const judged = async (now = NOW) =>
  judgeBackups(store, await listBackups(store, 'db'), { now, limits: resolveVolume() });
const choose = () => chooseBackup(store, 'db', { now: NOW, volumeOf: () => resolveVolume() });

async function pruned(policy: Parameters<typeof resolveRetention>[0]): Promise<string[]> {
  const resolved = resolveRetention(policy);
  const request = { policyOf: () => resolved, volumeOf: () => resolveVolume(), dryRun: false };
  await pruneBackups(request, { store, clock: { now: () => NOW } });
  return (await listBackups(store, 'db')).flatMap(({ key }) => key ?? []);
}

const cluster = (systemIdentifier: string | undefined, dbName = 'orders'): Partial<Manifest> => ({
  dbName,
  server: { version: '15.18', versionNum: 150018, systemIdentifier, inRecovery: false },
});

describe('B10: a backup of a part', () => {
  it('B10: takes the place of no backup that holds more, proven or not, and the other way round it does', async () => {
    const full = await put(at('20T03:00'), { tables: { big: 5000 }, proven: true });
    const part = await put(at('20T12:00'), { tables: { log: 1 }, schemas: ['audit'], proven: true });
    const newer = await put(at('21T12:00'), { tables: { log: 1 }, schemas: ['audit'], proven: true });
    expect(await pruned({ keepLast: 1 })).toEqual([newer, full]);
    expect(part).not.toBe(newer);
    const fullAgain = await put(at('22T03:00'), { tables: { big: 5000 }, proven: true });
    expect(await pruned({ keepLast: 1 })).toEqual([fullAgain]);
  });

  it('B10: of the emptied database does not pass for the whole, in prune, status or the choice of a restore', async () => {
    const full = await put(at('21T03:00'), { tables: { big: 5000, one: 1 }, proven: true });
    const part = await put(at('21T15:00'), { tables: { one: 1 }, schemas: ['public'], proven: true });
    expect((await judged())[0]?.part?.message).toContain('It holds only schema public, by its options.');
    const found = await status();
    expect(found.kinds).toEqual(['part warning']);
    expect(found.problems[0]?.message).toContain('(proven) holds more');
    const chosen = await choose();
    expect(chosen.backup.key).toBe(part);
    expect(chosen.doubts.join()).toContain('only schema public');
    expect(chosen.better?.key).toBe(full);
    expect(await pruned({ keepDaily: 7 })).toEqual([part, full]);
  });

  it('B10: is no part of anything where there is nothing wider, and is settled by an acceptance', async () => {
    await put(at('20T03:00'), { schemas: ['public'], proven: true });
    expect((await status()).kinds).toEqual([]);
    await put(at('19T03:00'), { proven: true });
    expect((await status()).kinds).toEqual(['part warning']);
    const request = { database: 'db', acceptedBy: 'ada@desk', dryRun: false };
    await acceptVolume(request, { store, clock: { now: () => NOW } });
    expect((await status()).kinds).toEqual([]);
    expect((await choose()).doubts).toEqual([]);
  });

  it('B10: that is said to be the whole, and holds less than the part did, has collapsed', async () => {
    await put(at('20T03:00'), { tables: { big: 5000 }, schemas: ['public'], proven: true });
    await put(at('21T03:00'), { tables: { big: 1 }, proven: true });
    expect((await judged())[0]?.collapse?.message).toContain('5,000 rows before, 1 now');
  });
});

describe('B10: a collapsed backup', () => {
  it('B10: that is proven does not push out the good one that nobody has verified', async () => {
    const good = await put(at('20T03:00'), { tables: { big: 5000 } });
    const emptied = await put(at('20T15:00'), { tables: { one: 1 }, proven: true });
    expect(await pruned({ keepDaily: 7, keepMonthly: 12 })).toEqual([emptied, good]);
  });

  it('B10: does not push it out in a vault that was copied, either, where the store confirms no date', async () => {
    const good = await put(at('20T03:00'), { tables: { big: 5000 }, storedAt: NOW });
    const emptied = await put(at('20T15:00'), { tables: { one: 1 }, storedAt: at('21T16:00'), proven: true });
    expect(await pruned({ keepDaily: 7, keepMonthly: 12 })).toEqual([emptied, good]);
  });

  it('B10: is told of for as long as it is the newest, however many follow, until somebody accepts it', async () => {
    await put(at('01T03:00'), { tables: { big: 5000 }, proven: true });
    for (let day = 10; day < 22; day++) await put(at(`${day}T03:00`), { tables: { one: 1 } });
    await put(at('22T03:00'), { tables: { one: 1 }, proven: true });
    const found = await status();
    expect(found.kinds).toEqual(['volume-dropped warning']);
    expect(found.drops[0]).toContain('5,000 rows before, 1 now');
    expect(found.drops[0]).toContain('holdfast accept db --volume');

    const context = { store, clock: { now: () => NOW } };
    const request = { database: 'db', acceptedBy: 'ada@desk', dryRun: false };
    expect(await acceptVolume({ ...request, dryRun: true }, context)).toMatchObject({ needed: true, key: undefined });
    expect((await status()).kinds).toEqual(['volume-dropped warning']);
    expect(await acceptVolume(request, context)).toMatchObject({ needed: true, rows: 1 });
    expect(await acceptVolume(request, context)).toMatchObject({ needed: false, key: undefined });
    expect((await status()).kinds).toEqual([]);
    // It says nothing of the source, and what comes later is compared with what was accepted.
    expect((await status()).source.accepted).toBeUndefined();
    await put(at('22T19:00'), { tables: {} });
    expect((await status()).kinds).toContain('volume-dropped warning');
  });
});

describe('B10: a backup that somebody dates back', () => {
  const backdated = (day: number) => at(`${day}T23:59`);

  it('B10: is an anomaly whatever it says of its end', async () => {
    await put(at('20T03:00'), { storedAt: NOW, manifest: { finishedAt: NOW.toISOString() } });
    await put(at('19T03:00'), { manifest: { finishedAt: at('19T02:00').toISOString() } });
    expect((await judged()).map(({ anomalies }) => anomalies.map(({ kind }) => kind))).toEqual([
      ['older-than-stored'],
      ['dates-disagree'],
    ]);
  });

  it('B10: replaces no real one in the period that it says to be of', async () => {
    const real: string[] = [];
    for (const day of [18, 19, 20, 21]) real.unshift(await put(at(`${day}T18:00`)));
    for (const day of [18, 19, 20, 21]) {
      await put(backdated(day), { storedAt: NOW, manifest: { finishedAt: NOW.toISOString() } });
    }
    expect(await pruned({ keepDaily: 4 })).toEqual(expect.arrayContaining(real));
    expect(await pruned({ keepLast: 3 })).toEqual(expect.arrayContaining(real.slice(0, 3)));
  });

  it('B10: makes none look collapsed by the rows that it claims', async () => {
    const real = await put(at('20T03:00'));
    await put(at('21T03:00'));
    await put(new Date('2001-01-01T00:00:00Z'), { tables: { giant: 999_999 }, storedAt: NOW });
    expect((await judged()).map(({ collapse }) => collapse)).toEqual([undefined, undefined, undefined]);
    expect((await status()).drops).toEqual([]);
    expect((await choose()).doubts).toEqual([]);
    expect(await pruned({ keepDaily: 7 })).toContain(real);
  });
});

describe('B10: a backup that is dated ahead', () => {
  it('B10: stays an anomaly when its time has come, and is as old as the store says', async () => {
    const real = await put(at('22T10:00'));
    const storedAt = at('22T12:00');
    const bomb = at('23T08:00');
    const key = await put(bomb, { storedAt, manifest: { finishedAt: storedAt.toISOString() } });
    const later = at('24T12:00');
    const [found] = await judged(later);
    expect(found?.anomalies.map(({ kind }) => kind)).toEqual(['dates-disagree', 'newer-than-stored']);
    expect((await status(later)).lastBackup).toMatchObject({ key, takenAt: storedAt });
    expect((await status(later)).backupAgeMs).toBe(2 * DAY);
    const newer = await put(at('22T19:00'));
    expect((await status(later)).lastBackup?.key).toBe(newer);
    expect(real).not.toBe(newer);
  });
});

describe('B13: the source that counts', () => {
  it('B13: is that of what was proven first, whatever another one is dated', async () => {
    await put(at('20T03:00'), { proven: true, manifest: cluster('7100') });
    await put(new Date('2001-01-01T00:00:00Z'), { storedAt: NOW, manifest: cluster('42', 'other') });
    const real = await put(at('22T03:00'), { manifest: cluster('7100') });
    const found = await status();
    expect(found.source.counting).toEqual({ dbName: 'orders', systemIdentifier: '7100' });
    expect(found.problems.map(({ message }) => message).join()).toContain('database "other" on the cluster 42');
    const chosen = await choose();
    expect(chosen).toMatchObject({ backup: { key: real }, doubts: [] });
  });

  it('B13: is that of what the store took first while none is proven', async () => {
    await put(at('20T03:00'), { manifest: cluster('7100') });
    await put(new Date('2001-01-01T00:00:00Z'), { storedAt: NOW, manifest: cluster('42', 'other') });
    expect((await status()).source.counting).toEqual({ dbName: 'orders', systemIdentifier: '7100' });
  });

  it('B13: is not vouched for by its proof where a backup does not tell its cluster', async () => {
    await put(at('20T03:00'), { proven: true, manifest: cluster('7100') });
    await put(at('21T03:00'), { manifest: cluster(undefined) });
    expect((await status()).kinds).toEqual(['never-proven broken', 'source-unknown warning']);
    await put(at('22T03:00'), { proven: true, manifest: cluster(undefined) });
    expect((await status()).kinds).toEqual(['source-unknown warning']);
    // Nor does what is proven of that one say anything of the one that is known.
    await put(at('22T04:00'), { manifest: cluster('7100') });
    expect((await status()).lastProof?.backupKey).toContain('20261120T030000Z');
  });
});

const baseOf = (key: string) => key.replace('.sql.gz', '');
async function remove(key: string): Promise<void> {
  await store.delete?.(key);
}

describe('B14: a backup that has lost a part', () => {
  it('B14: its dump: status, the choice of a restore and prune report it, and none passes over it silently', async () => {
    const old = await put(at('20T03:00'), { proven: true });
    const key = await put(at('21T03:00'), { proven: true });
    await remove(key);
    const gone = `The dump of ${baseOf(key)} is gone; its manifest is there.`;
    expect((await judged())[0]).toMatchObject({ state: 'unreadable', standing: 'unreadable', problem: gone });
    expect((await status()).kinds).toEqual(['unreadable unreadable']);
    expect(await choose()).toMatchObject({
      backup: { key: old },
      skipped: [`A newer backup was passed over. ${gone}`],
    });
    await pruned({ keepLast: 1 });
    expect(await listBackups(store, 'db')).toHaveLength(2);
  });

  it('B14: its manifest, beside a proof: the same', async () => {
    const old = await put(at('20T03:00'), { proven: true });
    const key = await put(at('21T03:00'), { proven: true });
    await remove(`${baseOf(key)}.manifest.json`);
    const found = await status();
    expect(found.kinds).toEqual(['unreadable unreadable']);
    expect(found.problems[0]?.message).toMatch(/^The manifest of .* is gone; a proof of it is there/);
    const chosen = await choose();
    expect(chosen.backup.key).toBe(old);
    expect(chosen.skipped.join()).toContain('is gone; a proof of it is there');
  });

  it('B14: is not confused with a run that has stored its dump so far', async () => {
    await put(at('20T03:00'), { proven: true });
    const key = await put(at('21T03:00'));
    await remove(`${baseOf(key)}.manifest.json`);
    expect((await status()).kinds).toEqual([]);
    expect((await choose()).skipped).toEqual([]);
  });
});

describe('B10: a removal mark', () => {
  const WEEK = 7 * DAY;
  const objects = async () => (await listBackups(store, 'db')).flatMap((backup) => backup.objects).length;
  const prunedAt = async (now: Date) => {
    const policy = resolveRetention({ keepLast: 5 });
    const request = { policyOf: () => policy, volumeOf: () => resolveVolume(), dryRun: false };
    await pruneBackups(request, { store, clock: { now: () => now } });
  };
  const validMark = (key: string) =>
    writePrunedMark(store, {
      ...{ format: 'holdfast.pruned', version: 1, database: 'db', key, prunedAt: NOW.toISOString() },
      tool: { name: 'test', version: '0' },
    });

  it.each([
    ['empty', ''],
    ['of another backup', undefined],
  ])('B10: that is %s removes nothing beside a run that is storing, and is reported', async (_, text) => {
    await put(at('20T03:00'), { proven: true });
    const key = await put(at('21T03:00'));
    await remove(`${baseOf(key)}.manifest.json`);
    const other = await put(at('19T03:00'));
    const mark = (await validMark(other)).key;
    const copy = text ?? (await readDocumentBytes(store, mark)).bytes.toString();
    await remove(mark);
    await overwrite(store, `${baseOf(key)}.pruned.json`, copy);
    const before = await objects();
    await prunedAt(new Date(NOW.getTime() + 2 * WEEK));
    expect(await objects()).toBe(before);
    expect((await status()).problems.map(({ message }) => message).join()).toContain('is not valid');
  });

  it('B10: that is valid removes what it is beside once a week has passed by the store, and no sooner', async () => {
    await put(at('20T03:00'), { proven: true });
    const key = await put(at('01T03:00'), { storedAt: NOW });
    await remove(`${baseOf(key)}.manifest.json`);
    await validMark(key);
    const before = await objects();
    await prunedAt(new Date(NOW.getTime() + WEEK));
    expect(await objects()).toBe(before);
    await prunedAt(new Date(NOW.getTime() + WEEK + 1));
    expect(await listBackups(store, 'db')).toHaveLength(1);
  });

  it('B10: removes nothing that has a proof', async () => {
    const key = await put(at('01T03:00'), { proven: true });
    await remove(`${baseOf(key)}.manifest.json`);
    await validMark(key);
    const before = await objects();
    await prunedAt(new Date(NOW.getTime() + 2 * WEEK));
    expect(await objects()).toBe(before);
    expect((await status()).problems.map(({ message }) => message).join()).toContain('Prune began to remove it');
  });

  it('B10: beside a complete backup is reported, and an invalid one goes when prune removes that backup', async () => {
    const key = await put(at('20T03:00'));
    await validMark(key);
    expect((await status()).kinds).toContain('anomaly warning');
    const invalid = await put(at('19T03:00'));
    await overwrite(store, `${baseOf(invalid)}.pruned.json`, 'rubbish');
    expect((await judged())[1]?.anomalies.map(({ kind }) => kind)).toEqual(['removal-mark']);
    expect(await pruned({ keepLast: 1 })).toEqual([key]);
    expect(await listBackups(store, 'db')).toHaveLength(1);
  });
});

describe('B12: what status reads', () => {
  it('B12: is all of forty backups: a stray object, a damaged manifest, and one that lost its dump', async () => {
    const keys: string[] = [];
    for (let hour = 40; hour > 0; hour--) keys.unshift(await put(new Date(NOW.getTime() - hour * HOUR)));
    const [, stray, damaged, lost] = keys.slice(-4) as [string, string, string, string];
    await overwrite(store, `${baseOf(stray)}.sql`, 'evil');
    await overwrite(store, `${baseOf(damaged)}.manifest.json`, 'evil');
    await remove(lost);
    const { problems, notRead } = await status();
    const told = problems.map(({ message }) => message).join();
    for (const key of [stray, damaged, lost]) expect(told).toContain(baseOf(key));
    expect(notRead).toBe(0);
  });

  it('B12: is bounded, however many there are, and it says how many it has not read', async () => {
    const first = await put(new Date(NOW.getTime() - 400 * HOUR), { tables: { big: 5000 } });
    for (let hour = 399; hour > 0; hour--) await put(new Date(NOW.getTime() - hour * HOUR), { tables: { one: 1 } });
    await overwrite(store, `${baseOf(first)}.sql`, 'evil');
    let gets = 0;
    const inner = store;
    store = { ...inner, get: (...args) => (gets++, inner.get(...args)) };
    const found = await status();
    // The newest hundred, the odd one by its listing, and ten samples.
    expect(found.notRead).toBe(400 - 111);
    expect(gets).toBeLessThan(150);
    expect(found.problems.map(({ message }) => message).join()).toContain(`${baseOf(first)}.sql is not part`);
    expect(found.kinds).toContain('volume-dropped warning');
  });
});
