/** Compares what was dumped with what a copy holds, entry by entry. */
import { formatPlural } from '../../core/amounts.js';
import type { Entry, SchemaEntry, TableDataEntry } from '../../dump/entry.js';
import type { Proof } from '../../vault/formats/proof.js';
import type { Gap } from '../stored/beside-verdict.js';
import { sumRowHashes } from '../../dump/row-hash-sum.js';

/** One entry that is not the same in the copy. */
export interface Difference {
  readonly type: string;
  readonly schema: string | null;
  readonly name: string;
  /** What differs, in words: `899 rows, was 900`. */
  readonly reason: string;
}

export interface Comparison {
  /** How many entries were expected. */
  readonly entries: number;
  /** How many of them are in the copy, unchanged. */
  readonly matched: number;
  /** How many of the matched are equal only in canonical form: PostgreSQL prints them differently after a reload. */
  readonly reprinted: number;
  readonly differences: readonly Difference[];
  /** What a copy computes anew, where there is any of it, and it was asked. */
  readonly derived?: Proof['derived'];
  readonly derivedDifferences?: readonly Difference[];
  /** What was not compared, where that is known. */
  readonly notCompared?: readonly Gap[];
}

export interface CompareOptions {
  /** Owners count. @default true */
  readonly owners?: boolean;
  /** Of what is compared neither as expected nor as found. @default nothing */
  readonly except?: ((entry: Entry) => boolean) | undefined;
  /**
   * The copy's definitions were written by another major, whose texts say the same in other words: they do not count as
   * differences. Is told of each that is not the same. @default they count
   */
  readonly rewritten?: (entry: SchemaEntry) => void;
  /** What an entry is compared as. @default as itself */
  readonly as?: (entry: Entry) => Entry;
}

/**
 * Compares by identity (type, schema, name). Entries that share an identity are matched as a set, because nothing fixes
 * the order of, say, two operators with the same name; so are the partitions that were loaded through their root.
 */
export function compareEntries(
  expected: Iterable<Entry>,
  actual: Iterable<Entry>,
  options: CompareOptions = {},
): Comparison {
  const owners = options.owners ?? true;
  const wanted = groupEntries(expected, options);
  const found = groupEntries(actual, options);
  const differences: Difference[] = [];
  let entries = 0;
  let matched = 0;
  let reprinted = 0;

  for (const [key, group] of wanted) {
    entries += group.length;
    const candidates = found.get(key) ?? [];
    found.delete(key);
    const takeMatches = (entries: readonly Entry[], isMatch: (entry: Entry, candidate: Entry) => boolean): Entry[] =>
      entries.filter((entry) => {
        const index = candidates.findIndex((candidate) => isMatch(entry, candidate));
        if (index < 0) return true;
        const [match] = candidates.splice(index, 1);
        matched++;
        if (match && isReprinted(entry, match)) reprinted++;
        return false;
      });
    const equal = (entry: Entry, candidate: Entry) => difference(entry, candidate, owners) === undefined;
    let unmatched = takeMatches(group, equal);
    const { rewritten } = options;
    if (rewritten) {
      unmatched = takeMatches(unmatched, (entry, candidate) => {
        const same = isRewritten(entry, candidate, owners);
        if (same) rewritten(entry as SchemaEntry);
        return same;
      });
    }
    for (const entry of unmatched) {
      const candidate = candidates.shift();
      const reason = candidate ? (difference(entry, candidate, owners) ?? 'differs') : 'is missing from the copy';
      differences.push({ ...nameInCopy(entry), reason });
    }
    for (const extra of candidates) differences.push({ ...nameInCopy(extra), reason: 'is not in the backup' });
  }
  for (const group of found.values()) {
    for (const extra of group) differences.push({ ...nameInCopy(extra), reason: 'is not in the backup' });
  }
  return { entries, matched, reprinted, differences };
}

