/** A vault in a local directory: each object is a file, its key the path below the directory. */
import { constants, createReadStream } from 'node:fs';
import { access, lstat, rename, stat, statfs, unlink } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MIB } from '../../core/amounts.js';
import { abortError, throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError, systemCodeOf } from '../../core/errors.js';
import { byteRange } from '../byte-range.js';
import { assertObjectKey } from '../../syntax/object-key.js';
import type { GetOptions, ObjectInfo, ObjectStore, PutOptions, StoredObject, StoreTrial } from '../object-store.js';
import { makeDirectory, removeEmptyDirectories, requireNoDanglingLink, syncDirectories } from './directories.js';
import { directoryInTheWay, objectExists, publish, type Placement } from './publish.js';
import { isAbsence, unreadable, unwritable } from './system-failures.js';
import { createTemporaryFile, removeStaleFiles, type TemporaryFile } from './temporary-file.js';
import { walk } from './walk.js';
import { writeAll, writeBody } from './write-body.js';

/** Bytes of one read. */
const READ_BYTES = MIB;
/** Bytes that a trial writes. */
const TRIAL_BYTES = 65_536;

/**
 * Opens the vault in `directory`. Nothing is touched before the first call; the first `put` creates the directory.
 *
 * An object is written to a temporary file in the vault's root, synced to the disk, and then linked to its name:
 * readers see all of it or nothing, and it survives a power failure as soon as `put` has returned.
 *
 * @param directory absolute, or relative to the working directory
 */
export function openFileStore(directory: string): ObjectStore {
  const root = resolve(directory);
  const pathOf = (key: string) => {
    assertObjectKey(key);
    return join(root, key);
  };
  return {
    url: pathToFileURL(root).href,
    needsMarker: true,
    put: async (key, body, options = {}) => put({ root, key, target: pathOf(key) }, body, options),
    get: (key, options = {}) => get(root, key, options),
    head: async (key) => head(pathOf(key), key),
    list: (prefix, signal) => listFiles(root, prefix, signal),
    tryPut: async (key, signal) => tryPut({ root, key, target: pathOf(key) }, signal),
    rename: async (key, to) => renameObject(root, { key, path: pathOf(key) }, { key: to, path: pathOf(to) }),
    delete: async (key) => remove(root, pathOf(key), key),
  };
}

