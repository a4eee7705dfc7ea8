/** Listing the objects below a directory in the order of their keys, reading one directory at a time. */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { throwIfAborted } from '../../core/cancellation.js';
import { systemCodeOf } from '../../core/errors.js';
import { keyFault, TEMPORARY_PREFIX } from '../../syntax/object-key.js';
import type { ObjectInfo } from '../object-store.js';
import { isAbsence } from './system-failures.js';

/**
 * The objects in the vault at `root` whose keys begin with `prefix`.
 *
 * @throws system errors, including ENOENT when `root` itself does not exist; the signal's coded error when aborted
 */
export async function* walk(root: string, prefix: string, signal?: AbortSignal): AsyncGenerator<ObjectInfo> {
  await readdirOf(root, true);
  // Everything that begins with `a/b/c` is in `a/b`, so the walk starts there.
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (start !== '' && keyFault(start.slice(0, -1))) return;
  yield* walkDirectory(root, start, prefix, signal);
}

/** @param parent the keys' beginning in this directory: empty, or ending with a slash */
async function* walkDirectory(
  root: string,
  parent: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectInfo> {
  const found = await Promise.all(
    (await readdirOf(join(root, parent), false))
      .filter(({ name }) => !name.startsWith(TEMPORARY_PREFIX))
      .map((entry) => classify(root, parent, entry)),
  );
  // A directory sorts as what its keys begin with: `a-b` and `a.b` come before `a/…`, `a0` after it.
  const names = found.filter((name) => name !== undefined).sort((a, b) => (a < b ? -1 : 1));
  for (const name of names) {
    throwIfAborted(signal);
    const key = parent + name;
    if (name.endsWith('/')) {
      if (key.startsWith(prefix) || prefix.startsWith(key)) yield* walkDirectory(root, key, prefix, signal);
    } else if (key.startsWith(prefix)) {
      const info = await stat(join(root, key)).catch(unlessGone);
      if (info) yield { key, size: info.size, lastModified: info.mtime };
    }
  }
}

/**
 * The name, with a slash at its end for a directory; `undefined` for what is not an object (sockets, pipes, devices).
 */
async function classify(root: string, parent: string, entry: Dirent): Promise<string | undefined> {
  if (entry.isFile()) return entry.name;
  if (entry.isDirectory()) return `${entry.name}/`;
  if (!entry.isSymbolicLink()) return undefined;
  // Somebody may have moved old backups to another disk and left links behind: they still count.
  const path = join(root, parent, entry.name);
  const info = await stat(path).catch(unlessGone);
  if (info?.isFile()) return entry.name;
  if (!info?.isDirectory()) return undefined;
  // A link to a directory above it would be followed forever.
  const [here, there] = await Promise.all([realpath(join(root, parent)), realpath(path)]);
  return `${here}${sep}`.startsWith(`${there}${sep}`) ? undefined : `${entry.name}/`;
}

async function readdirOf(directory: string, mustExist: boolean): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (!mustExist && isAbsence(error)) return [];
    throw error;
  }
}

/** What has just been removed is not listed; a link that leads nowhere or in a circle is not an object. */
function unlessGone(error: unknown): undefined {
  if (isAbsence(error) || systemCodeOf(error) === 'ELOOP') return undefined;
  throw error;
}
