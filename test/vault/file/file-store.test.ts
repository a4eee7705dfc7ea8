import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openFileStore } from '../../../src/vault/file/file-store.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';
import { temporaryDirectories } from './temporary-directory.js';

const newDirectory = temporaryDirectories();
const MIB = 1 << 20;

async function* body(text = 'content'): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

async function keys(store: ObjectStore, prefix = ''): Promise<string[]> {
  const found: string[] = [];
  for await (const info of store.list(prefix)) found.push(info.key);
  return found;
}

async function drain(bytes: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of bytes) size += chunk.byteLength;
  return size;
}

/** Runs as an ordinary user: root may write everywhere. */
async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('the file store', () => {
  it('keeps each object as a plain file under its key, for its owner and group alone', async () => {
    const directory = await newDirectory();
    const store = openFileStore(join(directory, 'new/vault'));
    expect(store.url).toBe(pathToFileURL(join(directory, 'new/vault')).href);
    await store.put('a/b/object', body());
    const path = join(directory, 'new/vault/a/b/object');
    expect(await readFile(path, 'utf8')).toBe('content');
    expect((await stat(path)).mode & 0o007).toBe(0);
    expect((await stat(path)).nlink).toBe(1);
    expect((await stat(join(directory, 'new'))).mode & 0o007).toBe(0);
    expect(await readdir(join(directory, 'new/vault'))).toEqual(['a']);
  });

  it('writes into a temporary file in its root until the body has ended', async () => {
    const directory = await newDirectory();
    const store = openFileStore(directory);
    const watching = (async function* () {
      yield Buffer.alloc(3 * MIB);
      const hidden = (await readdir(directory)).filter((name) => name.startsWith('.holdfast-tmp-'));
      expect(hidden).toHaveLength(1);
      expect(await readdir(join(directory, 'a/b'))).toEqual([]);
    })();
    await store.put('a/b/object', watching);
    expect(await readdir(directory)).toEqual(['a']);
  });

  it('leaves neither files nor empty directories when a put fails or is aborted', async () => {
    const directory = await newDirectory();
    const store = openFileStore(directory);
    const failing = (async function* () {
      yield await Promise.resolve(Buffer.alloc(2 * MIB));
      throw new Error('late failure');
    })();
    await expect(store.put('a/b/object', failing)).rejects.toThrow('late failure');
    expect(await readdir(directory)).toEqual([]);

    const controller = new AbortController();
    const hanging = (async function* () {
      yield Buffer.alloc(2 * MIB);
      controller.abort();
      await new Promise(() => {});
    })();
    await expect(store.put('a/b/object', hanging, { signal: controller.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    expect(await readdir(directory)).toEqual([]);
  });

  it('removes directories that a deletion leaves empty, and never its root', async () => {
    const directory = await newDirectory();
    const store = openFileStore(directory);
    await store.put('a/b/one', body());
    await store.put('a/two', body());
    await store.delete?.('a/b/one');
    expect(await readdir(join(directory, 'a'))).toEqual(['two']);
    await store.delete?.('a/two');
    expect(await readdir(directory)).toEqual([]);
  });

  it('stores while others delete beside it: a directory that vanishes is made again', async () => {
    const store = openFileStore(await newDirectory());
    const churn = async (name: string) => {
      for (let round = 0; round < 60; round++) {
        await store.put(`a/b/c/${name}`, body(name));
        await store.delete?.(`a/b/c/${name}`);
      }
    };
    await Promise.all(['one', 'two', 'three', 'four'].map(churn));
    expect(await keys(store)).toEqual([]);
  });

  it('writes and reads 512 MiB with little memory', async () => {
    const store = openFileStore(await newDirectory());
    const chunk = Buffer.alloc(64 << 10, 'x');
    const before = process.memoryUsage().rss;
    let peak = 0;
    const look = () => (peak = Math.max(peak, process.memoryUsage().rss - before));
    const large = (async function* () {
      for (let index = 0; index < 8192; index++) {
        yield await Promise.resolve(chunk);
        if (index % 256 === 0) look();
      }
    })();
    const hash = createHash('sha256');
    for (let index = 0; index < 8192; index++) hash.update(chunk);
    expect((await store.put('large', large)).sha256).toBe(hash.digest('hex'));
    let size = 0;
    for await (const piece of store.get('large')) {
      size += piece.byteLength;
      look();
    }
    expect(size).toBe(512 * MIB);
    expect(peak).toBeLessThan(128 * MIB);
  }, 60_000);

  it('reads in pieces of 1 MiB', async () => {
    const store = openFileStore(await newDirectory());
    await store.put('object', body('x'.repeat(3 * MIB)));
    const sizes: number[] = [];
    for await (const chunk of store.get('object')) sizes.push(chunk.byteLength);
    expect(sizes).toEqual([MIB, MIB, MIB]);
  });
});

describe('a file store that cannot write', () => {
  it('names the directory and the remedy when it lacks the permission, before it reads the body', async () => {
    const directory = await newDirectory();
    await mkdir(join(directory, 'closed'));
    await chmod(directory, 0o755);
    await chmod(join(directory, 'closed'), 0o555);
    let read = false;
    const unread = (async function* () {
      read = true;
      yield await Promise.resolve(Buffer.from('x'));
    })();
    for (const [vault, key] of [
      ['closed', 'object'],
      ['closed', 'a/object'],
      ['closed/new', 'object'],
    ] as const) {
      const attempt = asOrdinaryUser(() => openFileStore(join(directory, vault)).put(key, unread));
      await expect(attempt).rejects.toMatchObject({
        code: 'VAULT_UNWRITABLE',
        message: expect.stringContaining(join(directory, vault, key)) as string,
        hint: expect.stringContaining('change the owner or the mode') as string,
      });
    }
    expect(read).toBe(false);
  });

  it('says so when a file lies where a directory is needed', async () => {
    const directory = await newDirectory();
    await writeFile(join(directory, 'file'), 'mine');
    for (const [vault, key] of [
      ['file', 'object'],
      ['file/vault', 'object'],
      ['.', 'file/object'],
    ] as const) {
      await expect(openFileStore(join(directory, vault)).put(key, body())).rejects.toMatchObject({
        code: 'VAULT_UNWRITABLE',
        hint: expect.stringContaining('where a directory is needed') as string,
      });
    }
    expect(await readFile(join(directory, 'file'), 'utf8')).toBe('mine');
  });

  it('says so when a directory lies where the object belongs, and takes it for no object', async () => {
    const store = openFileStore(await newDirectory());
    await store.put('a/b', body());
    await expect(store.put('a', body())).rejects.toMatchObject({
      code: 'VAULT_UNWRITABLE',
      hint: expect.stringContaining('where the object belongs') as string,
    });
    await store.delete?.('a');
    expect(await keys(store)).toEqual(['a/b']);
  });

  it('says so when a name is too long for the filesystem', async () => {
    const store = openFileStore(await newDirectory());
    await expect(store.put('n'.repeat(256), body())).rejects.toMatchObject({
      code: 'VAULT_UNWRITABLE',
      hint: expect.stringContaining('shorter names') as string,
    });
    expect(await keys(store)).toEqual([]);
  });
});

describe('a file store that cannot read', () => {
  it('says so when the vault is not there, since that may be a mistyped name, and makes nothing', async () => {
    const directory = await newDirectory();
    const store = openFileStore(join(directory, 'missing'));
    await expect(keys(store)).rejects.toMatchObject({
      code: 'VAULT_UNREADABLE',
      message: `Listing the vault failed at ${join(directory, 'missing')}: the directory does not exist.`,
      hint: expect.stringContaining('`holdfast vault init` creates a new vault') as string,
    });
    await expect(drain(store.get('object'))).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    expect(await store.head('object')).toBeUndefined();
    expect(await readdir(directory)).toEqual([]);
  });

  it.runIf(process.getuid?.() === 0)('B17: says that root owns what a run as root has stored', async () => {
    const directory = await newDirectory();
    const store = openFileStore(directory);
    await store.put('proof', body());
    await chmod(directory, 0o755);
    // The group of this process stays that of root.
    await chmod(join(directory, 'proof'), 0o600);
    await expect(asOrdinaryUser(() => drain(store.get('proof')))).rejects.toMatchObject({
      code: 'VAULT_UNREADABLE',
      message: expect.stringMatching(/proof belongs to root, and this runs as uid [1-9]\d*\.$/) as string,
      hint: expect.stringContaining('run Holdfast as the owner of the vault') as string,
    });
  });

  it('names the path and the remedy when it lacks the permission', async () => {
    const directory = await newDirectory();
    const store = openFileStore(directory);
    await store.put('secret', body());
    await store.put('a/object', body());
    await chmod(directory, 0o755);
    await chmod(join(directory, 'secret'), 0o000);
    await chmod(join(directory, 'a'), 0o000);
    const refusals: (() => Promise<unknown>)[] = [
      () => drain(store.get('secret')),
      () => drain(store.get('a/object')),
      () => store.head('a/object'),
      () => keys(store, 'a/'),
    ];
    for (const refusal of refusals) {
      await expect(asOrdinaryUser(refusal)).rejects.toMatchObject({
        code: 'VAULT_UNREADABLE',
        message: expect.stringMatching(
          /^[A-Z].* failed at \/\S+: permission denied(?:: \S+ belongs to \S+(?: \d+)?, and this runs as uid \d+)?\.$/,
        ) as string,
        hint: expect.stringContaining('may not read') as string,
      });
    }
    await chmod(join(directory, 'a'), 0o755);
  });

  it('takes links to files and directories for what they lead to, and follows none in a circle', async () => {
    const [directory, elsewhere] = [await newDirectory(), await newDirectory()];
    await openFileStore(elsewhere).put('old/object', body('moved'));
    const store = openFileStore(directory);
    await store.put('a/new', body());
    await symlink(join(elsewhere, 'old'), join(directory, 'old'));
    await symlink(join(elsewhere, 'old/object'), join(directory, 'a/linked'));
    await symlink('..', join(directory, 'a/up'));
    await symlink('nowhere', join(directory, 'a/dangling'));
    await symlink('self', join(directory, 'a/self'));
    expect(await keys(store)).toEqual(['a/linked', 'a/new', 'old/object']);
    expect(await drain(store.get('old/object'))).toBe(5);
  });
});
