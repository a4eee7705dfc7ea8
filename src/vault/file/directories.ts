/** Directories of a file store: made durable before an object in them counts, and removed when they are empty. */
import { mkdir, open, readlink, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from '../../core/errors.js';

/** How many times a directory is recreated that another process removes as empty at the same moment. */
const ATTEMPTS = 10;

/**
 * Copies of whole databases are not for every user of the machine; the group may be let in on purpose.
 */
const DIRECTORY_MODE = 0o750;

/** Creates `directory` and its missing parents; afterwards they survive a power failure. */
export async function makeDirectory(directory: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const topmost = await makeWithParents(directory);
      // The entry of each new directory is in its parent.
      if (topmost !== undefined) await syncDirectories(dirname(topmost), dirname(directory));
      return;
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT' || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * As `mkdir` with `recursive`, which never returns if a directory cannot be created although its parent exists (below
 * /proc, or below an automounter): each time it takes the ENOENT for a missing parent.
 *
 * @returns the topmost directory that was created
 */
async function makeWithParents(directory: string): Promise<string | undefined> {
  const missing: string[] = [];
  let path = directory;
  while (!(await stat(path).catch(() => undefined)) && path !== dirname(path)) {
    await requireNoDanglingLink(path);
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

/**
 * A link whose target is missing, usually because its disk is not mounted: no directory can be made in its place.
 *
 * @throws a system error for one at this path
 */
export async function requireNoDanglingLink(path: string): Promise<void> {
  const target = await readlink(path).catch(() => undefined);
  if (target === undefined) return;
  throw Object.assign(new Error(`ENOLINK: the link ${path} leads to ${target}, which is not there`), {
    code: 'ENOLINK',
  });
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
