/**
 * Splits what pg_dumpall -g and pg_dump -C print into statements.
 *
 * Enough for these programs: strings (E'' too), quoted identifiers, line comments, and meta-commands on lines of
 * their own. They print no dollar quotes, no block comments and no COPY: a server would find the ends of statements in
 * those elsewhere than this lexer does, so a text that has them is refused.
 */
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';

/** psql commands that these programs print, for users who feed the file to psql. */
const COMMAND =
  /^\\(?:(?:un)?restrict [A-Za-z0-9]+|encoding (?!SJIS|SHIFT_JIS|BIG5|GB|UHC|JOHAB)[A-Z0-9_]+|connect (?:[a-z0-9_]+|(?:-reuse-previous=on )?"(?:[^"]|"")*"))\s*$/;

/**
 * The statements with their semicolons, without comments and meta-commands between them.
 *
 * @throws HoldfastError HOSTILE_DUMP for what these programs do not print
 */
export function splitStatements(text: string): string[] {
  if (text.includes('\0')) throw hostile('a NUL byte');
  const statements: string[] = [];
  let start = -1;
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (start < 0 && (character === '\\' || text.startsWith('--', at))) {
      const end = endOfLine(text, at);
      const line = text.slice(at, end);
      if (character === '\\' && !COMMAND.test(line))
        throw hostile(`the psql command ${quoted(line.slice(0, 80).trimEnd())}`);
      // psql ends the comment there and runs what follows.
      if (line.includes('\r')) throw hostile('a carriage return in a comment');
      at = end;
    } else if (start < 0 && /[ \t\n]/.test(character)) {
      at++;
    } else {
      requirePlain(text, at);
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
 * `ALTER ROLE "" SET x TO '';`. What remains are keywords and plain names.
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

/** @throws HoldfastError HOSTILE_DUMP for anything that begins outside quotes and could hide the end of a statement */
function requirePlain(text: string, at: number): void {
  const character = text[at] ?? '';
  if (character === '\\' || character === '$' || /^(?:\/\*|--)/.test(text.slice(at, at + 2))) {
    throw hostile(`${quoted(text.slice(at, at + 20))} outside of quotes`);
  }
  if (/[\0-\x08\x0b-\x1f\x7f]/.test(character)) throw hostile('a control character outside quotes');
}

function hostile(what: string): HoldfastError {
  return new HoldfastError('HOSTILE_DUMP', `The globals hold ${what}, which pg_dumpall does not write.`);
}

/**
 * Where the token at `at` ends: a quoted one as a whole, a comment at the end of its line, anything else character by
 * character.
 */
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
