/**
 * Cuts a plain-format dump into statements, top-level comments, psql commands and COPY rows, as psql itself would.
 *
 * Follows psql's own lexer (src/fe_utils/psqlscan.l): strings, `E''` strings, dollar quotes, quoted identifiers,
 * nested comments, parentheses, and the BEGIN … END bodies of SQL-standard functions. It is a state machine over
 * bytes, so a chunk may end anywhere. A whole statement is held in memory (pg_dump holds it too); rows are not.
 *
 * By hand: parsers of SQL neither cut a stream nor agree with psql on where a statement ends.
 *
 * A dump may be hostile: where psql would see the end of a statement, or a command, in what we take for part of a
 * string, it would run what we have not checked. So forms that pg_dump never writes and that versions of psql read
 * differently (`1E'…'`, `$E'…'`, a continued `E'…'` string, COPY in another spelling) are refused instead of followed;
 * and so are a NUL, after which psql does not see the rest of the line, and control characters outside quotes.
 *
 * Above 400 lines because it is one state machine: neither half could be read alone.
 */
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';

/** Receives the pieces in the order of the stream. */
export interface ScanHandler {
  /**
   * A complete statement, from its first byte, which is at `start` of the stream, to its semicolon. Rows follow where it
   * is a `COPY … FROM stdin;`.
   */
  statement(text: Buffer, start: number): void;
  /** A `--` comment between statements, which is at `start` of the stream, without its newline. */
  comment(line: Buffer, start: number): void;
  /** A psql command (`\restrict …`) between statements, from its backslash to the end of its line. */
  command(line: Buffer): void;
  /**
   * Rows of the preceding COPY statement, any number of bytes from `start` on.
   * @returns the index after the end marker `\.` and its newline, or -1 when the chunk ends before it
   */
  rows(chunk: Buffer, start: number): number;
}

