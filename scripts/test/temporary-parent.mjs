/** Where a run of the tests keeps its temporary files. */
import { accessSync, constants, readFileSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';

const MEMORY = '/dev/shm';
/** Several times what the tests have at once (all but the long ones). */
const NEEDED_BYTES = 8 * 1024 ** 3;

/**
 * Memory where there is plenty of it: the tests make and remove some hundred thousand files of database clusters, and a
 * filesystem on a disk takes far longer for that than they take. `TMPDIR` comes before it.
 *
 * @param large whether there may be more to keep than fits into memory
 */
export function temporaryParent({ large }) {
  if (large || process.env.TMPDIR || !mayUseMemory()) return tmpdir();
  return MEMORY;
}

function mayUseMemory() {
  try {
    accessSync(MEMORY, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .findLast(([, place]) => place === MEMORY);
    // Programs that the tests write are run from there.
    const runs = mount?.[2] === 'tmpfs' && !mount[3].split(',').includes('noexec');
    return runs && bavail * bsize >= NEEDED_BYTES && freemem() >= NEEDED_BYTES;
  } catch {
    return false;
  }
}
