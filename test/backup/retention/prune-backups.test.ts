import { describe, expect, test } from 'vitest';
import { pruneBackups, type PruneRequest, type PruneResult } from '../../../src/backup/retention/prune-backups.js';
import { resolveRetention } from '../../../src/config/sections/retention.js';
import { resolveVolume } from '../../../src/config/sections/volume.js';
import { HoldfastError } from '../../../src/core/errors.js';
import { listBackups } from '../../../src/vault/catalog.js';
import { writeManifest } from '../../../src/vault/formats/manifest.js';
import { writeProof } from '../../../src/vault/formats/proof.js';
import { backupKeys } from '../../../src/vault/keys.js';
import { openFileStore } from '../../../src/vault/file/file-store.js';
import { openMemoryStore } from '../../../src/vault/memory/memory-store.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';
import { temporaryDirectories } from '../../vault/file/temporary-directory.js';
import { sampleManifest, sampleProof } from '../../vault/formats/samples.js';

const DAYS = ['2026-11-18', '2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22'];

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

async function addBackup(
  store: ObjectStore,
  day: string,
  options: { readonly database?: string; readonly proven?: boolean; readonly manifest?: string } = {},
): Promise<void> {
  const { database = 'orders', proven = false } = options;
  const takenAt = new Date(`${day}T03:00:00Z`);
  const keys = backupKeys({ database, takenAt, compression: 'gzip' });
  const contents = '0123456789';
  for (const key of [keys.dump, keys.globals, keys.entries]) await store.put(key, bytes(contents));
  if (options.manifest !== undefined) {
    await store.put(keys.manifest, bytes(options.manifest));
    return;
  }
  const sample = sampleManifest(database, takenAt);
  const manifest = { ...sample, parts: sample.parts.map((part) => ({ ...part, storedBytes: contents.length })) };
  const { sha256 } = await writeManifest(store, manifest);
  if (proven) await writeProof(store, sampleProof(sha256, manifest));
}

async function vaultOfDays(proven?: string): Promise<ObjectStore> {
  const store = openMemoryStore();
  for (const day of DAYS) await addBackup(store, day, { proven: day === proven });
  return store;
}

function prune(
  store: ObjectStore,
  policy: Parameters<typeof resolveRetention>[0],
  request: Partial<PruneRequest> = {},
  now = new Date('2026-11-22T12:00:00Z'),
): Promise<PruneResult> {
  const resolved = resolveRetention(policy);
  return pruneBackups(
    { policyOf: () => resolved, volumeOf: () => resolveVolume(), dryRun: false, ...request },
    { store, clock: { now: () => now } },
  );
}

async function daysIn(store: ObjectStore, database?: string): Promise<string[]> {
  return (await listBackups(store, database)).map(
    ({ takenAt, state }) => `${takenAt.toISOString().slice(0, 10)} ${state}`,
  );
}

async function keysIn(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
}

const problemsOf = ({ databases }: PruneResult) =>
  databases.flatMap(({ decisions }) => decisions.flatMap(({ problems }) => problems));

function explain({ databases }: PruneResult): string[] {
  return databases.flatMap(({ decisions }) =>
    decisions.map(
      ({ takenAt, action, removed, reasons }) =>
        `${takenAt.toISOString().slice(0, 10)} ${removed ? 'removed' : action}: ${reasons.join(', ')}`,
    ),
  );
}

