/** Sentences about what a backup holds, and what it no longer holds. */
import { formatCount, formatPlural } from '../../core/amounts.js';
import { wordsBeside, wordsElsewhere, type BesideVerdict } from './beside-verdict.js';
import type { VolumeComparison } from './volume.js';

/** How many tables a sentence lists. */
const SHOWN = 5;

/**
 * One sentence for each drop: for logs, manifests and `status`.
 *
 * @param after what the newer of the two backups holds
 */
export function describeDrops(
  { before, drops, vanished, shrunk }: VolumeComparison,
  after: { readonly rows: number; readonly rawBytes: number },
): string[] {
  return drops.map((drop) => {
    switch (drop) {
      case 'rows': {
        const tables = shrunk.tables.map(
          ({ schema, name, rowsBefore, rows }) =>
            `${schema}.${name} (${formatCount(rowsBefore)} → ${formatCount(rows)})`,
        );
        const most = tables.length === 0 ? '' : `; most in ${listTables(tables, shrunk.total)}`;
        return `The rows are down by ${percent(before.rows, after.rows)} from the previous backup: ${formatCount(before.rows)} → ${formatCount(after.rows)}${most}.`;
      }
      case 'bytes':
        return `The bytes of SQL are down by ${percent(before.rawBytes, after.rawBytes)} from the previous backup: ${formatCount(before.rawBytes)} → ${formatCount(after.rawBytes)}.`;
      case 'tables': {
        const tables = vanished.tables.map(
          ({ schema, name, rows }) => `${schema}.${name} (${formatCount(rows)} ${rows === 1 ? 'row' : 'rows'})`,
        );
        return `${vanished.total === 1 ? 'A table' : `${vanished.total} tables`} of the previous backup ${vanished.total === 1 ? 'is' : 'are'} gone: ${listTables(tables, vanished.total)}.`;
      }
    }
  });
}

function listTables(tables: readonly string[], total: number): string {
  const shown = tables.slice(0, SHOWN);
  return shown.join(', ') + (total > shown.length ? ` and ${total - shown.length} more` : '');
}

/** Truncated, not rounded: 99.96 % is not all. */
function percent(before: number, after: number): string {
  return `${Math.floor(((before - after) / before) * 1000) / 10} %`;
}

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
 * A verdict as it is shown, everywhere: one on a backup without rows is no plain `proven`, and what stands beside it is
 * said with it.
 *
 * @param held by the backup; absent where that is not known
 */
export function describeVerdict(
  verdict: string,
  held: { readonly tables: number; readonly rows: number } | undefined,
  beside: BesideVerdict = {},
): string {
  const { across, elsewhere = [] } = beside;
  const into = across && (verdict === 'restores' ? ` into ${across.serverMajor}` : ` in ${across.serverMajor}`);
  const said = [`${verdict}${into ?? ''}`];
  if ((verdict === 'proven' || verdict === 'restores') && held?.rows === 0)
    said.push(...(held.tables === 0 ? ['no tables'] : []), 'no rows');
  const others = elsewhere.filter(({ serverMajor }) => serverMajor !== across?.serverMajor);
  return [...said, ...wordsBeside(beside), ...wordsElsewhere(others)].join(', ');
}

/** What was compared, for a verdict: `3 entries, no tables, no rows`. */
export function describeCompared(totals: {
  readonly entries: number;
  readonly tables: number;
  readonly rows: number;
}): string {
  const counted = (count: number, one: string, many: string) =>
    count === 0 ? `no ${many}` : formatPlural(count, one, many);
  return [
    counted(totals.entries, 'entry', 'entries'),
    counted(totals.tables, 'table', 'tables'),
    counted(totals.rows, 'row', 'rows'),
  ].join(', ');
}