async function put(place: Placement, body: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredObject> {
  throwIfAborted(options.signal);
  // Only system errors are translated: an error from the body passes unchanged.
  const attempt = async <T>(step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (error) {
      throw unwritable(`Storing ${place.key}`, place.target, error);
    }
  };
  const temporary = await attempt(() => prepareFile(place));
  try {
    const written = await writeBody((pieces) => attempt(() => writeAll(temporary.handle, pieces)), body, options);
    await attempt(() => temporary.handle.sync());
    // What follows is one system call: the last moment at which an abort can take effect.
    throwIfAborted(options.signal);
    await attempt(() => publish(temporary.path, place));
    return { key: place.key, ...written };
  } catch (error) {
    await removeEmptyDirectories(place.root, dirname(place.target));
    throw error;
  } finally {
    await temporary.discard();
  }
}

/** Creates no directory: it would be visible, and a killed process would leave it behind. */
async function tryPut({ root, key, target }: Placement, signal: AbortSignal | undefined): Promise<StoreTrial> {
  throwIfAborted(signal);
  try {
    const existing = await stat(target).catch(unlessAbsent);
    if (existing?.isDirectory()) throw directoryInTheWay(target);
    if (existing) throw objectExists(key);
    const parent = await nearestDirectory(dirname(target));
    // Where a vault is still to be made, the directory in which it would be.
    const within = parent === root || parent.startsWith(join(root, sep)) ? root : parent;
    const [vault, place] = await Promise.all([stat(within), stat(parent)]);
    if (!place.isDirectory())
      throw Object.assign(new Error(`ENOTDIR: there is a file at ${parent}`), { code: 'ENOTDIR' });
    if (vault.dev !== place.dev) throw otherFilesystem(parent);
    await access(parent, constants.W_OK | constants.X_OK);
    const temporary = await createTemporaryFile(within);
    try {
      await temporary.handle.write(Buffer.alloc(TRIAL_BYTES));
      await temporary.handle.sync();
    } finally {
      await temporary.discard();
    }
    const { bavail, bsize } = await statfs(within);
    return {
      tried: [
        `A file of ${TRIAL_BYTES} bytes was written in ${within === root ? 'the vault' : within}, synced to its disk, and removed.`,
      ],
      untried: ['Giving a file its name: this would create an object, which a dry run must not do.'],
      freeBytes: bavail * bsize,
    };
  } catch (error) {
    throw unwritable(`Trying to store ${key}`, target, error);
  }
}

/** The directory itself, or the nearest existing one above it. */
async function nearestDirectory(directory: string): Promise<string> {
  if (await stat(directory).catch(unlessAbsent)) return directory;
  await requireNoDanglingLink(directory);
  return nearestDirectory(dirname(directory));
}

/** A name that is too long is refused, and not absent: nothing can be stored under it. */
function unlessAbsent(error: unknown): undefined {
  const code = systemCodeOf(error);
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
}

/** Finds what is certain to fail here, before hours of dump have gone into the body. */
async function prepareFile({ root, key, target }: Placement): Promise<TemporaryFile> {
  await makeDirectory(dirname(target));
  const existing = await stat(target).catch(() => undefined);
  if (existing?.isDirectory()) throw directoryInTheWay(target);
  if (existing) throw objectExists(key);
  const [vault, parent] = await Promise.all([stat(root), stat(dirname(target)).catch(() => undefined)]);
  if (parent && vault.dev !== parent.dev) throw otherFilesystem(dirname(target));
  // That the directory is gone again, because somebody removed it as empty, is not a refusal: it is recreated when the
  // object is published.
  await access(dirname(target), constants.W_OK).catch((error: unknown) => {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
  });
  await removeStaleFiles(root);
  return createTemporaryFile(root);
}

/** EXDEV, as the system would report it at the end. */
function otherFilesystem(path: string): Error {
  return Object.assign(new Error(`EXDEV: ${path} is on a different filesystem from the vault`), { code: 'EXDEV' });
}

async function* get(root: string, key: string, { range, refuseLinks, signal }: GetOptions): AsyncGenerator<Uint8Array> {
  assertObjectKey(key);
  const path = join(root, key);
  throwIfAborted(signal);
  if (refuseLinks) await requireNoLinks(root, key);
  const info = await head(path, key);
  if (!info) throw missing(key);
  const part = byteRange(range, info.size);
  if (!part) return;
  try {
    // A fixed end: the object is read as it was found.
    yield* createReadStream(path, { ...part, highWaterMark: READ_BYTES, signal }) as AsyncIterable<Buffer>;
  } catch (error) {
    if (signal?.aborted) throw abortError(signal);
    throw systemCodeOf(error) === 'ENOENT' ? missing(key) : unreadable(`Reading ${key}`, path, error);
  }
}

async function requireNoLinks(root: string, key: string): Promise<void> {
  let path = root;
  for (const name of key.split('/')) {
    path = join(path, name);
    const info = await lstat(path).catch(() => undefined);
    if (!info?.isSymbolicLink()) continue;
    throw new HoldfastError('VAULT_UNREADABLE', `Reading ${key} failed: ${path} is a link, which is not followed.`, {
      hint: `What it leads to belongs to another place. Remove the link: ${path}`,
    });
  }
}

async function head(path: string, key: string): Promise<ObjectInfo | undefined> {
  try {
    const info = await stat(path);
    return info.isFile() ? { key, size: info.size, lastModified: info.mtime } : undefined;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw unreadable(`Looking for ${key}`, path, error);
  }
}

async function* listFiles(root: string, prefix: string, signal: AbortSignal | undefined): AsyncGenerator<ObjectInfo> {
  try {
    yield* walk(root, prefix, signal);
  } catch (error) {
    throw unreadable('Listing the vault', root, error);
  }
}

interface Named {
  readonly key: string;
  readonly path: string;
}

/** Two callers that rename to one key at the same moment both succeed, and one object is lost. */
async function renameObject(root: string, from: Named, to: Named): Promise<void> {
  try {
    if (await lstat(to.path).catch(() => undefined)) throw objectExists(to.key);
    await makeDirectory(dirname(to.path));
    await rename(from.path, to.path);
    await syncDirectories(root, dirname(to.path));
    if (dirname(from.path) !== dirname(to.path)) await removeEmptyDirectories(root, dirname(from.path));
  } catch (error) {
    throw unwritable(`Renaming ${from.key} to ${to.key}`, from.path, error);
  }
}

async function remove(root: string, path: string, key: string): Promise<void> {
  try {
    if (!(await head(path, key))) return;
    await unlink(path);
    await removeEmptyDirectories(root, dirname(path));
  } catch (error) {
    if (!isAbsence(error)) throw unwritable(`Removing ${key}`, path, error);
  }
}

function missing(key: string): HoldfastError {
  return new HoldfastError('OBJECT_MISSING', `Reading ${key} failed: the vault has no such object.`);
}
