/** Giving a finished file its name, without ever replacing another. */
import { link, lstat, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HoldfastError, systemCodeOf } from '../../core/errors.js';
import { makeDirectory, syncDirectories } from './directories.js';

/** How many times a directory is recreated that another process removes as empty at the same moment. */
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
 * Makes the content of `temporary` appear at `target`, durably. `temporary` may be left behind; the caller removes it.
 *
 * `rename` would replace what is at `target`; `link` refuses. Without hard links the name is reserved by
 * creating an empty file exclusively and then renamed over: exactly one writer still wins and nothing is overwritten,
 * but for a moment (or after a crash in that moment) an empty object is visible.
 *
 * @param makeLink the system's `link`; tests replace it to simulate filesystems without hard links
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
    // All of them, including existing ones: another writer may have created them without having synced them yet.
    await syncDirectories(root, dirname(target));
  } catch (error) {
    // It is unknown whether it would survive a power failure, so it must not be taken for a stored object.
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

/** OBJECT_EXISTS, or a system error if what exists is a directory, which is not an object. */
async function existsError(target: string, key: string, cause: unknown): Promise<Error> {
  const info = await lstat(target).catch(() => undefined);
  return info?.isDirectory() ? directoryInTheWay(target) : objectExists(key, cause);
}

/** EISDIR, as the system would report it. */
export function directoryInTheWay(path: string): Error {
  return Object.assign(new Error(`EISDIR: there is a directory at ${path}`), { code: 'EISDIR' });
}

export function objectExists(key: string, cause?: unknown): HoldfastError {
  return new HoldfastError('OBJECT_EXISTS', `Storing ${key} failed: an object with this key already exists.`, {
    cause,
  });
}
