/** Directories of a file store: made durable before an object in them counts, and removed when they are empty. */
import { mkdir, open, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from '../../core/errors.js';

/** How often a directory is made again that another process removes as empty at the very moment. */
const ATTEMPTS = 10;

/**
 * Holdfast's copies of whole databases are not for every user of the machine; the group may be let in on purpose.
 */
const DIRECTORY_MODE = 0o750;

/** Makes `directory` and its missing parents; after it, they survive a power failure. */
export async function makeDirectory(directory: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const topmost = await makeWithParents(directory);
      // The entry of each new directory lies in its parent.
      if (topmost !== undefined) await syncDirectories(dirname(topmost), dirname(directory));
      return;
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT' || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * As `mkdir` with `recursive`, which never returns where a directory cannot be made though its parent is there (below
 * /proc, or an automounter's): it takes the ENOENT for a missing parent each time.
 *
 * @returns the topmost directory that was made
 */
async function makeWithParents(directory: string): Promise<string | undefined> {
  const missing: string[] = [];
  let path = directory;
  while (!(await stat(path).catch(() => undefined)) && path !== dirname(path)) {
    missing.push(path);
    path = dirname(path);
  }
  for (const next of missing.reverse()) {
    await mkdir(next, { mode: DIRECTORY_MODE }).catch((error: unknown) => {
      // Another writer was faster.
      if (systemCodeOf(error) !== 'EEXIST') throw error;
    });
  }
  return missing[0];
}

/** Syncs `directory` and its parents up to `top`, which is one of them. */
export async function syncDirectories(top: string, directory: string): Promise<void> {
  for (let path = directory; ; path = dirname(path)) {
    await syncDirectory(path);
    if (path === top || path === dirname(path)) return;
  }
}

/** Writes a directory's entries to the disk. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes `directory` and its parents while they are empty, up to `root`, which stays. Never fails. */
export async function removeEmptyDirectories(root: string, directory: string): Promise<void> {
  for (let path = directory; path !== root && path.startsWith(root); path = dirname(path)) {
    try {
      await rmdir(path);
    } catch {
      return; // Not empty, already gone, or not ours to remove: an empty directory does no harm.
    }
  }
}
