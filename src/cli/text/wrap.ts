import { printable } from '../../core/printable.js';
import type { Style } from './style.js';

/**
 * Wraps each line of `text` at spaces; continuation lines are indented as their line is, plus `hanging` columns. So are
 * the lines after a line break: one in a name or in a foreign message cannot begin what looks like a message of ours.
 * A word that is longer than the width stays whole: a path or a URL cut in two cannot be copied.
 *
 * @param measure how many columns a text takes; by default its length, which every command can afford to load
 */
export function wrapText(text: string, width: number, hanging = 0, measure = lengthOf): string {
  return indentLines(text, hanging)
    .split('\n')
    .map((line, index) => wrapLine(line, width, index === 0 ? hanging : Math.min(hanging, 2), measure))
    .join('\n');
}

/** A sentence or message, perhaps with foreign text in it: printable, and continuation lines indented by two columns. */
export function wrapSentence(text: string, { width }: Pick<Style, 'width'>): string {
  return wrapText(printable(text), width, 2);
}

/** Every line but the first moved by `columns`, in addition to the first one's own indentation. */
export function indentLines(text: string, columns: number): string {
  const own = /^ */.exec(text)?.[0].length ?? 0;
  const indent = ' '.repeat(columns === 0 ? 0 : own + columns);
  return text.replaceAll('\n', `\n${indent}`);
}

function wrapLine(line: string, width: number, hanging: number, measure: (text: string) => number): string {
  const own = /^ */.exec(line)?.[0].length ?? 0;
  const indent = ' '.repeat(own + hanging);
  const lines: string[] = [];
  let current = ' '.repeat(own);
  let taken = own;
  let empty = true;
  for (const word of line.trim().split(' ')) {
    if (!empty && taken + 1 + measure(word) > width) {
      lines.push(current);
      current = indent;
      taken = indent.length;
      empty = true;
    }
    current += empty ? word : ` ${word}`;
    taken += measure(word) + (empty ? 0 : 1);
    empty = false;
  }
  return [...lines, current].join('\n');
}

function lengthOf(text: string): number {
  return text.length;
}