function groupEntries(
  entries: Iterable<Entry>,
  { except, as = (entry) => entry }: Pick<CompareOptions, 'except' | 'as'>,
): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const one of entries) {
    if (except?.(one)) continue;
    const entry = as(one);
    const key = identityInCopy(entry);
    const group = groups.get(key);
    if (!group) groups.set(key, [entry]);
    else if (entry.kind === 'table-data' && group[0]?.kind === 'table-data') group[0] = addRows(group[0], entry);
    else group.push(entry);
  }
  return groups;
}

/** Table data is known by the table that the rows were loaded into, which for some partitions is their root. */
export function identityInCopy(entry: Entry): string {
  return entry.kind === 'table-data'
    ? `${entry.type}\0${entry.table.schema}\0${entry.table.name}`
    : `${entry.type}\0${entry.schema ?? ''}\0${entry.name}`;
}

/** The rows of two partitions together. */
function addRows(a: TableDataEntry, b: TableDataEntry): TableDataEntry {
  const hash = sumRowHashes(a.hash, b.hash);
  return { ...a, name: a.table.name, schema: a.table.schema, rows: a.rows + b.rows, bytes: a.bytes + b.bytes, hash };
}

function nameInCopy(entry: Entry): Pick<Difference, 'type' | 'schema' | 'name'> {
  if (entry.kind === 'table-data') return { type: entry.type, ...entry.table };
  return { type: entry.type, schema: entry.schema, name: entry.name };
}

/** How `actual` differs from `expected`; undefined when it does not. */
function difference(expected: Entry, actual: Entry, owners: boolean): string | undefined {
  if (expected.kind === 'table-data' && actual.kind === 'table-data') {
    const missing = expected.columns.filter((column) => !actual.columns.includes(column));
    if (missing.length > 0) return `has no column${missing.length === 1 ? '' : 's'} ${missing.join(', ')}`;
    if (expected.rows !== actual.rows)
      return `has ${formatPlural(actual.rows, 'row')}, was ${formatPlural(expected.rows, 'row')}`;
    if (expected.hash !== actual.hash) return `rows differ in content (${formatPlural(expected.rows, 'row')} in both)`;
    return undefined;
  }
  if (expected.kind === 'sequence-value' && actual.kind === 'sequence-value') {
    if (expected.lastValue === actual.lastValue && expected.isCalled === actual.isCalled) return undefined;
    return `is at ${sequenceState(actual)}, was ${sequenceState(expected)}`;
  }
  if (expected.kind === 'large-object' && actual.kind === 'large-object') {
    if (expected.bytes !== actual.bytes)
      return `has ${formatPlural(actual.bytes, 'byte')}, was ${formatPlural(expected.bytes, 'byte')}`;
    return expected.sha256 === actual.sha256 ? undefined : 'differs in content';
  }
  if (expected.kind === 'schema' && actual.kind === 'schema') {
    // A refresh says only that the view is populated; its rows are computed, not stored in a dump.
    if (expected.type === 'MATERIALIZED VIEW DATA') return undefined;
    if (!sameDefinition(expected, actual)) return 'definition differs';
    if (owners && expected.owner !== actual.owner)
      return `belongs to ${role(actual.owner)}, was ${role(expected.owner)}`;
    return undefined;
  }
  return `is ${actual.kind}, was ${expected.kind}`;
}

function sameDefinition(a: SchemaEntry, b: SchemaEntry): boolean {
  return a.sha256 === b.sha256 || isReprinted(a, b);
}

function isReprinted(a: Entry, b: Entry): boolean {
  if (a.kind !== 'schema' || b.kind !== 'schema' || a.sha256 === b.sha256) return false;
  return a.canonicalSha256 !== undefined && a.canonicalSha256 === b.canonicalSha256;
}

/** Whether two definitions are of one thing, and of one owner. */
function isRewritten(a: Entry, b: Entry, owners: boolean): boolean {
  return a.kind === 'schema' && b.kind === 'schema' && (!owners || a.owner === b.owner);
}

function sequenceState(entry: { readonly lastValue: string; readonly isCalled: boolean }): string {
  return entry.isCalled ? entry.lastValue : `${entry.lastValue} (not yet used)`;
}

function role(owner: string | null): string {
  return owner ?? 'nobody';
}
