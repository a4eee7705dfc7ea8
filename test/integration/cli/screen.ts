/** What a terminal shows after it was written to: enough of one for a line that is drawn over again and again. */
export function finalScreen(output: string): string {
  const lines: string[] = [''];
  let row = 0;
  let column = 0;
  for (const [token] of output.matchAll(/\u001b\[[?\d;]*[A-Za-z]|\r|\n|[^\r\n\u001b]+|\u001b/g)) {
    const [, digits = '', command = ''] = /^\u001b\[\??([\d;]*)([A-Za-z])$/.exec(token) ?? [];
    if (token === '\n') lines[++row] ??= '';
    else if (token === '\r') column = 0;
    else if (command === 'G') column = Number(digits || 1) - 1;
    else if (command === 'A') row = Math.max(0, row - Number(digits || 1));
    else if (command === 'K') lines[row] = digits === '2' ? '' : (lines[row] ?? '').slice(0, column);
    else if (command === '') {
      const line = (lines[row] ?? '').padEnd(column);
      lines[row] = line.slice(0, column) + token + line.slice(column + token.length);
      column += token.length;
    }
  }
  return lines.map((line) => line.trimEnd()).join('\n');
}
