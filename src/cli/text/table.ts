/** Tables without lines: they read well, and survive a copy into a message. */
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { printableLine } from './printable.js';
import type { Style } from './style.js';

export interface Column {
  readonly title: string;
  /** @default 'left' */
  readonly align?: 'left' | 'right';
}

/** A cell: plain text of any origin, or text that was coloured by `paint`. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

const BORDERLESS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/** The table as lines, without trailing spaces. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly Cell[])[], style: Style): string {
  const table = new Table({
    chars: BORDERLESS,
    head: columns.map(({ title }) => style.colors.dim(title)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(row.map(formatCell));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** A table whose rows end with the key of a backup; the keys come below it where the screen is too narrow. */
export function formatTableWithKeys(
  columns: readonly Column[],
  rows: readonly { readonly cells: readonly Cell[]; readonly key: string }[],
  style: Style,
): string {
  const whole = formatTable(
    [...columns, { title: 'key' }],
    rows.map(({ cells, key }) => [...cells, key]),
    style,
  );
  const widest = Math.max(...whole.split('\n').map((line) => stripVTControlCharacters(line).length));
  if (widest <= style.tableWidth) return whole;
  const table = formatTable(
    columns,
    rows.map(({ cells }) => cells),
    style,
  );
  return [table, ...rows.map(({ key }) => style.colors.dim(printableLine(key)))].join('\n');
}

function formatCell(cell: Cell): string {
  return typeof cell === 'string' ? printableLine(cell) : cell.paint(printableLine(cell.text));
}
