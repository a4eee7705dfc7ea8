/** The tokens of one statement, read from the first to the last: for a grammar that takes nothing else. */
import { unquoteIdentifier } from '../syntax/sql/identifiers.js';
import { eachToken } from '../syntax/sql/tokens.js';

/** What a grammar does not take. The message says why, without the text of a string. */
export class Unexpected extends Error {}

const PLAIN_NAME = /^[a-z_][a-z0-9_]*$/;
/** Plain names that stand for other roles than one of that name. */
const SPECIAL: ReadonlySet<string> = new Set(['all', 'current_role', 'current_user', 'session_user', 'user']);
/** Roles that PostgreSQL takes for no role of that name, in quotes or not. */
const NO_ROLE: ReadonlySet<string> = new Set(['public', 'none']);

const LONGEST_SHOWN = 120;

export class StatementTokens {
  readonly #tokens: { readonly token: string; readonly start: number; readonly end: number }[] = [];
  #next = 0;

  /**
   * @param standardStrings whether a backslash in a plain string is a character like any other
   */
  constructor(
    readonly text: string,
    readonly standardStrings: boolean,
  ) {
    eachToken(text, (start, end) => this.#tokens.push({ token: text.slice(start, end), start, end }));
  }

  /** All tokens, with a blank between each. */
  get joined(): string {
    return this.#tokens.map(({ token }) => token).join(' ');
  }

  /** For messages: without the text of strings, which may be a secret. */
  get shown(): string {
    const told = this.#tokens.map(({ token }) => (/^[Ee]?'|^\$/.test(token) ? '…' : token));
    const all = told.join(' ').replace(/ ([,;])/g, '$1');
    return all.length > LONGEST_SHOWN ? `${all.slice(0, LONGEST_SHOWN)}…` : all;
  }

  /** Where the next token begins. */
  get nextStart(): number {
    return this.#tokens[this.#next]?.start ?? this.text.length;
  }

  /** Where the last token that was taken ends. */
  get takenEnd(): number {
    return this.#tokens[this.#next - 1]?.end ?? 0;
  }

  /** Whether the next token is this one. */
  at(token: string): boolean {
    return this.#tokens[this.#next]?.token === token;
  }

  /** Takes these tokens where all of them are next. */
  take(...tokens: readonly string[]): boolean {
    if (!tokens.every((token, index) => this.#tokens[this.#next + index]?.token === token)) return false;
    this.#next += tokens.length;
    return true;
  }

  /** @throws Unexpected */
  expect(...tokens: readonly string[]): void {
    for (const token of tokens) if (!this.take(token)) this.refuse(token);
  }

  /** @throws Unexpected */
  refuse(expected: string): never {
    throw new Unexpected(`expected ${expected} as word ${this.#next + 1}`);
  }

  /** A name as fmtId writes it: in quotes, or plain where it needs none. */
  name(): string {
    const token = this.#tokens[this.#next]?.token ?? '';
    const quoted = /^"[^]+"$/.test(token);
    if (!quoted && (!PLAIN_NAME.test(token) || SPECIAL.has(token))) this.refuse('a name');
    const name = unquoteIdentifier(token);
    if (name === '' || NO_ROLE.has(name)) this.refuse('a name');
    this.#next++;
    return name;
  }

  /** `'…'`, or `E'…'` where a backslash is in it. */
  string(): void {
    const token = this.#tokens[this.#next]?.token ?? '';
    const escapes = token.startsWith("E'");
    const isString = (escapes || token.startsWith("'")) && token.endsWith("'");
    const inner = escapes ? token.slice(2, -1).replaceAll('\\\\', '') : token.slice(1, -1);
    const sound = escapes || !this.standardStrings ? !inner.includes('\\') : true;
    if (!isString || !sound) this.refuse('a string');
    this.#next++;
  }

  integer(): void {
    if (!/^\d+$/.test(this.#tokens[this.#next]?.token ?? '')) this.refuse('a number');
    this.#next++;
  }

  /** A number or a word, without quotes. */
  value(): void {
    const begin = this.#next;
    while (/^[\w.+-]+$/.test(this.#tokens[this.#next]?.token ?? '')) this.#next++;
    if (this.#next === begin) this.refuse('a value');
  }

  /** The semicolon, behind which nothing stands; and nothing but blanks between the tokens. */
  end(): void {
    this.expect(';');
    if (this.#next !== this.#tokens.length) this.refuse('the end');
    let from = 0;
    for (const { start, end } of this.#tokens) {
      // A comment, which not every reader ends at the same place.
      if (!/^[ \t\n]*$/.test(this.text.slice(from, start))) throw new Unexpected('something stands between the words');
      from = end;
    }
    if (from !== this.text.length) throw new Unexpected('something stands behind the statement');
  }

  /** Of GRANT and REVOKE, the word behind `ON`; `undefined` for a membership. */
  grantedKind(): string | undefined {
    const on = this.#tokens.findIndex(({ token }) => token === 'ON');
    return on < 0 ? undefined : (this.#tokens[on + 1]?.token ?? '');
  }
}
