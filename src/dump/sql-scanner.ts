/**
 * Cuts a plain-format dump into statements, top-level comments, psql commands and COPY rows, as psql itself would.
 *
 * Follows psql's own lexer (src/fe_utils/psqlscan.l): strings, `E''` strings, dollar quotes, quoted identifiers,
 * nested comments, parentheses, and the BEGIN … END bodies of SQL-standard functions. It is a state machine over
 * bytes, so a chunk may end anywhere. A whole statement is held in memory (pg_dump holds it too); rows are not.
 */
import { HoldfastError } from '../core/errors.js';

/** Receives the pieces in the order of the stream. */
export interface ScanHandler {
  /** A complete statement, from its first byte to its semicolon. Rows follow where it is a `COPY … FROM stdin;`. */
  statement(text: Buffer): void;
  /** A `--` comment that stands between statements, without its newline. */
  comment(line: Buffer): void;
  /** A psql command (`\restrict …`) between statements, from its backslash to the end of its line. */
  command(line: Buffer): void;
  /**
   * Rows of the COPY statement before, any number of bytes from `start` on.
   * @returns the index after the end marker `\.` and its newline, or -1 when the chunk ends before it
   */
  rows(chunk: Buffer, start: number): number;
}

const enum State {
  Base,
  Identifier,
  Dash,
  Slash,
  LineComment,
  BlockComment,
  Quote,
  EscapeQuote,
  EscapeQuoteEnd,
  DoubleQuote,
  DollarTag,
  DollarBody,
  Command,
  CopyNewline,
  CopyRows,
}

const NEWLINE = 0x0a;
const SINGLE = 0x27;
const DOUBLE = 0x22;
const BACKSLASH = 0x5c;
const DOLLAR = 0x24;
const DASH = 0x2d;
const SLASH = 0x2f;
const STAR = 0x2a;
const OPEN = 0x28;
const CLOSE = 0x29;
const SEMICOLON = 0x3b;

const IDENTIFIER_START = byteClass((c) => isLetter(c) || c === 0x5f || c >= 0x80);
const IDENTIFIER_PART = byteClass((c) => isLetter(c) || isDigit(c) || c === 0x5f || c === DOLLAR || c >= 0x80);
const TAG_PART = byteClass((c) => isLetter(c) || isDigit(c) || c === 0x5f || c >= 0x80);
const SPACE = byteClass((c) => c === 0x20 || (c >= 0x09 && c <= 0x0d));

/** Longest word that matters to the scanner (`procedure`); longer ones are kept only up to here. */
const WORD_LIMIT = 16;

export class SqlScanner {
  readonly #handler: ScanHandler;
  #state = State.Base;
  /** Bytes before the current chunk. */
  #offset = 0;

  /** Pieces of the current statement, comment or command from earlier chunks. */
  #pending: Buffer[] = [];
  /** Whether a piece has begun and not ended. */
  #holding = false;
  /** Whether that piece is a statement; until its first word it may still turn out to be a comment. */
  #inStatement = false;

  #word = '';
  #words: string[] = [];
  #parenDepth = 0;
  #beginDepth = 0;
  #commentDepth = 0;
  /** Inside strings and block comments: the byte before, where two bytes decide. */
  #previous = 0;
  #dollarDelimiter: number[] = [];
  #dollarMatched = 0;
  #standardStrings = true;

  constructor(handler: ScanHandler) {
    this.#handler = handler;
  }

