import type { RowShare } from './segment.js';

/** Is told by the reader of a dump where it could be entered. All offsets are those of the plain dump. */
export interface BorderWatcher {
  /**
   * An entry begins.
   *
   * @param number in the order of the entries file, from 1
   * @param hasRows whether it is a table's data
   */
  entry(at: number, number: number, hasRows: boolean): void;
  /** How far the rows of a table may be read before {@link reached} is called. */
  readonly pause: number;
  /**
   * Called while the rows of a table go on, at `pause`, and from there on at the end of each row for as long as `pause`
   * is not moved beyond it.
   *
   * @param share what the table's rows before `at` add up to; undefined in the middle of a row
   */
  reached(at: number, share: RowShare | undefined): void;
  /** The rows of a table have ended. @param share of all of them */
  tableEnd(share: RowShare): void;
  /** The dump has ended. @param at its size @param entries of all of it */
  end(at: number, entries: number): void;
}
