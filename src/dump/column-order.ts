/**
 * Reorders the fields of COPY text rows.
 *
 * Partitions may have their columns in different orders. Where rows are loaded through the root, nothing tells
 * afterwards which partition a row came from, so all of them must be hashed with their columns in one order.
 */

const TAB = 0x09;
const NEWLINE = 0x0a;

export class ColumnOrder {
  readonly #sources: readonly number[];
  /** The beginning of the current row. */
  #pending: Buffer = Buffer.alloc(0);

  /**
   * @param from the columns as the rows have them
   * @param to the same columns in the wanted order
   */
  constructor(from: readonly string[], to: readonly string[]) {
    this.#sources = to.map((column) => from.indexOf(column));
  }

  /** The rows that end in this piece of table data, reordered; the end-of-data line, which has no tab, is left out. */
  reorder(piece: Buffer): Buffer {
    const data = this.#pending.length === 0 ? piece : Buffer.concat([this.#pending, piece]);
    const parts: Buffer[] = [];
    let start = 0;
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
      this.#addRow(data.subarray(start, end), parts);
      start = end + 1;
    }
    // A copy, because the piece belongs to the stream.
    this.#pending = Buffer.from(data.subarray(start));
    return Buffer.concat(parts);
  }

  #addRow(row: Buffer, parts: Buffer[]): void {
    const fields: Buffer[] = [];
    let start = 0;
    // COPY writes a tab inside a value as \t, so each tab ends a field.
    for (let end = row.indexOf(TAB); end >= 0; end = row.indexOf(TAB, start)) {
      fields.push(row.subarray(start, end));
      start = end + 1;
    }
    fields.push(row.subarray(start));
    if (fields.length !== this.#sources.length) return;
    this.#sources.forEach((source, index) => parts.push(index === 0 ? EMPTY : SEPARATOR, fields[source] ?? EMPTY));
    parts.push(END);
  }
}

const EMPTY = Buffer.alloc(0);
const SEPARATOR = Buffer.from('\t');
const END = Buffer.from('\n');

/** Whether two lists name the same columns in different orders. */
export function isReordered(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.some((column, at) => column !== b[at]) && a.every((column) => b.includes(column));
}
