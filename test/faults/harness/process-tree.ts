/** The processes below another one. Reads /proc, so it works on Linux alone. */
import { readdirSync, readFileSync } from 'node:fs';

export interface TreeProcess {
  readonly pid: number;
  /** The first 15 bytes of its program's name. */
  readonly command: string;
}

/** All living processes below `root`, children before grandchildren. */
export function descendantsOf(root: number): TreeProcess[] {
  const all = readdirSync('/proc').flatMap((name) => readProcess(name) ?? []);
  const found: TreeProcess[] = [];
  let parents = new Set([root]);
  while (parents.size > 0) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children.map(({ pid, command }) => ({ pid, command })));
    parents = new Set(children.map(({ pid }) => pid));
  }
  return found;
}

/** Sends SIGKILL to those below `root` with one of these names. @returns how many there were */
export function killBelow(root: number, commands: readonly string[]): number {
  let killed = 0;
  for (const { pid, command } of descendantsOf(root)) {
    if (commands.includes(command) && kill(pid)) killed++;
  }
  return killed;
}

/** Sends SIGKILL. @returns whether there was such a process */
export function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

function readProcess(name: string): (TreeProcess & { readonly parent: number }) | undefined {
  if (!/^\d+$/.test(name)) return undefined;
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    // `pid (command) state parent …`; the command may hold anything, so it is cut off at its last parenthesis.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return undefined;
    const command = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    return { pid: Number(name), command, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
