/** What to type to run this program again, for commands that are shown to be copied. */
import { relative } from 'node:path';

/**
 * `./bin/holdfast` where that was started in a clone of the repository, else `holdfast`.
 *
 * @param script what Node.js was started with
 */
export function programName(script: string | undefined, cwd: string): string {
  const path = script === undefined ? '' : relative(cwd, script);
  return path === 'bin/holdfast' ? `./${path}` : 'holdfast';
}
