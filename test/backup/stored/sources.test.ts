/** Another database under a known name: what is said of it, whose proofs count, and what somebody's word changes. */
import { beforeEach, describe, expect, it } from 'vitest';
import { acceptSource, type AcceptRequest } from '../../../src/backup/accept/accept-source.js';
import { pruneBackups } from '../../../src/backup/retention/prune-backups.js';
import { chooseBackup } from '../../../src/backup/stored/choose-backup.js';
import { judgeBackups } from '../../../src/backup/stored/judge-backups.js';
import { readSources } from '../../../src/backup/stored/sources.js';
import { readStatus } from '../../../src/backup/status/read-status.js';
import { resolveRetention } from '../../../src/config/sections/retention.js';
import { resolveVolume } from '../../../src/config/sections/volume.js';
import { listBackups } from '../../../src/vault/catalog.js';
import { writeAcceptance, type Acceptance } from '../../../src/vault/formats/acceptance.js';
import { openMemoryStore } from '../../../src/vault/memory/memory-store.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';
import { overwrite, putBackup, putProof } from '../status/stored-backups.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = new Date('2026-11-22T12:00:00Z');
const ago = (ms: number) => new Date(NOW.getTime() - ms);

/** A source by its cluster, and by its name there. */
interface From {
  readonly cluster?: string;
  readonly dbName?: string;
}
const OLD: From = { cluster: '7100' };
const NEW: From = { cluster: '7200' };
const UNKNOWN: From = {};

let store: ObjectStore;
let clock: Date;
beforeEach(() => {
  clock = NOW;
  store = openMemoryStore({ now: () => clock });
});

async function put(takenAt: Date, { cluster, dbName = 'orders' }: From, proven = false, tables = { t: 10 }) {
  const server = { version: '15.18', versionNum: 150018, systemIdentifier: cluster, inRecovery: false };
  clock = takenAt;
  const backup = await putBackup(store, { database: 'db', takenAt, tables, manifest: { dbName, server } });
  if (proven) await putProof(store, backup, takenAt);
  clock = NOW;
  return backup.manifest.key;
}

const accept = (request: Partial<AcceptRequest> = {}, now = NOW) =>
  acceptSource(
    { database: 'db', acceptedBy: 'ada@desk', dryRun: false, ...request },
    { store, clock: { now: () => now } },
  );

async function status() {
  const objectives = { backupAgeMs: 5 * DAY, proofAgeMs: 8 * DAY };
  const { databases } = await readStatus(
    {
      expected: new Map([['db', { configured: true, objectives, volume: resolveVolume() }]]),
      others: () => ({ configured: false, objectives: {}, volume: resolveVolume() }),
      names: [],
    },
    { store, clock: { now: () => NOW } },
  );
  const [found] = databases;
  if (!found) throw new Error('There is no status.');
  return { ...found, kinds: found.problems.map(({ kind, severity }) => `${kind} ${severity}`) };
}

const judged = async () => judgeBackups(store, await listBackups(store, 'db'), { now: NOW, limits: resolveVolume() });
const relations = async () => (await judged()).map(({ source }) => source?.relation);

async function pruned(keepLast: number): Promise<string[]> {
  const policy = resolveRetention({ keepLast });
  const request = { policyOf: () => policy, volumeOf: () => resolveVolume(), dryRun: false };
  await pruneBackups(request, { store, clock: { now: () => NOW } });
  return (await listBackups(store, 'db')).flatMap(({ key }) => key ?? []);
}

const stamp = (text: string) => `holdfast/accepted/db/${text}.json`;

function acceptance(overrides: Partial<Acceptance> = {}): Acceptance {
  return {
    format: 'holdfast.acceptance',
    version: 1,
    database: 'db',
    former: { dbName: 'orders', systemIdentifier: '7100' },
    source: { dbName: 'orders', systemIdentifier: '7200' },
    acceptedAt: ago(HOUR).toISOString(),
    acceptedBy: 'ada@desk',
    supersedes: [],
    tool: { name: 'test', version: '0' },
    ...overrides,
  };
}