const enum State {
  Base,
  Identifier,
  Number,
  Colon,
  Variable,
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
const COLON = 0x3a;
const AMPERSAND = 0x26;
const RETURN = 0x0d;

const IDENTIFIER_START = byteClass((c) => isLetter(c) || c === 0x5f || c >= 0x80);
const IDENTIFIER_PART = byteClass((c) => isLetter(c) || isDigit(c) || c === 0x5f || c === DOLLAR || c >= 0x80);
const DIGIT = byteClass(isDigit);
/** What may appear in the tag of a dollar quote, and in the name of a psql variable. */
const TAG_PART = byteClass((c) => isLetter(c) || isDigit(c) || c === 0x5f || c >= 0x80);
const SPACE = byteClass((c) => c === 0x20 || c === 0x09 || c === NEWLINE);
/** Outside quotes: what some versions of psql take for white space or the end of a line, and others do not. */
const CONTROL = byteClass((c) => (c < 0x20 && c !== 0x09 && c !== NEWLINE) || c === 0x7f);

/** PostgreSQL accepts no longer statement; one that seems longer has lost its end. */
const STATEMENT_LIMIT = 1 << 30;
/** Longest word that matters to the scanner (`procedure`); longer ones are kept only up to this length. */
const WORD_LIMIT = 16;

export class SqlScanner {
  readonly #handler: ScanHandler;
  readonly #subject: string;
  #state = State.Base;
  /** Bytes before the current chunk. */
  #offset = 0;

  /** Pieces of the current statement, comment or command from earlier chunks. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Whether a piece has begun but not ended. */
  #holding = false;
  /** Whether that piece is a statement; until its first word it may still turn out to be a comment. */
  #inStatement = false;

  #word = '';
  /** Whether the word follows a number without a space between. */
  #glued = false;
  /** Whether a string has just ended that, for some readers, another quote would continue: `E'…'`, `B'…'`. */
  #afterEscapeQuote = false;
  #words: string[] = [];
  /** Whether the current string is `B'…'` or `X'…'`, in which a backslash has no meaning, whatever the setting. */
  #bitString = false;
  /** Whether the last piece was a semicolon inside a routine's body. */
  #afterBodySemicolon = false;
  /** Whether the next word can still matter: among the first of a statement, or in a routine's body. */
  #wordsMatter = false;
  #parenDepth = 0;
  #beginDepth = 0;
  #commentDepth = 0;
  /** Inside strings and block comments: the byte before, where two bytes decide. */
  #previous = 0;
  #dollarDelimiter: number[] = [];
  #dollarMatched = 0;
  #standardStrings = true;

  /** @param subject what is read, for messages */
  constructor(handler: ScanHandler, subject = 'dump') {
    this.#handler = handler;
    this.#subject = subject;
  }

  /**
   * @param chunk nothing of it is kept: its memory may be used again
   * @throws HoldfastError DUMP_MALFORMED, HOSTILE_DUMP when the bytes are not what pg_dump writes; whatever the handler
   *   throws
   */
  write(chunk: Buffer): void {
    const length = chunk.length;
    const nul = chunk.indexOf(0);
    if (nul >= 0) throw this.#hostile(nul, 'a NUL byte');
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
          if (chunk[i] !== NEWLINE) throw this.#malformed(i, 'something after COPY … FROM stdin; on the same line');
          this.#state = State.CopyRows;
          i++;
          break;

        case State.Base: {
          const c = chunk[i] as number;
          if (SPACE[c]) {
            do i++;
            while (i < length && SPACE[chunk[i] as number]);
          } else if (c === DASH) {
            if (!this.#holding) begin = this.#beginPiece(i);
            this.#state = State.Dash;
            i++;
          } else if (c === BACKSLASH) {
            if (this.#inStatement) throw this.#hostile(i, 'a psql command inside a statement');
            begin = this.#beginPiece(i);
            this.#state = State.Command;
            i++;
          } else if (CONTROL[c]) {
            throw this.#malformed(i, `the control character ${c} outside quotes`);
          } else {
            if (!this.#inStatement) {
              begin = this.#beginPiece(i);
              this.#enterStatement();
            }
            if (IDENTIFIER_START[c]) {
              this.#beginWord(false);
              this.#afterEscapeQuote = false;
              break;
            }
            i++;
            if (c === SINGLE) {
              if (this.#afterEscapeQuote) throw this.#malformed(i - 1, 'a string that continues after its end');
              this.#state = this.#standardStrings ? State.Quote : State.EscapeQuote;
              this.#bitString = false;
              this.#previous = 0;
            } else if (c === DOUBLE) {
              this.#state = State.DoubleQuote;
            } else if (c === DOLLAR) {
              this.#dollarDelimiter = [DOLLAR];
              this.#state = State.DollarTag;
            } else if (c === SLASH) {
              this.#state = State.Slash;
            } else if (c === COLON) {
              this.#state = State.Colon;
            } else if (DIGIT[c]) {
              this.#state = State.Number;
            } else if (c === OPEN) {
              this.#parenDepth++;
            } else if (c === CLOSE) {
              if (this.#parenDepth > 0) this.#parenDepth--;
            } else if (c === SEMICOLON && this.#parenDepth === 0 && this.#beginDepth === 0) {
              this.#finishStatement(chunk.subarray(begin, i), i);
              begin = -1;
            } else if (c === SEMICOLON && this.#parenDepth === 0) {
              this.#afterBodySemicolon = true;
            }
            if (c !== SLASH) this.#afterEscapeQuote = false;
          }
          break;
        }

        case State.Identifier: {
          const start = i;
          while (i < length && IDENTIFIER_PART[chunk[i] as number]) i++;
          if (this.#glued && chunk.subarray(start, i).includes(DOLLAR)) throw this.#gluedQuote(i);
          if (i === length) {
            this.#word += chunk.toString('latin1', start, Math.min(i, start + WORD_LIMIT));
            break;
          }
          this.#state = State.Base;
          const c = chunk[i] as number;
          const size = this.#word.length + i - start;
          if (size === 1 && (c === SINGLE || c === AMPERSAND)) {
            const letter = (this.#word || chunk.toString('latin1', start, i)).toLowerCase();
            if (letter === 'e' && c === SINGLE && !this.#glued) {
              this.#state = State.EscapeQuote;
              this.#previous = 0;
              i++;
              break;
            }
            if ((letter === 'b' || letter === 'x') && c === SINGLE && !this.#glued) {
              this.#state = State.Quote;
              this.#bitString = true;
              i++;
              break;
            }
            // PostgreSQL refuses this too: two readings of a backslash would end the string in different places.
            if (letter === 'u' && c === AMPERSAND && !this.#standardStrings) {
              throw this.#malformed(i, 'a string with Unicode escapes under standard_conforming_strings = off');
            }
          }
          if (this.#glued && c === SINGLE) throw this.#gluedQuote(i);
          if (this.#wordsMatter) {
            const word = this.#word + chunk.toString('latin1', start, Math.min(i, start + WORD_LIMIT));
            this.#noteWord(word.toLowerCase());
          }
          break;
        }

        case State.Number: {
          const c = chunk[i] as number;
          if (DIGIT[c] || c === 0x2e) {
            i++;
          } else if (IDENTIFIER_START[c]) {
            this.#beginWord(true);
          } else {
            this.#state = State.Base;
          }
          break;
        }

        case State.Colon:
          // `::` is a cast; `:name` is a psql variable, whose name is not a word of the statement.
          if (chunk[i] === COLON) {
            this.#state = State.Base;
            i++;
          } else {
            this.#state = TAG_PART[chunk[i] as number] ? State.Variable : State.Base;
          }
          break;

        case State.Variable:
          if (TAG_PART[chunk[i] as number]) i++;
          else this.#state = State.Base;
          break;

        case State.Dash:
          if (chunk[i] === DASH) {
            this.#state = State.LineComment;
            i++;
          } else {
            // A lone minus is an operator: it belongs to a statement.
            this.#enterStatement();
            this.#afterEscapeQuote = false;
            this.#state = State.Base;
          }
          break;

        case State.LineComment: {
          // For psql a carriage return ends the comment as well: it would run what follows.
          while (i < length && chunk[i] !== NEWLINE && chunk[i] !== RETURN) i++;
          if (i === length) break;
          if (chunk[i] === RETURN) throw this.#hostile(i, 'a carriage return in a comment');
          if (!this.#inStatement) {
            const line = this.#takePiece(chunk.subarray(begin, i));
            this.#handler.comment(line, this.#offset + i - line.length);
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
            this.#afterEscapeQuote = false;
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
          // A doubled quote closes the string and opens it again, which leads to the same boundary.
          const end = chunk.indexOf(SINGLE, i);
          i = end < 0 ? length : end + 1;
          if (end >= 0) {
            this.#state = State.Base;
            this.#afterEscapeQuote = this.#bitString && !this.#standardStrings;
          }
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
            this.#afterEscapeQuote = true;
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
          } else if (DIGIT[c]) {
            this.#state = State.Number;
          } else {
            throw this.#malformed(i, 'a dollar sign that begins neither a quote nor a parameter');
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

    if (begin >= 0) {
      this.#pending.push(Buffer.from(chunk.subarray(begin)));
      this.#pendingBytes += length - begin;
      if (this.#pendingBytes > STATEMENT_LIMIT) throw this.#malformed(0, 'a statement that does not end');
    }
    this.#offset += length;
  }

  /**
   * Ends the stream. pg_dump ends every line, so a comment or command without its newline is cut off too.
   *
   * @throws HoldfastError DUMP_TRUNCATED when it ends inside a statement, a comment, a command or rows
   */
  end(): void {
    if (this.#state === State.Base && !this.#inStatement) return;
    if (this.#inStatement && this.#beginDepth > 0) {
      const start = this.#pending[0]?.toString('utf8', 0, 80) ?? '';
      throw new HoldfastError('DUMP_TRUNCATED', `The ${this.#subject} ends inside the body of ${quoted(start)}.`, {
        hint: 'If pg_dump ended normally, psql finds no end of this body either: rename anything in it that is called begin or case.',
      });
    }
    const where = this.#state === State.CopyRows || this.#state === State.CopyNewline ? 'table data' : 'a line';
    const what = this.#inStatement ? 'a statement' : where;
    throw new HoldfastError('DUMP_TRUNCATED', `The ${this.#subject} ends inside ${what}, after ${this.#offset} bytes.`);
  }

  /** Whether no piece has begun, and no rows. */
  get isBetween(): boolean {
    return this.#state === State.Base && !this.#holding;
  }

  /** Whether a backslash in a plain string is an ordinary character. */
  get standardStrings(): boolean {
    return this.#standardStrings;
  }

  /** Bytes seen so far. */
  get bytes(): number {
    return this.#offset;
  }

  #beginPiece(at: number): number {
    this.#holding = true;
    return at;
  }

  #takePiece(last?: Buffer): Buffer {
    const piece =
      this.#pending.length === 0 && last ? last : Buffer.concat(last ? [...this.#pending, last] : this.#pending);
    if (this.#pending.length > 0) this.#pending = [];
    this.#pendingBytes = 0;
    this.#holding = false;
    return piece;
  }

  #enterStatement(): void {
    if (this.#inStatement) return;
    this.#inStatement = true;
    this.#words = [];
    this.#wordsMatter = true;
    this.#parenDepth = 0;
    this.#beginDepth = 0;
    this.#afterEscapeQuote = false;
    this.#afterBodySemicolon = false;
  }

  #finishStatement(last: Buffer, at: number): void {
    const text = this.#takePiece(last);
    this.#inStatement = false;
    const word = this.#words[0];
    if (word === 'copy') {
      // psql reads rows after any spelling of COPY … FROM STDIN; and a COPY … PROGRAM runs a command on the server.
      if (!isCopyFromStdin(text)) throw this.#hostile(at, quoted(text.toString('utf8', 0, 80)));
      this.#state = State.CopyNewline;
    } else if (startsWith(text, 'SET standard_conforming_strings = ')) {
      this.#standardStrings = !text.includes('off');
    }
    this.#handler.statement(text, this.#offset + at - text.length);
  }

  /** Tracks BEGIN … END in the body of a CREATE FUNCTION or PROCEDURE, exactly as psql does. */
  #noteWord(word: string): void {
    if (this.#words.length < 4) this.#words.push(word);
    const inRoutine = isRoutineDefinition(this.#words);
    this.#wordsMatter = inRoutine || this.#words.length < 4;
    // A psql that does not recognize such bodies, or recognizes them differently, sends this COPY and takes what
    // follows for its rows.
    if (this.#afterBodySemicolon && word === 'copy') throw this.#hostile(0, 'COPY in the body of a function');
    this.#afterBodySemicolon = false;
    if (this.#parenDepth > 0 || !inRoutine) return;
    if (word === 'begin') this.#beginDepth++;
    else if (word === 'case' && this.#beginDepth > 0) this.#beginDepth++;
    else if (word === 'end' && this.#beginDepth > 0) this.#beginDepth--;
  }

  #beginWord(glued: boolean): void {
    this.#word = '';
    this.#glued = glued;
    this.#state = State.Identifier;
  }

  #gluedQuote(at: number): HoldfastError {
    return this.#malformed(at, 'a quote that begins inside a number');
  }

  #malformed(at: number, what: string): HoldfastError {
    return new HoldfastError('DUMP_MALFORMED', `The ${this.#subject} has ${what} at byte ${this.#offset + at}.`);
  }

  #hostile(at: number, what: string): HoldfastError {
    return new HoldfastError('HOSTILE_DUMP', `The ${this.#subject} has ${what} at byte ${this.#offset + at}.`);
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