  /** @throws HoldfastError DUMP_MALFORMED when the bytes are not what pg_dump writes; whatever the handler throws */
  write(chunk: Buffer): void {
    const length = chunk.length;
    // Where the current piece begins in this chunk; -1 while there is none.
    let begin = this.#holding ? 0 : -1;
    let i = 0;

    while (i < length) {
      switch (this.#state) {
        case State.CopyRows: {
          const end = this.#handler.rows(chunk, i);
          if (end < 0) {
            i = length;
          } else {
            this.#state = State.Base;
            i = end;
          }
          break;
        }

        case State.CopyNewline:
          if (chunk[i] !== NEWLINE) throw this.#malformed(i, 'something follows COPY … FROM stdin; on its line');
          this.#state = State.CopyRows;
          i++;
          break;

        case State.Base: {
          const c = chunk[i] as number;
          if (SPACE[c]) {
            i++;
          } else if (c === DASH) {
            if (!this.#holding) begin = this.#beginPiece(i);
            this.#state = State.Dash;
            i++;
          } else if (c === BACKSLASH) {
            if (this.#inStatement) throw this.#malformed(i, 'a psql command inside a statement');
            begin = this.#beginPiece(i);
            this.#state = State.Command;
            i++;
          } else {
            if (!this.#inStatement) {
              begin = this.#beginPiece(i);
              this.#enterStatement();
            }
            i++;
            if (IDENTIFIER_START[c]) {
              this.#word = String.fromCharCode(c);
              this.#state = State.Identifier;
            } else if (c === SINGLE) {
              this.#state = this.#standardStrings ? State.Quote : State.EscapeQuote;
              this.#previous = 0;
            } else if (c === DOUBLE) {
              this.#state = State.DoubleQuote;
            } else if (c === DOLLAR) {
              this.#dollarDelimiter = [DOLLAR];
              this.#state = State.DollarTag;
            } else if (c === SLASH) {
              this.#state = State.Slash;
            } else if (c === OPEN) {
              this.#parenDepth++;
            } else if (c === CLOSE) {
              if (this.#parenDepth > 0) this.#parenDepth--;
            } else if (c === SEMICOLON && this.#parenDepth === 0 && this.#beginDepth === 0) {
              this.#finishStatement(chunk.subarray(begin, i));
              begin = -1;
            }
          }
          break;
        }

        case State.Identifier: {
          let c = chunk[i] as number;
          while (IDENTIFIER_PART[c]) {
            if (this.#word.length < WORD_LIMIT) this.#word += String.fromCharCode(c);
            if (++i === length) break;
            c = chunk[i] as number;
          }
          if (i === length) break;
          if (c === SINGLE && (this.#word === 'E' || this.#word === 'e')) {
            this.#state = State.EscapeQuote;
            this.#previous = 0;
            i++;
          } else {
            this.#noteWord(this.#word.toLowerCase());
            this.#state = State.Base;
          }
          break;
        }

        case State.Dash:
          if (chunk[i] === DASH) {
            this.#state = State.LineComment;
            i++;
          } else {
            // A lone minus is an operator: it belongs to a statement.
            this.#enterStatement();
            this.#state = State.Base;
          }
          break;

        case State.LineComment: {
          const end = chunk.indexOf(NEWLINE, i);
          i = end < 0 ? length : end;
          if (end < 0) break;
          if (!this.#inStatement) {
            this.#handler.comment(this.#takePiece(chunk.subarray(begin, end)));
            begin = -1;
          }
          this.#state = State.Base;
          break;
        }

        case State.Slash:
          if (chunk[i] === STAR) {
            this.#commentDepth = 1;
            this.#previous = 0;
            this.#state = State.BlockComment;
            i++;
          } else {
            this.#state = State.Base;
          }
          break;

        case State.BlockComment: {
          const c = chunk[i++] as number;
          if (this.#previous === STAR && c === SLASH) {
            this.#previous = 0;
            if (--this.#commentDepth === 0) this.#state = State.Base;
          } else if (this.#previous === SLASH && c === STAR) {
            this.#previous = 0;
            this.#commentDepth++;
          } else {
            this.#previous = c;
          }
          break;
        }

        case State.Quote: {
          // A doubled quote closes and opens again: the same boundary in the end.
          const end = chunk.indexOf(SINGLE, i);
          i = end < 0 ? length : end + 1;
          if (end >= 0) this.#state = State.Base;
          break;
        }

        case State.EscapeQuote: {
          const c = chunk[i++] as number;
          if (this.#previous === BACKSLASH) {
            this.#previous = 0;
          } else if (c === SINGLE) {
            this.#state = State.EscapeQuoteEnd;
          } else {
            this.#previous = c;
          }
          break;
        }

        case State.EscapeQuoteEnd:
          if (chunk[i] === SINGLE) {
            this.#previous = 0;
            this.#state = State.EscapeQuote;
            i++;
          } else {
            this.#state = State.Base;
          }
          break;

        case State.DoubleQuote: {
          const end = chunk.indexOf(DOUBLE, i);
          i = end < 0 ? length : end + 1;
          if (end >= 0) this.#state = State.Base;
          break;
        }

        case State.DollarTag: {
          const c = chunk[i] as number;
          const first = this.#dollarDelimiter.length === 1;
          if (c === DOLLAR) {
            this.#dollarDelimiter.push(DOLLAR);
            this.#dollarMatched = 0;
            this.#state = State.DollarBody;
            i++;
          } else if (first ? IDENTIFIER_START[c] : TAG_PART[c]) {
            this.#dollarDelimiter.push(c);
            i++;
          } else {
            // `$1`, or an operator: no quote.
            this.#state = State.Base;
          }
          break;
        }

        case State.DollarBody: {
          if (this.#dollarMatched === 0) {
            const next = chunk.indexOf(DOLLAR, i);
            if (next < 0) {
              i = length;
              break;
            }
            i = next + 1;
            this.#dollarMatched = 1;
            break;
          }
          const c = chunk[i++] as number;
          if (c === this.#dollarDelimiter[this.#dollarMatched]) {
            if (++this.#dollarMatched === this.#dollarDelimiter.length) this.#state = State.Base;
          } else {
            this.#dollarMatched = c === DOLLAR ? 1 : 0;
          }
          break;
        }

        case State.Command: {
          const end = chunk.indexOf(NEWLINE, i);
          i = end < 0 ? length : end;
          if (end < 0) break;
          this.#handler.command(this.#takePiece(chunk.subarray(begin, end)));
          begin = -1;
          this.#state = State.Base;
          break;
        }
      }
    }

    if (begin >= 0) this.#pending.push(chunk.subarray(begin));
    this.#offset += length;
  }

  /**
   * Ends the stream.
   *
   * @throws HoldfastError DUMP_TRUNCATED when it ends inside a statement, a comment or rows
   */
  end(): void {
    if (this.#state === State.Base && !this.#inStatement) return;
    // The last comment or command may lack its newline.
    if (this.#state === State.LineComment && !this.#inStatement) return this.#handler.comment(this.#takePiece());
    if (this.#state === State.Command) return this.#handler.command(this.#takePiece());
    const where = this.#state === State.CopyRows || this.#state === State.CopyNewline ? 'table data' : 'a statement';
    throw new HoldfastError('DUMP_TRUNCATED', `The dump ends inside ${where}, after ${this.#offset} bytes.`);
  }

  /** Bytes seen so far. */
  get bytes(): number {
    return this.#offset;
  }

  #beginPiece(at: number): number {
    this.#holding = true;
    this.#pending = [];
    return at;
  }

  #takePiece(last?: Buffer): Buffer {
    const piece =
      this.#pending.length === 0 && last ? last : Buffer.concat(last ? [...this.#pending, last] : this.#pending);
    this.#pending = [];
    this.#holding = false;
    return piece;
  }

  #enterStatement(): void {
    if (this.#inStatement) return;
    this.#inStatement = true;
    this.#words = [];
    this.#parenDepth = 0;
    this.#beginDepth = 0;
  }

  #finishStatement(last: Buffer): void {
    const text = this.#takePiece(last);
    this.#inStatement = false;
    this.#state = isCopyFromStdin(text) ? State.CopyNewline : State.Base;
    if (startsWith(text, 'SET standard_conforming_strings = ')) {
      this.#standardStrings = !text.includes('off');
    }
    this.#handler.statement(text);
  }

  /** Tracks BEGIN … END in the body of a CREATE FUNCTION or PROCEDURE, exactly as psql does. */
  #noteWord(word: string): void {
    if (this.#words.length < 4) this.#words.push(word);
    if (this.#parenDepth > 0 || !isRoutineDefinition(this.#words)) return;
    if (word === 'begin') this.#beginDepth++;
    else if (word === 'case' && this.#beginDepth > 0) this.#beginDepth++;
    else if (word === 'end' && this.#beginDepth > 0) this.#beginDepth--;
  }

  #malformed(at: number, what: string): HoldfastError {
    return new HoldfastError('DUMP_MALFORMED', `The dump has ${what} at byte ${this.#offset + at}.`);
  }
}

function isRoutineDefinition(words: readonly string[]): boolean {
  const [first, second, third, fourth] = words;
  if (first !== 'create') return false;
  const kind = second === 'or' && third === 'replace' ? fourth : second;
  return kind === 'function' || kind === 'procedure';
}

function isCopyFromStdin(text: Buffer): boolean {
  return startsWith(text, 'COPY ') && text.toString('latin1', Math.max(0, text.length - 12)) === ' FROM stdin;';
}

function startsWith(text: Buffer, prefix: string): boolean {
  return text.toString('latin1', 0, prefix.length) === prefix;
}

function byteClass(has: (c: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, c) => (has(c) ? 1 : 0));
}

function isLetter(c: number): boolean {
  return (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a);
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}