describe('B13: a source that changed', () => {
  it('B13: breaks status until it is accepted, and is not vouched for by proofs of the former one', async () => {
    await put(ago(2 * DAY), OLD, true);
    expect((await status()).kinds).toEqual([]);
    const moved = await put(ago(DAY), NEW);
    const found = await status();
    expect(found.kinds).toEqual(['never-proven broken', 'source-changed broken']);
    expect(found.problems[0]?.message).toContain('Proofs of backups of another source do not count');
    expect(found.problems[1]?.message).toContain(
      'the cluster 7200. Those of db should be of database "orders" on the cluster 7100',
    );
    expect(found).toMatchObject({ lastBackup: { key: moved }, lastProof: undefined });

    expect(await accept()).toMatchObject({
      needed: true,
      former: { dbName: 'orders', systemIdentifier: '7100' },
      source: { dbName: 'orders', systemIdentifier: '7200' },
    });
    const after = await status();
    expect(after.kinds).toEqual(['never-proven broken']);
    expect(after.source).toMatchObject({ accepted: { at: NOW, by: 'ada@desk' }, newest: { relation: 'present' } });
    expect(await relations()).toEqual(['present', 'former']);
    await put(ago(HOUR), NEW, true);
    expect((await status()).kinds).toEqual([]);
  });

  it('B13: of another name on the same cluster is another source as well', async () => {
    await put(ago(2 * DAY), OLD, true);
    await put(ago(DAY), { ...OLD, dbName: 'staging' }, true);
    const found = await status();
    expect(found.kinds).toEqual(['source-changed broken']);
    expect(found.problems[0]?.message).toContain('database "staging" on the cluster 7100');
  });

  it('B13: is told of among the newest also when the right one came back, until somebody answers for it', async () => {
    await put(ago(3 * DAY), OLD, true);
    const stray = await put(ago(2 * DAY), NEW, true);
    await put(ago(DAY), OLD);
    const found = await status();
    expect(found.kinds).toEqual(['source-changed broken']);
    expect(found.problems[0]?.message).toContain(`The backup ${stray} is of another source`);
    expect(found.lastProof?.backupKey).not.toBe(stray);
    const answer = await accept();
    expect(answer).toMatchObject({ needed: true, source: { systemIdentifier: '7100' } });
    expect(answer.notes).toContainEqual(expect.stringContaining(`${stray} remains a backup of another source`));
    expect((await status()).kinds).toEqual([]);
    expect(await relations()).toEqual(['present', 'foreign', 'present']);
  });

  it('B13: back to one that was accepted before wants its own acceptance', async () => {
    await put(ago(5 * DAY), OLD, true);
    await put(ago(4 * DAY), NEW);
    await accept({}, ago(4 * DAY - HOUR));
    await put(ago(3 * DAY), OLD);
    expect(await relations()).toEqual(['foreign', 'present', 'former']);
    expect((await status()).kinds).toContain('source-changed broken');
    await accept({}, ago(2 * DAY));
    expect(await relations()).toEqual(['present', 'former', 'present']);
    expect((await status()).kinds).toEqual([]);
  });

  it('B13: with unknown identifiers is neither equal nor different, and that is said', async () => {
    await put(ago(4 * DAY), UNKNOWN, true);
    await put(ago(3 * DAY), UNKNOWN);
    expect((await status()).kinds).toEqual([]);
    await put(ago(2 * DAY), OLD);
    expect((await status()).source.counting).toEqual({ dbName: 'orders', systemIdentifier: '7100' });
    expect((await judged()).map(({ source }) => source?.certain)).toEqual([true, false, false]);
    // What the oldest keeps to itself does not make all later ones equal.
    await put(ago(DAY), NEW);
    expect(await relations()).toEqual(['foreign', 'present', 'present', 'present']);
    await put(ago(HOUR), UNKNOWN);
    expect((await status()).kinds).toContain('source-changed broken');
    await accept({ systemIdentifier: '7100' });
    expect((await status()).kinds).toEqual(['source-unknown warning']);
  });

  it('B13: that a manifest calls by what no server tells is unknown, and can be accepted', async () => {
    await put(ago(2 * DAY), OLD, true);
    await put(ago(DAY), { cluster: '\u001b[2J', dbName: 'other' });
    expect((await status()).source.newest).toMatchObject({ systemIdentifier: undefined, relation: 'foreign' });
    expect(await accept()).toMatchObject({ needed: true, source: { dbName: 'other', systemIdentifier: undefined } });
  });

  it('B13: deeper than status reads is known all the same', async () => {
    await put(ago(40 * HOUR), UNKNOWN, true);
    for (let hours = 39; hours > 30; hours--) await put(ago(hours * HOUR), OLD);
    for (let hours = 30; hours > 10; hours--) await put(ago(hours * HOUR), NEW);
    expect((await status()).source).toMatchObject({
      counting: { systemIdentifier: '7100' },
      newest: { systemIdentifier: '7200', relation: 'foreign' },
    });
  });

  it('B13: is a doubt for a restore, which names the newest one of the right source instead', async () => {
    const right = await put(ago(2 * DAY), OLD, true);
    await put(ago(DAY), NEW, true);
    const options = { now: NOW, volumeOf: () => resolveVolume() };
    const chosen = await chooseBackup(store, 'db', options);
    expect(chosen.doubts).toEqual([expect.stringContaining('It is of another source')]);
    expect(chosen.better?.key).toBe(right);
    await accept();
    expect((await chooseBackup(store, 'db', options)).doubts).toEqual([]);
    // What was right before the move is right for its time.
    expect((await chooseBackup(store, `db@${ago(2 * DAY).toISOString()}`, options)).doubts).toEqual([]);
  });

  it('B13: that holds far less shows as a drop, with the word that it is of another source', async () => {
    await put(ago(2 * DAY), OLD, true, { t: 1000 });
    await put(ago(DAY), NEW, false, { t: 5 });
    expect((await status()).drops[0]).toContain('The previous backup is of another source.');
    await accept();
    expect((await judged())[0]?.collapse?.message).toContain('That one is of another source.');
  });
});

