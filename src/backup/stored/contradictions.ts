/** Whether a dump and its entries file, which were written together, still agree. */
import type { DumpTotals, Entry } from '../../dump/entry.js';

export interface Contradiction {
  readonly type: string;
  readonly schema: string | null;
  readonly name: string;
  readonly reason: string;
}

/** A dump that contradicts its entries file in one place usually does so in many. */
const MOST_CONTRADICTIONS = 20;

/** Compares the entries that the dump itself yields with those of the entries file: both were written together. */
export class ContradictionFinder {
  readonly #expected: readonly Entry[];
  readonly #differences: Contradiction[] = [];
  #next = 0;

  constructor(expected: readonly Entry[]) {
    this.#expected = expected;
  }

  add(entry: Entry): void {
    const wanted = this.#expected[this.#next++];
    if (!sameEntry(entry, wanted)) this.#note(entry, 'the dump and the entries file contradict each other');
  }

  finish(): readonly Contradiction[] {
    const unseen = this.#expected[this.#next];
    if (unseen) this.#note(unseen, 'it is in the entries file but not in the dump');
    return this.#differences;
  }

  #note({ type, schema, name }: Entry, reason: string): void {
    if (this.#differences.length < MOST_CONTRADICTIONS) this.#differences.push({ type, schema, name, reason });
  }
}

/** Where the totals of a dump differ from those in its manifest. */
export function compareTotals(found: DumpTotals, recorded: DumpTotals): Contradiction[] {
  return (Object.keys(found) as (keyof DumpTotals)[])
    .filter((name) => found[name] !== recorded[name])
    .map((name) => ({
      type: 'MANIFEST',
      schema: null,
      name: `totals.${name}`,
      reason: `the manifest says ${recorded[name]}, the dump has ${found[name]}`,
    }));
}

/**
 * Both are written by the same code and JSON keeps the order of keys, but a file that somebody else made may order them
 * differently.
 */
function sameEntry(a: Entry, b: Entry | undefined): boolean {
  if (b === undefined) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof Entry>;
  return [...keys].every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
}
