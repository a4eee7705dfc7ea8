/** Tells the demo: numbered steps, what a user would type, what came out. */
import type { Style } from '../../text/style.js';
import { printableLine } from '../../../core/printable.js';
import { wrapText } from '../../text/wrap.js';

const INDENT = '   ';

export interface Narrator {
  /** Begins a step. */
  step(title: string): void;
  /** A sentence or two. */
  text(text: string): void;
  /** A command line: the first arguments of the program, then what may go to lines of their own. */
  command(start: string, ...options: readonly string[]): void;
  /** Output, as it is. */
  output(text: string): void;
  /** For output: narrower, as it is indented. */
  readonly style: Style;
}

/** @param program what the program is called in command lines */
export function createNarrator(say: (text: string) => void, style: Style, program: string): Narrator {
  const { colors, width } = style;
  const inner = width - INDENT.length;
  const lines = (text: string) => say(`${text.replace(/^(?=.)/gm, INDENT)}\n`);
  let steps = 0;
  return {
    style: { ...style, width: inner, tableWidth: style.tableWidth - INDENT.length },
    step: (title) => say(`\n${colors.bold(colors.cyan(`${++steps}.`))} ${colors.bold(title)}\n`),
    text: (text) => lines(wrapText(text, inner)),
    command: (first, ...options) => {
      const start = `${program} ${first}`;
      const whole = ['$', start, ...options].join(' ');
      lines(colors.cyan(whole.length <= inner ? whole : [`$ ${start}`, ...options].join(' \\\n  ')));
    },
    output: (text) => lines(text),
  };
}

/** Quoted where a shell would take it for something else. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${printableLine(text).replaceAll("'", "'\\''")}'`;
}
