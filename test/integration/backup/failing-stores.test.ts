/** Vaults that fail, aborts, and backups that get in each other's way: a backup is whole, or it is not there. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adoptDumps } from '../../../src/backup/adopt/adopt-dumps.js';
import { checkBackup } from '../../../src/backup/check/check-backup.js';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { createBackup } from '../../../src/backup/create/create-backup.js';
import { HoldfastError } from '../../../src/core/errors.js';
import { silentLogger } from '../../../src/core/logger.js';
import type { CompressionMethod } from '../../../src/syntax/compression.js';
import type { DatabaseAccess } from '../../../src/postgres/connection.js';
import { tool } from '../../../src/core/tool.js';
import { listBackups, type CompleteBackup } from '../../../src/vault/catalog.js';
import { openFileStore } from '../../../src/vault/file/file-store.js';
import { markVault } from '../../../src/vault/formats/vault-marker.js';
import { parseKey } from '../../../src/vault/keys.js';
import { openMemoryStore } from '../../../src/vault/memory/memory-store.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';
import { livingChildren } from '../../helpers/children.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { accessTo, filesIn, requestFor, makeContext, tickingClock } from './harness.js';
import { newVault } from '../../helpers/vault.js';

const SHOP = readFileSync(join(import.meta.dirname, '../../fixtures/sql/shop.sql'), 'utf8');

let database: TestDatabase;
let access: DatabaseAccess;
let childrenBefore: string[];

beforeAll(async () => {
  database = await createDatabase(sharedServer(), SHOP);
  // More than any buffer on the way holds.
  await database.query(`INSERT INTO shop.log SELECT now(), md5(n::text) FROM generate_series(1, 20000) n`);
  access = await accessTo(database.name);
});

afterAll(() => database?.end());

beforeEach(async () => {
  childrenBefore = await livingChildren();
});

afterEach(async () => {
  expect(await livingChildren()).toEqual(childrenBefore);
});

async function failToBackUp(context: BackupContext): Promise<HoldfastError> {
  const outcome = await createBackup(requestFor(access), context).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(HoldfastError);
  return outcome as HoldfastError;
}

/**
 * Runs it with a signal that aborts once any signal has been looked at or listened to for the nth time: a backup has signals
 * of its own, which follow the one that it is given.
 */
