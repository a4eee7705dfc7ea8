/** The processes that this one has started. Reads /proc, so it works on Linux alone. */
import { readdir, readFile } from 'node:fs/promises';

/** The living children of this process, by command name: an empty array when nothing was left behind. */
export async function livingChildren(): Promise<string[]> {
  const children: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // `pid (command) state parent …`; the command may hold anything, so it is cut off at its last parenthesis.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(parent) === process.pid && state !== 'Z') {
      children.push(stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')));
    }
  }
  return children;
}
