/** The table of file descriptors of a running process. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

/**
 * Fills it: no more than `spare` others can be opened from now on.
 *
 * @returns whether the process was still there
 */
export function fillDescriptors(pid: number, spare: number): boolean {
  try {
    const open = readdirSync(`/proc/${pid}/fd`).map(Number);
    // Numbers are given from below; those that were closed in between are free as well.
    const limit = lowestWith(new Set(open), spare);
    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${limit}:${limit}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The limit under which just so many numbers are free. */
function lowestWith(taken: ReadonlySet<number>, spare: number): number {
  let free = 0;
  let limit = 0;
  while (free < spare || taken.has(limit)) {
    if (!taken.has(limit)) free += 1;
    limit += 1;
  }
  return limit;
}
