/** What a comparison remembers about an entry that is not table data. */
import type { Entry } from '../../dump/entry.js';

/** What is remembered about an entry that is not table data. */
export interface EntryState {
  readonly type: string;
  readonly schema: string | null;
  readonly name: string;
  readonly owner: string | null;
  /** Equal for equal contents. */
  readonly digest: string;
  /** Equal for two texts of one definition; empty where there is no such form. */
  readonly canonical: string;
  /** Of a sequence, or the bytes of a large object. */
  readonly state: string;
}

export function stateOf(entry: Exclude<Entry, { kind: 'table-data' }>): EntryState {
  const { type, schema, name, owner } = entry;
  const base = { type, schema, name, owner, digest: '', canonical: '', state: '' };
  switch (entry.kind) {
    case 'schema':
      return { ...base, digest: entry.sha256, canonical: entry.canonicalSha256 ?? '' };
    case 'sequence-value':
      return { ...base, state: `${entry.lastValue}${entry.isCalled ? '' : ' (not yet used)'}` };
    case 'large-object':
      return { ...base, digest: entry.sha256, state: `${entry.bytes.toLocaleString('en-US')} bytes` };
  }
}

/** How the second differs from the first; undefined when it does not. */
export function difference(a: EntryState, b: EntryState): string | undefined {
  const sameText = a.digest === b.digest || (a.canonical !== '' && a.canonical === b.canonical);
  if (a.type === 'SEQUENCE SET') return a.state === b.state ? undefined : `${a.state} → ${b.state}`;
  if (!sameText) return a.state === '' ? 'definition changed' : `content changed, ${a.state} → ${b.state}`;
  return a.owner === b.owner ? undefined : `owner ${a.owner ?? 'nobody'} → ${b.owner ?? 'nobody'}`;
}

/** What to say about an entry that has no counterpart; may be empty. */
export function describe({ type, state, owner }: EntryState): string {
  if (type === 'SEQUENCE SET') return `at ${state}`;
  return state === '' ? (owner === null ? '' : `of ${owner}`) : state;
}
