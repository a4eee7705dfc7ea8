/**
 * Splits what pg_dumpall -g and pg_dump -C print into statements.
 *
 * Enough for these programs: strings (E'' too), quoted identifiers, line comments, and meta-commands on lines of
 * their own. They print no dollar quotes and no COPY.
 */

/** The statements with their semicolons, without comments and meta-commands between them. */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let start = -1;
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (start < 0 && (character === '\\' || text.startsWith('--', at))) {
      at = endOfLine(text, at);
    } else if (start < 0 && /\s/.test(character)) {
      at++;
    } else {
      if (start < 0) start = at;
      if (character === ';') {
        statements.push(text.slice(start, at + 1));
        start = -1;
        at++;
      } else at = endOfToken(text, at);
    }
  }
  if (start >= 0) statements.push(text.slice(start).trimEnd());
  return statements;
}

/**
 * A statement with the text inside its quotes taken out: `ALTER ROLE "a IN DATABASE b" SET x TO 'y';` becomes
 * `ALTER ROLE "" SET x TO '';`. What is left are keywords and plain names.
 */
export function shapeOf(statement: string): string {
  let shape = '';
  let at = 0;
  while (at < statement.length) {
    const next = endOfToken(statement, at);
    const character = statement[at] ?? '';
    if (character === '"' || character === "'") shape += character + character;
    else if (!statement.startsWith('--', at)) shape += statement.slice(at, next);
    at = next;
  }
  return shape;
}

/** Where the token at `at` ends: a quoted one as a whole, a comment to its line's end, anything else by characters. */
function endOfToken(text: string, at: number): number {
  const character = text[at];
  if (character === '"') return endOfQuoted(text, at, '"', false);
  if (character === "'") return endOfQuoted(text, at, "'", isEscapeString(text, at));
  if (text.startsWith('--', at)) return endOfLine(text, at);
  return at + 1;
}

/** `E'…'`, where the E does not end a longer word. */
function isEscapeString(text: string, quote: number): boolean {
  return /[eE]/.test(text[quote - 1] ?? '') && !/[\w$]/.test(text[quote - 2] ?? '');
}

function endOfQuoted(text: string, start: number, quote: string, escapes: boolean): number {
  for (let at = start + 1; at < text.length; at++) {
    if (escapes && text[at] === '\\') at++;
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return text.length;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}
