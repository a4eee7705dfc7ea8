import type { VolumeComparison } from './compare-volume.js';

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
          ({ schema, name, rowsBefore, rows }) => `${schema}.${name} (${count(rowsBefore)} → ${count(rows)})`,
        );
        const most = tables.length === 0 ? '' : `; most in ${named(tables, shrunk.total)}`;
        return `The rows are down by ${percent(before.rows, after.rows)} from the previous backup: ${count(before.rows)} → ${count(after.rows)}${most}.`;
      }
      case 'bytes':
        return `The bytes of SQL are down by ${percent(before.rawBytes, after.rawBytes)} from the previous backup: ${count(before.rawBytes)} → ${count(after.rawBytes)}.`;
      case 'tables': {
        const tables = vanished.tables.map(
          ({ schema, name, rows }) => `${schema}.${name} (${count(rows)} ${rows === 1 ? 'row' : 'rows'})`,
        );
        return `${vanished.total === 1 ? 'A table' : `${vanished.total} tables`} of the previous backup ${vanished.total === 1 ? 'is' : 'are'} gone: ${named(tables, vanished.total)}.`;
      }
    }
  });
}

function named(tables: readonly string[], total: number): string {
  const shown = tables.slice(0, SHOWN);
  return shown.join(', ') + (total > shown.length ? ` and ${total - shown.length} more` : '');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** Truncated, not rounded: 99.96 % is not all. */
function percent(before: number, after: number): string {
  return `${Math.floor(((before - after) / before) * 1000) / 10} %`;
}
