import { distance } from 'fastest-levenshtein';

/**
 * The candidate that was most likely meant, or `undefined` when none is near.
 * Case, hyphens and underscores do not count, so `db_name` is exactly `dbName`.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const plain = plainForm(word);
  // A third of the letters may be wrong, and two in a short word: more would suggest what has nothing to do with it.
  let best = Math.max(2, Math.floor(plain.length / 3)) + 1;
  let found: string | undefined;
  for (const candidate of candidates) {
    const steps = distance(plain, plainForm(candidate));
    if (steps < best && steps < plain.length) {
      best = steps;
      found = candidate;
    }
  }
  return found;
}

function plainForm(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, '');
}
