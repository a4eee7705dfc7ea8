/**
 * Tables without lines: they read well, and survive a copy into a message.
 *
 * By hand: `cli-table3` has had no release since 2024; widths are from `string-width`.
 */
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { printableLine } from '../../core/printable.js';
import type { Style } from './style.js';
import { wrapText } from './wrap.js';

export interface Column {
  readonly title: string;
  /** @default 'left' */
  readonly align?: 'left' | 'right';
  /** Its cells may be wrapped at spaces where the terminal is too narrow for the table. */
  readonly flexible?: boolean;
}

/** A cell: plain text of any origin, or text that was colored by `paint`. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

/**
 * The table as lines, without trailing spaces. A row takes one line, and several where the terminal is too narrow and
 * columns are flexible.
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly Cell[])[], style: Style): string {
  return layOut(columns, rows, style).join('\n');
}

/** The heading and each row, of one or more lines. */
function layOut(columns: readonly Column[], rows: readonly (readonly Cell[])[], style: Style): string[] {
  const widths = fittingWidths(columns, rows, style.tableWidth);
  const heading = columns.map(({ title }): Cell => ({ text: title, paint: style.colors.dim }));
  return [heading, ...rows].map((cells) => layOutRow(columns, cells, widths));
}

function layOutRow(columns: readonly Column[], cells: readonly Cell[], widths: readonly number[]): string {
  const lines = columns.map((_, index) => {
    const text = textOf(cells[index] ?? '');
    const width = widths[index] ?? 0;
    // A name that fits stays as it is, whatever white space it has.
    return stringWidth(text) <= width ? [text] : wrapText(text, width, 0, stringWidth).split('\n');
  });
  const height = Math.max(...lines.map((block) => block.length));
  return Array.from({ length: height }, (_, line) =>
    columns
      .map(({ align }, index) => {
        const text = lines[index]?.[line] ?? '';
        const space = ' '.repeat(Math.max(0, (widths[index] ?? 0) - stringWidth(text)));
        // Each line is painted by itself: a color that spans lines would run into the next column.
        const painted = text === '' ? '' : paintOf(cells[index] ?? '')(text);
        return align === 'right' ? space + painted : painted + space;
      })
      .join(' '.repeat(GAP))
      .trimEnd(),
  ).join('\n');
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
  const [head = '', ...lines] = layOut(columns, cells, style);
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

/** What each column takes: where there is too little room, the widest gives way first, and none cuts a word. */
function fittingWidths(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  limit: number,
): readonly number[] {
  const texts = columns.map(({ title }, index) => [title, ...rows.map((row) => textOf(row[index] ?? ''))]);
  const natural = texts.map(longest);
  const widths = [...natural];
  const isOver = () => widths.reduce((sum, width) => sum + width, (widths.length - 1) * GAP) > limit;
  if (!isOver()) return widths;
  // What a column is at its next step down: a heading may be wrapped in any column, its cells in a flexible one.
  const steps = texts.map((column, index) => narrowerWidth(column, natural[index] ?? 0, columns[index]?.flexible));
  while (isOver()) {
    const giving = widths.map((width, index) => ((steps[index] ?? 0) < width ? width : 0));
    const widest = giving.indexOf(Math.max(...giving));
    if (giving[widest] === 0) break;
    widths[widest] = steps[widest] ?? 0;
    steps[widest] = narrowerWidth(texts[widest] ?? [], widths[widest], columns[widest]?.flexible);
  }
  return widths;
}

/** What the column takes when it may not take `width`; the same where it cannot do with less. */
function narrowerWidth([title = '', ...cells]: readonly string[], width: number, flexible = false): number {
  const wrapped = (text: string) => wrapText(text, width - 1, 0, stringWidth).split('\n');
  return longest([...wrapped(title), ...(flexible ? cells.flatMap(wrapped) : cells)]);
}

function textOf(cell: Cell): string {
  return printableLine(typeof cell === 'string' ? cell : cell.text);
}

function paintOf(cell: Cell): (text: string) => string {
  return typeof cell === 'string' ? String : cell.paint;
}

/** In columns of a terminal: a Chinese character or an emoji takes two, a combining mark none. */
function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, stringWidth(text)), 0);
}