describe('pruning', () => {
  test('removes every object of what no rule keeps, and explains each decision', async () => {
    const store = await vaultOfDays('2026-11-19');
    const result = await prune(store, { keepDaily: 2 });
    expect(explain(result)).toEqual([
      '2026-11-22 keep: daily 2026-11-22',
      '2026-11-21 keep: daily 2026-11-21',
      '2026-11-20 removed: kept by no rule',
      '2026-11-19 keep: newest proven, daily 2026-11-19 of the proven',
      '2026-11-18 removed: kept by no rule',
    ]);
    expect(await daysIn(store)).toEqual(['2026-11-22 complete', '2026-11-21 complete', '2026-11-19 complete']);
    const keys = await keysIn(store);
    expect(keys.filter((key) => /20261120|20261118/.test(key))).toEqual([]);
    expect(keys).toHaveLength(3 * 4 + 1);
  });

  test('says in a dry run what it would do, and changes nothing', async () => {
    const store = await vaultOfDays();
    const before = await keysIn(store);
    const result = await prune(store, { keepLast: 1 }, { dryRun: true });
    expect(explain(result)[0]).toBe('2026-11-22 keep: newest, as none is proven, last 1');
    expect(
      explain(result)
        .slice(1)
        .every((line) => line.endsWith(' remove: kept by no rule')),
    ).toBe(true);
    expect(await keysIn(store)).toEqual(before);
  });

  test('judges each database by itself, and leaves alone those that it is not asked about', async () => {
    const store = openMemoryStore();
    // Names that begin with each other.
    for (const database of ['orders', 'orders2']) for (const day of DAYS) await addBackup(store, day, { database });
    await prune(store, { keepLast: 1 }, { database: 'orders' });
    expect(await daysIn(store, 'orders')).toEqual(['2026-11-22 complete']);
    expect(await daysIn(store, 'orders2')).toHaveLength(5);
    const policyOf = (database: string) => (database === 'orders2' ? resolveRetention({ keepLast: 2 }) : undefined);
    const result = await prune(store, {}, { policyOf });
    expect(result.skipped).toEqual(['orders']);
    expect(await daysIn(store, 'orders2')).toEqual(['2026-11-22 complete', '2026-11-21 complete']);
  });

  test('never removes a backup whose manifest cannot be read', async () => {
    const store = await vaultOfDays();
    await addBackup(store, '2026-01-01', { manifest: '{}' });
    const result = await prune(store, { keepLast: 1 });
    expect(explain(result).at(-1)).toBe('2026-01-01 keep: cannot be read');
    expect(problemsOf(result)).toEqual([expect.stringMatching(/^Reading the manifest .* failed: /)]);
    expect(await daysIn(store)).toEqual(['2026-11-22 complete', '2026-01-01 complete']);
  });

  test("lets a backup of which a part is gone, or was cut, take no other one's place", async () => {
    const store = await vaultOfDays();
    const { entries } = backupKeys({ database: 'orders', takenAt: new Date('2026-11-22T03:00Z'), compression: 'gzip' });
    const { globals } = backupKeys({ database: 'orders', takenAt: new Date('2026-11-21T03:00Z'), compression: 'gzip' });
    await store.delete?.(entries);
    await store.delete?.(globals);
    await store.put(globals, bytes('0123'));
    const result = await prune(store, { keepLast: 1 });
    expect(problemsOf(result)).toEqual([
      `${entries} is missing, but the manifest names it.`,
      `${globals} has 4 bytes, but the manifest says 10.`,
    ]);
    expect(explain(result).slice(0, 4)).toEqual([
      '2026-11-22 keep: cannot be read',
      '2026-11-21 keep: cannot be read',
      '2026-11-20 keep: newest, as none is proven, last 1',
      '2026-11-19 removed: kept by no rule',
    ]);
  });

  test('does not touch a dump without a manifest, of a run that may be under way', async () => {
    const store = await vaultOfDays();
    const { dump } = backupKeys({ database: 'orders', takenAt: new Date('2026-11-17T03:00:00Z'), compression: 'gzip' });
    await store.put(dump, bytes('so far'));
    const result = await prune(store, { keepLast: 5 });
    expect(explain(result).at(-1)).toBe('2026-11-17 keep: incomplete, it has no manifest: in progress, or interrupted');
    expect(await keysIn(store)).toContain(dump);
  });

  test('refuses a policy that keeps nothing, and a database without backups', async () => {
    const store = await vaultOfDays();
    await expect(prune(store, { keepDaily: 0 })).rejects.toMatchObject({ code: 'USAGE', exitCode: 2 });
    await expect(prune(store, { keepDaily: 1 }, { database: 'none' })).rejects.toMatchObject({
      code: 'UNKNOWN_BACKUP',
    });
    expect(await daysIn(store)).toHaveLength(5);
  });

  test('C: ended at any request, tells what it has removed, leaves no manifest without its objects, and is finished by the next run', async () => {
    let interrupted = 0;
    for (let requests = 0; ; requests++) {
      const store = await vaultOfDays('2026-11-22');
      let left = requests;
      const spend = () => {
        if (left-- === 0) throw new Error('the machine is gone');
      };
      const dying: ObjectStore = {
        ...store,
        put: (...args) => (spend(), store.put(...args)),
        delete: (key) => (spend(), store.delete?.(key) ?? Promise.resolve()),
      };
      const outcome = await prune(dying, { keepLast: 1 });
      for (const backup of await listBackups(store)) {
        const whole = ['.sql.gz', '.globals.sql.gz', '.entries.jsonl.gz'].map((suffix) => backup.baseKey + suffix);
        const keys = backup.objects.map(({ key }) => key);
        if (backup.manifestKey !== undefined) expect(keys).toEqual(expect.arrayContaining(whole));
      }
      const gone = DAYS.filter((day) => explain(outcome).some((line) => line.startsWith(`${day} removed`)));
      const there = await keysIn(store);
      expect(gone.filter((day) => there.some((key) => key.includes(day.replaceAll('-', '/'))))).toEqual([]);
      if (outcome.stopped) {
        interrupted++;
        expect(outcome.stopped.error.message).toContain('the machine is gone');
        // The one at which it ended is the next, and is not among those that are told to be removed.
        expect(gone).toEqual(
          DAYS.slice(
            0,
            DAYS.findIndex((day) => outcome.stopped?.key.includes(day.replaceAll('-', '/'))),
          ),
        );
      }
      // What is left could be of a run that is storing it, until the store has had it for a week.
      await prune(store, { keepLast: 1 }, {}, new Date(Date.now() + 8 * 86_400_000));
      expect(await daysIn(store)).toEqual(['2026-11-22 complete']);
      expect(await keysIn(store)).toHaveLength(5);
      if (!outcome.stopped) break;
    }
    // For each of four backups: the mark, the manifest, three objects, the mark again.
    expect(interrupted).toBe(4 * 6);
  });
});

