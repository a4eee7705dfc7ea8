/**
 * Users of the operating system that exist for one drill: nobody else has them, so whatever runs as them belongs to the
 * drill.
 */
import { randomInt } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { HoldfastError } from '../../../core/errors.js';
import type { OsUser } from '../options.js';

/**
 * Two users with one group: restored code, which runs as the server, must not reach the memory of the client programs,
 * which may connect to sockets.
 */
export interface DrillUsers {
  readonly server: OsUser;
  readonly client: OsUser;
}

/** What systemd's table of uids calls unused: above those of containers, below where signed numbers end. */
const PREFERRED = { from: 1_879_048_192, to: 2_147_483_645 };
/** Inside a user namespace that maps fewer: above the users that people and packages create. */
const SMALL = { from: 20_000, to: 60_000 };
const ATTEMPTS = 50;

/** @throws HoldfastError THROWAWAY_FAILED when none is free */
export async function chooseDrillUsers(): Promise<DrillUsers> {
  const mapped = intersect(await readMap('/proc/self/uid_map'), await readMap('/proc/self/gid_map'));
  const range = [PREFERRED, SMALL].find(({ from, to }) => mapped.some((part) => part.from <= from && to <= part.to));
  if (range) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const uid = randomInt(range.from, range.to);
      if (await isFree([uid, uid + 1])) {
        return { server: { uid, gid: uid }, client: { uid: uid + 1, gid: uid } };
      }
    }
  }
  throw new HoldfastError('THROWAWAY_FAILED', 'Starting a throwaway server as root: no user id is free for it.', {
    hint: `The container maps too few user ids: it needs those from ${SMALL.from} to ${SMALL.to}. Or run Holdfast as an ordinary user.`,
  });
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** `inside outside count`, one line per range. Without /proc nothing is mapped. */
async function readMap(file: string): Promise<Range[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return [...text.matchAll(/^\s*(\d+)\s+\d+\s+(\d+)\s*$/gm)].map(([, inside, count]) => ({
    from: Number(inside),
    to: Number(inside) + Number(count) - 1,
  }));
}

function intersect(a: readonly Range[], b: readonly Range[]): Range[] {
  return a.flatMap((x) => b.map((y) => ({ from: Math.max(x.from, y.from), to: Math.min(x.to, y.to) })));
}

/** Neither known to the system nor owning a process. */
async function isFree(ids: readonly number[]): Promise<boolean> {
  for (const file of ['/etc/passwd', '/etc/group']) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.split('\n').some((line) => ids.includes(Number(line.split(':')[2] || Number.NaN)))) return false;
  }
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const owner = await stat(`/proc/${name}`).catch(() => undefined);
    if (owner && ids.includes(owner.uid)) return false;
  }
  return true;
}