async function abortAtLook<T>(
  nth: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<{ readonly outcome: T; readonly looks: number }> {
  const abort = new AbortController();
  let looks = 0;
  const look = () => {
    // Not within it: Node.js looks at signals in the middle of joining them.
    if (++looks === nth) queueMicrotask(() => abort.abort());
  };
  const { prototype } = AbortSignal;
  const own = Object.getOwnPropertyDescriptors(prototype);
  const { get: isAborted } = own.aborted;
  Object.defineProperties(prototype, {
    aborted: {
      ...own.aborted,
      get(this: AbortSignal): unknown {
        look();
        return isAborted?.call(this);
      },
    },
    throwIfAborted: {
      ...own.throwIfAborted,
      value(this: AbortSignal) {
        look();
        own.throwIfAborted.value?.call(this);
      },
    },
    addEventListener: {
      configurable: true,
      value(this: AbortSignal, ...listener: Parameters<EventTarget['addEventListener']>) {
        look();
        EventTarget.prototype.addEventListener.apply(this, listener);
      },
    },
  });
  try {
    return { outcome: await run(abort.signal), looks };
  } finally {
    delete (prototype as { addEventListener?: unknown }).addEventListener;
    Object.defineProperties(prototype, own);
  }
}

async function keysIn(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
}

/** Which of its bodies a put has read when it fails. */
type Moment = 'before the first byte' | 'after some bytes' | 'after the last byte' | 'after it was stored';

/** A store that fails to put the objects of one role. */
function failingStore(inner: ObjectStore, role: string, moment: Moment): ObjectStore {
  const failure = () => new HoldfastError('VAULT_UNWRITABLE', 'Storing failed: the disk is on fire.');
  return {
    ...inner,
    async put(key, body, options) {
      if (parseKey(key)?.object.role !== role) return inner.put(key, body, options);
      if (moment === 'before the first byte') throw failure();
      if (moment === 'after it was stored') {
        await inner.put(key, body, options);
        throw failure();
      }
      let chunks = 0;
      for await (const _chunk of body) if (moment === 'after some bytes' && ++chunks === 2) break;
      throw failure();
    },
  };
}

describe.each(['dump', 'entries', 'segments', 'globals', 'manifest'])('a vault that fails at the %s', (role) => {
  test.each(['before the first byte', 'after some bytes', 'after the last byte'] as const)(
    '%s holds nothing afterwards',
    async (moment) => {
      const inner = openMemoryStore();
      const error = await failToBackUp(await makeContext({ store: failingStore(inner, role, moment) }));
      expect(error).toMatchObject({ code: 'VAULT_UNWRITABLE', message: 'Storing failed: the disk is on fire.' });
      expect(await keysIn(inner)).toEqual([]);
    },
  );

  test('and cannot delete holds no manifest, and so no backup', async () => {
    const inner: ObjectStore = { ...openMemoryStore(), delete: undefined };
    const context = await makeContext({ store: failingStore(inner, role, 'after the last byte') });
    expect(await failToBackUp(context)).toMatchObject({ code: 'VAULT_UNWRITABLE' });
    expect((await keysIn(inner)).filter((key) => key.endsWith('.manifest.json'))).toEqual([]);
    for (const backup of await listBackups(inner)) expect(backup.state).toBe('incomplete');
  });

  test('and at deleting reports the first failure', async () => {
    const inner = openMemoryStore();
    const store = {
      ...failingStore(inner, role, 'after the last byte'),
      delete: () => Promise.reject(new HoldfastError('VAULT_UNREADABLE', 'Deleting failed, too.')),
    };
    expect(await failToBackUp(await makeContext({ store }))).toMatchObject({ code: 'VAULT_UNWRITABLE' });
  });
});

describe('C: a vault that has stored the manifest and says that it has not', () => {
  test('C: keeps the whole backup, and somebody hears of it', async () => {
    const inner = openMemoryStore();
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (text: string) => void warnings.push(text) };
    const context = await makeContext({ store: failingStore(inner, 'manifest', 'after it was stored'), logger });
    expect(await failToBackUp(context)).toMatchObject({ code: 'VAULT_UNWRITABLE' });
    const [backup] = await listBackups(inner);
    expect(backup?.state).toBe('complete');
    const checked = await checkBackup(backup as CompleteBackup, { ...context, store: inner });
    expect(checked).toMatchObject({ verdict: 'intact' });
    expect(warnings.at(-1)).toContain('the manifest may have been stored, so the backup was left in place');
  });

  test('C: and may not be asked keeps what it has', async () => {
    const inner = openMemoryStore();
    const store: ObjectStore = {
      ...failingStore(inner, 'manifest', 'after the last byte'),
      head: () => Promise.reject(new HoldfastError('VAULT_UNREADABLE', 'Looking is not allowed.')),
    };
    expect(await failToBackUp(await makeContext({ store }))).toMatchObject({ code: 'VAULT_UNWRITABLE' });
    expect((await keysIn(inner)).filter((key) => key.startsWith('layer2/'))).toHaveLength(4);
  });
});

describe('a vault in a directory', () => {
  test('that is a file is refused, and stays as it is', async () => {
    const path = join(temporaryDirectory(), 'vault');
    writeFileSync(path, 'not a directory');
    const error = await failToBackUp(await makeContext({ store: openFileStore(path) }));
    expect(error).toMatchObject({ code: 'VAULT_UNMARKED', exitCode: 1 });
    expect(readFileSync(path, 'utf8')).toBe('not a directory');
  });

  test('whose day is a file is refused, and the file stays', async () => {
    const { directory: root } = newVault();
    const day = join(root, 'layer2/db/2026/11/22');
    mkdirSync(dirname(day), { recursive: true });
    writeFileSync(day, 'in the way');
    const context = await makeContext({ store: openFileStore(root) });
    expect(await failToBackUp(context)).toMatchObject({ code: 'VAULT_UNWRITABLE' });
    expect(filesIn(context)).toEqual(['22']);
  });

  // A limit on the size of a file is what a full disk is to a writer, and can be had without root.
  test('on a full disk holds nothing afterwards, and the error says why', async () => {
    const { directory: vault, url } = newVault();
    const { user, database, host, port } = access.target;
    const source = `postgres://${user}@/${database}?host=${host}&port=${port}`;
    const { code, stderr } = await runHoldfast(['backup', '--url', source, '--name', 'db', '--vault', url], {
      // In blocks of 1 KiB: less than the dump, and more than the other objects take.
      wrapper: ['sh', '-c', 'ulimit -f 64; exec "$@"', 'sh'],
    });
    expect(code).toBe(1);
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(/Storing layer2\/db\/.*\.sql\.gz.*(?:file too large|EFBIG)/i);
    expect(filesIn({ store: { url: pathToFileURL(vault).href } as ObjectStore })).toEqual([]);
  });

  test.runIf(process.getuid?.() !== 0)('that only others may write is refused', async () => {
    const { directory } = newVault();
    chmodSync(directory, 0o555);
    try {
      const error = await failToBackUp(await makeContext({ store: openFileStore(directory) }));
      expect(error).toMatchObject({ code: 'VAULT_UNWRITABLE', exitCode: 1 });
    } finally {
      chmodSync(directory, 0o755);
    }
  });

  // To root no directory is closed; a name that cannot be made is, to everybody.
  test('that cannot be made is refused', async () => {
    const store = openFileStore('/proc/vault');
    await expect(markVault(store, { clock: tickingClock(), tool })).rejects.toMatchObject({ code: 'VAULT_UNWRITABLE' });
    expect(await failToBackUp(await makeContext({ store }))).toMatchObject({ code: 'VAULT_UNMARKED', exitCode: 1 });
  });
});