describe('B16: a vault on a full disk', () => {
  const directories = temporaryDirectories();
  const full = (store: ObjectStore): ObjectStore => ({
    ...store,
    put: (key) => Promise.reject(new HoldfastError('VAULT_UNWRITABLE', `Storing ${key} failed: the disk is full.`)),
  });

  test('B16: interrupted anywhere, has whole backups and what the next run removes', async () => {
    let interrupted = 0;
    for (let steps = 0; ; steps++) {
      const store = openFileStore(await directories());
      for (const day of DAYS.slice(0, 3)) await addBackup(store, day);
      let left = steps;
      const spend = () => {
        if (left-- === 0) throw new Error('the machine is gone');
      };
      const dying: ObjectStore = {
        ...full(store),
        rename: async (...keys) => (spend(), store.rename?.(...keys)),
        delete: async (key) => (spend(), store.delete?.(key)),
      };
      const { stopped } = await prune(dying, { keepLast: 1 });
      for (const backup of await listBackups(store)) {
        if (backup.manifestKey === undefined) expect(backup.prunedKey).toBeDefined();
        else expect(backup.objects).toHaveLength(4);
      }
      await prune(full(store), { keepLast: 1 }, {}, new Date(Date.now() + 8 * 86_400_000));
      expect(await daysIn(store)).toEqual(['2026-11-20 complete']);
      expect(await keysIn(store)).toHaveLength(4);
      if (!stopped) break;
      interrupted++;
    }
    // For each of two backups: the renaming, the manifest that is gone, three objects, the mark.
    expect(interrupted).toBe(2 * 6);
  });

  test('B16: keeps everything and says why, where an object cannot be renamed either', async () => {
    const store = await vaultOfDays();
    const before = await keysIn(store);
    await expect(prune(full(store), { keepLast: 1 })).rejects.toMatchObject({
      code: 'VAULT_KEEPS',
      message: expect.stringContaining('the disk is full') as string,
    });
    expect(await keysIn(store)).toEqual(before);
  });
});

describe('a vault that keeps what it has', () => {
  const refuse = (key: string) =>
    Promise.reject(new HoldfastError('VAULT_UNWRITABLE', `Removing ${key} failed: s3:DeleteObject was refused.`));

  test('is named with what expires its objects, when nothing may be removed', async () => {
    const store = await vaultOfDays();
    const before = await keysIn(store);
    const rules = ['The lifecycle rule retention for layer2/ expires objects after 400 days.'];
    const expiry = () => Promise.resolve({ keepsVersions: true, lock: 'GOVERNANCE, 35 days', rules });
    const outcome = prune({ ...store, delete: refuse, expiry }, { keepLast: 1 });
    await expect(outcome).rejects.toMatchObject({
      code: 'VAULT_KEEPS',
      message: `Nothing could be removed from memory:: Removing layer2/orders/2026/11/18/orders_20261118T030000Z.manifest.json failed: s3:DeleteObject was refused. ${rules.join()} New objects are locked (GOVERNANCE, 35 days).`,
    });
    expect((await keysIn(store)).filter((key) => !key.endsWith('.pruned.json'))).toEqual(before);
  });

  test('is named also when it takes no removals at all', async () => {
    const store = await vaultOfDays();
    await expect(prune({ ...store, delete: undefined }, { keepLast: 1 })).rejects.toMatchObject({
      code: 'VAULT_KEEPS',
    });
    expect(await daysIn(store)).toHaveLength(5);
  });

  test('for one backup alone is reported with it, and the others go', async () => {
    const store = await vaultOfDays();
    const locked: ObjectStore = {
      ...store,
      delete: (key) =>
        key.includes('20261119') && !key.endsWith('.pruned.json') ? refuse(key) : (store.delete?.(key) ?? refuse(key)),
    };
    const result = await prune(locked, { keepLast: 1 });
    const refused = result.databases[0]?.decisions.filter(({ refusal }) => refusal !== undefined);
    expect(refused).toMatchObject([{ action: 'remove', removed: false }]);
    expect(refused?.[0]?.refusal).toContain('s3:DeleteObject was refused');
    expect(await daysIn(store)).toEqual(['2026-11-22 complete', '2026-11-19 complete']);
    expect((await keysIn(store)).some((key) => key.endsWith('.pruned.json'))).toBe(false);
  });
});

test('a bucket that keeps versions is said to hide, and what frees the space', async () => {
  const store = await vaultOfDays();
  const prunedWith = async (rules: string[] | undefined) =>
    (
      await prune(
        { ...store, expiry: () => Promise.resolve({ keepsVersions: true, rules }) },
        { keepLast: 1 },
        { dryRun: true },
      )
    ).notes;
  expect(await prunedWith([])).toEqual([expect.stringContaining('their bytes stay and are billed')]);
  const rule = 'The lifecycle rule r removes old versions 7 days after they were replaced or deleted.';
  expect(await prunedWith([rule])).toEqual([expect.stringContaining(rule)]);
});
