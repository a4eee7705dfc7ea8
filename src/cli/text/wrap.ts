/**
 * Wraps each line of `text` at spaces; continuation lines are indented as their line is, plus `hanging` columns.
 * A word that is longer than the width stays whole: a path or a URL cut in two cannot be copied.
 */
export function wrapText(text: string, width: number, hanging = 0): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, width, hanging))
    .join('\n');
}

function wrapLine(line: string, width: number, hanging: number): string {
  const own = /^ */.exec(line)?.[0].length ?? 0;
  const indent = ' '.repeat(own + hanging);
  const lines: string[] = [];
  let current = ' '.repeat(own);
  let empty = true;
  for (const word of line.trim().split(' ')) {
    if (!empty && current.length + 1 + word.length > width) {
      lines.push(current);
      current = indent;
      empty = true;
    }
    current += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, current].join('\n');
}
