/** Giving a finished file its name, without ever replacing another. */
import { link, lstat, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HoldfastError, systemCodeOf } from '../../core/errors.js';
import { makeDirectory, syncDirectories } from './directories.js';

/** How often a directory that another process removes as empty, at the very moment, is made again. */
const ATTEMPTS = 10;

/** What `link` answers on filesystems without hard links (FAT, exFAT, some network and user-space ones). */
const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Where an object belongs. */
export interface Placement {
  /** The vault's directory. */
  readonly root: string;
  readonly key: string;
  /** The object's path. */
  readonly target: string;
}

/**
 * Makes the content of `temporary` appear at `target`, durably. `temporary` may be left and is the caller's to
 * remove.
 *
 * `rename` would replace what lies at `target`; `link` refuses. Without hard links the name is reserved by
 * creating an empty file exclusively and then renamed over: still exactly one writer wins and nothing is
 * overwritten, but for a moment (or after a crash within it) an empty object can be seen.
 *
 * @param makeLink `link` of the system; another one to test filesystems without it
 * @throws HoldfastError OBJECT_EXISTS, or a system error; then nothing of ours is at `target`
 */
export async function publish(
  temporary: string,
  { root, target, key }: Placement,
  makeLink: typeof link = link,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await makeLink(temporary, target);
      break;
    } catch (error) {
      const code = systemCodeOf(error) ?? '';
      if (code === 'EEXIST') throw await existsError(target, key, error);
      if (code === 'ENOENT' && attempt < ATTEMPTS) await makeDirectory(dirname(target));
      else if (NO_HARD_LINKS.has(code)) {
        await reserveAndRename(temporary, target, key);
        break;
      } else throw error;
    }
  }
  try {
    // All of them, also those that were there: another writer may have made them and not synced them yet.
    await syncDirectories(root, dirname(target));
  } catch (error) {
    // Whether it would survive a power failure is unknown: then it must not be taken for a stored object.
    await unlink(target).catch(() => {});
    throw error;
  }
}

async function reserveAndRename(temporary: string, target: string, key: string): Promise<void> {
  try {
    await (await open(target, 'wx')).close();
  } catch (error) {
    throw systemCodeOf(error) === 'EEXIST' ? await existsError(target, key, error) : error;
  }
  try {
    await rename(temporary, target);
  } catch (error) {
    await unlink(target).catch(() => {});
    throw error;
  }
}

/** OBJECT_EXISTS, or a system error where what exists is a directory: that is not an object. */
async function existsError(target: string, key: string, cause: unknown): Promise<Error> {
  const info = await lstat(target).catch(() => undefined);
  return info?.isDirectory() ? directoryInTheWay(target) : objectExists(key, cause);
}

/** EISDIR, as the system would say it. */
export function directoryInTheWay(path: string): Error {
  return Object.assign(new Error(`EISDIR: a directory lies at ${path}`), { code: 'EISDIR' });
}

export function objectExists(key: string, cause?: unknown): HoldfastError {
  return new HoldfastError('OBJECT_EXISTS', `Storing ${key} failed: an object with this key is already there.`, {
    cause,
  });
}