describe('B13: prune', () => {
  it('B13: keeps the last proven backup of the former source until one of the new source is proven', async () => {
    const proven = await put(ago(9 * DAY), OLD, true);
    await put(ago(8 * DAY), OLD);
    for (let day = 5; day > 0; day--) await put(ago(day * DAY), NEW);
    expect(await pruned(1)).toContain(proven);
    await accept();
    expect(await pruned(1)).toContain(proven);
    await put(ago(HOUR), NEW, true);
    expect(await pruned(1)).not.toContain(proven);
  });

  it('B13: lets proven backups of a source that nobody has accepted push none of the right one out', async () => {
    const right = [await put(ago(9 * DAY), OLD, true), await put(ago(8 * DAY), OLD, true)];
    for (let day = 5; day > 0; day--) await put(ago(day * DAY), NEW, true);
    const kept = await pruned(2);
    expect(kept.slice(-2).sort()).toEqual(right);
    expect(kept).toHaveLength(4);
  });

  it('B13: keeps one of the accepted source, by which it is known, however little it holds', async () => {
    const empty = await put(ago(9 * DAY), OLD, true, {} as { t: number });
    for (let day = 5; day > 0; day--) await put(ago(day * DAY), NEW, true);
    expect(await pruned(1)).toContain(empty);
    expect((await status()).kinds).toContain('source-changed broken');
  });

  it('B13: loses no proven backup to one of another source that is dated before all others', async () => {
    const real = [await put(ago(3 * DAY), OLD, true), await put(ago(2 * DAY), OLD, true)];
    await put(ago(90 * DAY), NEW);
    expect((await status()).kinds).toContain('source-changed broken');
    for (let hour = 20; hour > 1; hour--) await put(ago(hour * HOUR), NEW);
    expect(await pruned(2)).toEqual(expect.arrayContaining(real));
  });
});

