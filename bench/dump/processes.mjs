/** The memory and CPU time of processes through /proc; elsewhere there is nothing to see. */
import { readdirSync, readFileSync } from 'node:fs';

const INTERVAL_MS = 100;
/** The same on all Linux systems that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Starts to watch. `stop()` answers `{ mainBytes, treeBytes }`, or `undefined` without /proc: the peak resident
 * memory of the first child of the process (as the kernel kept it, so no peak between two looks is missed but the very
 * last), and the largest sum over all descendants that was seen at one time.
 */
export function watchMemory(pid) {
  let mainBytes = 0;
  let treeBytes = 0;
  const look = () => {
    const [, ...tree] = descendants(pid);
    if (tree[0] === undefined) return;
    mainBytes = Math.max(mainBytes, statusBytes(tree[0], 'VmHWM'));
    treeBytes = Math.max(
      treeBytes,
      tree.reduce((sum, each) => sum + statusBytes(each, 'VmRSS'), 0),
    );
  };
  const timer = setInterval(look, INTERVAL_MS);
  return {
    stop() {
      clearInterval(timer);
      return treeBytes > 0 ? { mainBytes, treeBytes } : undefined;
    },
  };
}

/** CPU seconds of those children of a process, and of theirs, that have ended; 0 without /proc. */
export function cpuOfEnded(pid) {
  // Behind the name of the program, which may have spaces, the fields are numbers: the 14th and 15th.
  const [user, system] = read(`/proc/${pid}/stat`).split(') ').at(-1).split(' ').slice(13, 15);
  return ((Number(user) || 0) + (Number(system) || 0)) / TICKS_PER_SECOND;
}

/** The process and everything below it, threads' children included. */
function descendants(pid) {
  const found = [pid];
  for (const parent of found) {
    for (const task of list(`/proc/${parent}/task`)) {
      const children = read(`/proc/${parent}/task/${task}/children`).trim();
      if (children !== '') found.push(...children.split(' ').map(Number));
    }
  }
  return found;
}

function statusBytes(pid, field) {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(read(`/proc/${pid}/status`));
  return match === null ? 0 : Number(match[1]) * 1024;
}

function list(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
