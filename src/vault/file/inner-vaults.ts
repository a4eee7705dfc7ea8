/** Vaults below a directory. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted } from '../../core/cancellation.js';

/**
 * The first directory below `root`, at any depth, that has a file at `marker`. Links are not followed: what they lead
 * to lies elsewhere. What may not be read (`lost+found`) is skipped.
 *
 * @throws the signal's coded error when aborted
 */
export async function findMarkedBelow(root: string, marker: string, signal?: AbortSignal): Promise<string | undefined> {
  const waiting = await directoriesIn(root);
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    throwIfAborted(signal);
    if (await lstat(join(path, marker)).catch(() => undefined)) return path;
    waiting.push(...(await directoriesIn(path)));
  }
  return undefined;
}

async function directoriesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
}