describe('an abort', () => {
  /** Parts of a backup, in thousandths of the times that it looks at its signal: the same in each run. */
  const moments = Array.from({ length: 12 }, (_, n) => (n * 7919) % 1000);

  test('at any moment leaves a whole backup or nothing', async () => {
    const { looks } = await abortAtLook(Infinity, async (signal) =>
      createBackup(requestFor(access), await makeContext({ signal })),
    );
    const outcomes = new Set<string>();
    for (const moment of moments) {
      const look = 1 + Math.floor((looks * moment) / 1000);
      const context = await makeContext();
      const { outcome } = await abortAtLook(look, (signal) =>
        createBackup(requestFor(access), { ...context, signal }).catch((error: unknown) => error),
      );
      if (outcome instanceof HoldfastError) {
        expect(outcome, `at look ${look}`).toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
        expect(filesIn(context), `at look ${look}`).toEqual([]);
        outcomes.add('interrupted');
      } else {
        expect(outcome, `at look ${look}`).toHaveProperty('manifestKey');
        const [backup] = await listBackups(context.store);
        const checked = await checkBackup(backup as CompleteBackup, { ...context, signal: undefined });
        expect(checked).toMatchObject({ verdict: 'intact', problems: [] });
        outcomes.add('done');
      }
      expect(await livingChildren(), `at look ${look}`).toEqual(childrenBefore);
    }
    expect(outcomes).toContain('interrupted');
  });

  test.each(['dump', 'entries', 'segments', 'globals', 'manifest'])(
    'while the %s is stored leaves nothing',
    async (role) => {
      const abort = new AbortController();
      const context = await makeContext({ signal: abort.signal });
      const { store } = context;
      const put: ObjectStore['put'] = (key, body, options) => {
        const isIt = parseKey(key)?.object.role === role;
        const abortMidway = async function* () {
          for await (const chunk of body) {
            if (isIt) abort.abort();
            yield chunk;
          }
        };
        return store.put(key, abortMidway(), options);
      };
      expect(await failToBackUp({ ...context, store: { ...store, put } })).toMatchObject({ code: 'INTERRUPTED' });
      expect(filesIn(context)).toEqual([]);
    },
  );
});

describe('two backups of one database in the same second', () => {
  const sameSecond = { now: () => new Date('2026-11-22T03:00:00Z') };

  test.each<readonly [CompressionMethod, CompressionMethod]>([
    ['gzip', 'gzip'],
    ['gzip', 'none'],
    ['zstd', 'gzip'],
  ])('as %s and %s: one is stored whole, the other leaves nothing', async (first, second) => {
    const context = await makeContext({ clock: sameSecond });
    const outcomes = await Promise.allSettled(
      [first, second].map((compression) => createBackup(requestFor(access, { compression }), context)),
    );
    const done = outcomes.filter(({ status }) => status === 'fulfilled');
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    expect(done).toHaveLength(1);
    expect(failed).toEqual([expect.objectContaining({ code: 'OBJECT_EXISTS' })]);

    expect(filesIn(context)).toHaveLength(5);
    const [backup, ...others] = await listBackups(context.store);
    expect(others).toEqual([]);
    expect(await checkBackup(backup as CompleteBackup, context)).toMatchObject({ verdict: 'intact', problems: [] });
  });
});

test('a dump that adopt makes a backup of before its own is complete stays, and the backup fails', async () => {
  const context = await makeContext();
  const { store } = context;
  const put: ObjectStore['put'] = async (key, body, options) => {
    if (parseKey(key)?.object.role === 'globals') {
      const { adopted, refused } = await adoptDumps({ databases: [], dryRun: false, confinement: 'none' }, context);
      expect(refused).toEqual([]);
      expect(adopted).toHaveLength(1);
    }
    return store.put(key, body, options);
  };
  expect(await failToBackUp({ ...context, store: { ...store, put } })).toMatchObject({ code: 'OBJECT_EXISTS' });
  const [backup] = await listBackups(store);
  expect(await checkBackup(backup as CompleteBackup, context)).toMatchObject({ verdict: 'intact', problems: [] });
});
