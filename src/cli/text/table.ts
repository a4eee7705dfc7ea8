/** Tables without lines: they read well, and survive a copy into a message. */
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { printableLine } from './printable.js';
import type { Style } from './style.js';
import { wrapText } from './wrap.js';

export interface Column {
  readonly title: string;
  /** @default 'left' */
  readonly align?: 'left' | 'right';
  /** Its cells may be wrapped at spaces where the terminal is too narrow for the table. */
  readonly flexible?: boolean;
}

/** A cell: plain text of any origin, or text that was coloured by `paint`. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

const BORDERLESS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/**
 * The table as lines, without trailing spaces. A row takes one line, and several where the terminal is too narrow and
 * columns are flexible.
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly Cell[])[], style: Style): string {
  const widths = fittingWidths(columns, rows, style.tableWidth);
  const table = new Table({
    chars: BORDERLESS,
    head: columns.map(({ title }, index) => paintLines(title, widths[index], style.colors.dim)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(row.map((cell, index) => formatCell(cell, widths[index])));
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
    withoutLimit(style),
  );
  if (widthOf(whole) <= style.tableWidth) return whole;
  const table = formatTable(
    columns,
    rows.map(({ cells }) => cells),
    style,
  );
  return [table, ...rows.map(({ key }) => style.colors.dim(printableLine(key)))].join('\n');
}

/**
 * A table whose rows end with sentences; they come below their row where the screen is too narrow for them.
 *
 * @param column of the sentences, the last one
 */
export function formatTableWithDetails(
  columns: readonly Column[],
  column: Column,
  rows: readonly { readonly cells: readonly Cell[]; readonly details: readonly string[] }[],
  style: Style,
): string {
  const whole = formatTable(
    [...columns, column],
    rows.map(({ cells, details }) => [...cells, details.join(' ')]),
    column.flexible ? style : withoutLimit(style),
  );
  if (widthOf(whole) <= style.tableWidth) return whole;
  const cells = rows.map((row) => row.cells);
  const [head = '', ...lines] = formatTable(columns, cells, withoutLimit(style)).split('\n');
  const detail = (text: string) => style.colors.dim(wrapText(`    ${printableLine(text)}`, style.width));
  return [head, ...rows.flatMap(({ details }, index) => [lines[index] ?? '', ...details.map(detail)])].join('\n');
}

function widthOf(text: string): number {
  return longest(stripVTControlCharacters(text).split('\n'));
}

/** To find out how wide a table would be. */
function withoutLimit(style: Style): Style {
  return { ...style, tableWidth: Infinity };
}

const GAP = 2;

/** For each column that gives way, the columns that are left to it: the widest gives first, none below its longest word. */
function fittingWidths(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  limit: number,
): readonly (number | undefined)[] {
  const texts = columns.map(({ title }, index) => [title, ...rows.map((row) => textOf(row[index] ?? ''))]);
  const natural = texts.map((column) => longest(column));
  const least = texts.map((column, index) =>
    // A heading that is wider than what stands below it may be wrapped in any column.
    columns[index]?.flexible
      ? longest(column.flatMap(words))
      : longest([...words(column[0] ?? ''), ...column.slice(1)]),
  );
  const widths = [...natural];
  let over = widths.reduce((sum, width) => sum + width, (widths.length - 1) * GAP) - limit;
  while (over > 0) {
    const giving = widths.map((width, index) => (width > (least[index] ?? 0) ? width : 0));
    const widest = giving.indexOf(Math.max(...giving));
    if (giving[widest] === 0) break;
    widths[widest]!--;
    over--;
  }
  return widths.map((width, index) => (width < (natural[index] ?? 0) ? width : undefined));
}

function textOf(cell: Cell): string {
  return printableLine(typeof cell === 'string' ? cell : cell.text);
}

function words(text: string): string[] {
  return text.split(' ');
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, text.length), 0);
}

function formatCell(cell: Cell, width: number | undefined): string {
  return paintLines(textOf(cell), width, typeof cell === 'string' ? String : cell.paint);
}

/** Each line by itself: a colour that spans lines would run into the next column. */
function paintLines(text: string, width: number | undefined, paint: (text: string) => string): string {
  if (width === undefined) return paint(text);
  return wrapText(text, width).split('\n').map(paint).join('\n');
}
