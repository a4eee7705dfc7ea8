/**
 * The sentence about a backup without rows: a database that was emptied, or the wrong one, dumps and restores without
 * an error.
 */
export function describeEmpty(totals: { readonly tables: number; readonly rows: number }): string | undefined {
  if (totals.rows > 0) return undefined;
  const { tables } = totals;
  const holds = tables === 0 ? 'no tables and no rows' : `${tables === 1 ? 'a table' : `${tables} tables`} and no rows`;
  return `The backup holds ${holds}: check that this is the right database, and that its data is where it belongs.`;
}

/**
 * A verdict as it is shown, everywhere: one on a backup without rows is no plain `proven`.
 *
 * @param held by the backup; absent where that is not known
 */
export function describeVerdict(
  verdict: string,
  held: { readonly tables: number; readonly rows: number } | undefined,
): string {
  if (verdict !== 'proven' || held === undefined || held.rows > 0) return verdict;
  return held.tables === 0 ? 'proven, no tables, no rows' : 'proven, no rows';
}

/** What was compared, for a verdict: `3 entries, no tables, no rows`. */
export function describeCompared(totals: {
  readonly entries: number;
  readonly tables: number;
  readonly rows: number;
}): string {
  const counted = (count: number, one: string, many: string) =>
    count === 0 ? `no ${many}` : `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
  return [
    counted(totals.entries, 'entry', 'entries'),
    counted(totals.tables, 'table', 'tables'),
    counted(totals.rows, 'row', 'rows'),
  ].join(', ');
}
