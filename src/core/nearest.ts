/** What somebody who mistyped a name may have meant. */
import { distance } from 'fastest-levenshtein';

/**
 * The candidate that was most likely meant, or `undefined` when none is near.
 * Case, hyphens and underscores do not count, so `db_name` is exactly `dbName`.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const plain = plainForm(word);
  // A third of the letters may be wrong, or two in a short word: beyond that, suggestions would be unrelated.
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

/** Each candidate once, the most similar to `word` first. */
export function nearestFirst(word: string, candidates: Iterable<string>): string[] {
  const steps = new Map([...candidates].map((candidate) => [candidate, distance(candidate, word)]));
  return [...steps.keys()].sort((a, b) => (steps.get(a) ?? 0) - (steps.get(b) ?? 0) || (a < b ? -1 : 1));
}

function plainForm(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, '');
}
