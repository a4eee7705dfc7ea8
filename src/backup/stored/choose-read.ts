/** Which backups of a database are read when not all are: as many as are needed, and no more, however many there are. */
import type { Backup } from '../../vault/catalog.js';
import { isOfFuture } from './anomalies.js';

/** Of those that the listing alone shows to be odd: a part missing, an object too many, a mark, a date to come. */
const ODD = 50;
/** Of all the others, one for so many of the newest, evenly down to the oldest: what a database held long ago, and damage. */
const NEWEST_OF_SAMPLE = 10;
/** The dump, the globals, the entries and the manifest. */
const OBJECTS = 4;

/**
 * @param backups newest first
 * @param depth how many of the newest are read, and as many of the older ones that were verified
 */
export function chooseRead(backups: readonly Backup[], depth: number, now: Date): ReadonlySet<Backup> {
  if (backups.length <= depth) return new Set(backups);
  // What is dated in the future pushes nothing out of view.
  const current = backups.filter(({ state, takenAt }) => state === 'complete' && !isOfFuture(takenAt, undefined, now));
  const older = current.slice(depth);
  const verified = older.filter(({ proofKeys }) => proofKeys.length > 0).slice(0, depth);
  const odd = backups.filter((backup) => isOdd(backup) || isOfFuture(backup.takenAt, undefined, now)).slice(0, ODD);
  const chosen = new Set([...current.slice(0, depth), ...verified, ...odd]);
  const others = older.filter((backup) => !chosen.has(backup));
  // The newest and the oldest of them at least.
  const samples = Math.max(2, Math.floor(depth / NEWEST_OF_SAMPLE));
  const step = Math.max(1, (others.length - 1) / (samples - 1));
  for (let at = 0; at < others.length; at += step) {
    const sample = others[Math.round(at)];
    if (sample) chosen.add(sample);
  }
  return chosen;
}

function isOdd({ state, proofKeys, objects, prunedKey }: Backup): boolean {
  return state !== 'complete' || prunedKey !== undefined || objects.length - proofKeys.length !== OBJECTS;
}