describe('B13: an acceptance', () => {
  it('B13: that is not needed is not stored, and none is by a dry run', async () => {
    await put(ago(2 * DAY), OLD);
    expect(await accept()).toMatchObject({ needed: false, key: undefined });
    expect(await accept({ dbName: 'orders', systemIdentifier: '7100' })).toMatchObject({ needed: false });
    await put(ago(DAY), NEW);
    expect(await accept({ dryRun: true })).toMatchObject({ needed: true, key: undefined });
    expect((await status()).kinds).toContain('source-changed broken');
    expect(await accept()).toMatchObject({ needed: true, key: stamp('20261122T120000Z') });
    expect(await accept()).toMatchObject({ needed: false, key: undefined });
  });

  it('B13: of a database that has no backup is refused: a first one needs none', async () => {
    await put(ago(DAY), OLD);
    await expect(accept({ database: 'bd', dbName: 'x' })).rejects.toMatchObject({ code: 'UNKNOWN_BACKUP' });
  });

  it('B13: made beforehand counts from then on, and its cluster is that of the first backup of it', async () => {
    await put(ago(2 * DAY), OLD, true);
    await expect(accept({ dbName: 'orders_v2' }, ago(DAY))).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/no backup in the vault comes from it.*"orders" on the cluster 7100/) as string,
      hint: expect.stringContaining('--yes') as string,
    });
    const { notes } = await accept({ dbName: 'orders_v2', unseen: true }, ago(DAY));
    expect(notes.join(' ')).toContain('No backup of db in the vault comes from database "orders_v2"');
    // There is nothing to verify before there is a backup.
    expect(notes.join(' ')).toMatch(/Next, back up the new source, then verify that: `holdfast backup`/);
    expect((await status()).kinds).toEqual(['never-proven broken', 'source-changed warning']);
    await put(ago(20 * HOUR), { cluster: '7300', dbName: 'orders_v2' }, true);
    expect((await status()).kinds).toEqual([]);
    await put(ago(10 * HOUR), { cluster: '7400', dbName: 'orders_v2' });
    expect((await status()).source).toMatchObject({
      counting: { dbName: 'orders_v2', systemIdentifier: '7300' },
      newest: { relation: 'foreign' },
    });
  });

  it('B13: takes the place of those that it names, whatever their dates say', async () => {
    await put(ago(4 * DAY), OLD);
    await put(ago(3 * DAY), NEW);
    await accept({}, ago(HOUR));
    await put(ago(2 * DAY), { cluster: '7300' });
    await accept({}, ago(2 * HOUR));
    const sources = await readSources(store, 'db', await listBackups(store, 'db'), { now: NOW });
    expect(sources).toMatchObject({ counting: { systemIdentifier: '7300' }, faults: [] });
  });

  it('B13: of the same second as another one is stored beside it', async () => {
    await put(ago(2 * DAY), OLD);
    await put(ago(DAY), NEW);
    await accept({}, ago(HOUR));
    const { key } = await accept({ systemIdentifier: '7300', unseen: true }, ago(HOUR));
    expect(key).toMatch(/^holdfast\/accepted\/db\/20261122T110000Z-[0-9a-f]{8}\.json$/);
    const sources = await readSources(store, 'db', await listBackups(store, 'db'), { now: NOW });
    expect(sources.counting?.systemIdentifier).toBe('7300');
  });

  it.each([
    ['damaged', 'An acceptance does not count', (key: string) => overwrite(store, key, '{"format":')],
    ['changed', 'An acceptance does not count', (key: string) => flip(key)],
    ['of another database', 'is for another database', (key: string) => replace(key, { database: 'other' })],
    [
      'dated in the future',
      'which is in the future',
      (key: string) => replace(key, { acceptedAt: ago(-DAY).toISOString() }),
    ],
  ])('B13: that is %s counts for nothing, is told of, and a good one takes its place', async (_, said, spoil) => {
    await put(ago(2 * DAY), OLD, true);
    await put(ago(DAY), NEW, true);
    const { key } = await writeAcceptance(store, acceptance());
    expect((await status()).kinds).toEqual([]);
    await spoil(key);
    const found = await status();
    expect(found.kinds).toEqual(['source-changed broken', 'unreadable unreadable']);
    expect(found.unreadable[0]).toContain(said);
    await accept();
    expect((await status()).kinds).toEqual([]);
  });

  it('B13: of a newer version is not replaced by who cannot read it', async () => {
    await put(ago(2 * DAY), OLD);
    await put(ago(DAY), NEW);
    await store.put(stamp('20261122T110000Z'), once(JSON.stringify({ ...acceptance(), version: 2 })));
    await expect(accept()).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  });
});

async function flip(key: string): Promise<void> {
  const text = await read(key);
  await overwrite(store, key, text.replace('7200', '7201'));
}

/** Under the same key, sealed as a true one. */
async function replace(key: string, changes: Partial<Acceptance>): Promise<void> {
  const other = openMemoryStore();
  const written = await writeAcceptance(other, acceptance(changes));
  await overwrite(store, key, await read(written.key, other));
}

async function read(key: string, from = store): Promise<string> {
  let text = '';
  for await (const bytes of from.get(key)) text += Buffer.from(bytes).toString('utf8');
  return text;
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}
