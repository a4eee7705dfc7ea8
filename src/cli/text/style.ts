/** What decides about the form of text: colors or none, and how wide it may be. */
import { createColors } from 'picocolors';

export type Colors = ReturnType<typeof createColors>;

export interface Style {
  readonly colors: Colors;
  /** Columns for prose; a fixed number elsewhere than on a terminal, so that a log does not depend on who reads it. */
  readonly width: number;
  /** Columns that a table may take. A log has room for any: whoever searches it wants a row on one line. */
  readonly tableWidth: number;
}

const WIDTH_ELSEWHERE = 100;
/** Longer lines of prose are hard to read, however wide the window. */
const WIDEST = 120;

export interface StyleOptions {
  readonly stream: { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: NodeJS.ProcessEnv;
  /** `--no-color` makes it false. */
  readonly color: boolean;
}

/** The style of an output stream; see https://no-color.org. */
export function styleOf({ stream, env, color }: StyleOptions): Style {
  const terminal = stream.isTTY === true;
  const wanted = color && !env.NO_COLOR && terminal && env.TERM !== 'dumb';
  const columns = terminal ? Math.max(40, stream.columns ?? 80) : Infinity;
  return {
    colors: createColors(wanted),
    width: terminal ? Math.min(WIDEST, columns) : WIDTH_ELSEWHERE,
    tableWidth: columns,
  };
}
