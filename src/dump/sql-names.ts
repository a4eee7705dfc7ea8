/**
 * The qualified names in a statement, where they are, and how to replace their schema.
 *
 * pg_dump writes with an empty search_path, so whatever a statement needs of the user's objects appears in it as
 * `schema.name`. Columns of a query appear as `alias.column`, which looks the same: the caller must know which names
 * exist.
 */
import { IDENTIFIER, unquoteIdentifier } from '../syntax/sql/identifiers.js';
import type { Decode } from './text-encoding.js';
import { eachToken } from '../syntax/sql/tokens.js';

/** A `schema.name` somewhere in a statement. */
export interface NameInStatement {
  readonly schema: string;
  /** Of a table, type, routine …, or an operator's characters. */
  readonly name: string;
  /** Where the schema part begins, with its quotes. */
  readonly start: number;
  readonly end: number;
  /** Whether it is inside a string, as in `nextval('app.orders_id_seq'::regclass)`. */
  readonly inString: boolean;
  /** Whether each part that can be in quotes is, as the server writes names with quote_all_identifiers. */
  readonly quoted: boolean;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Casts whose string is read as a name. */
const REG_TYPES: ReadonlySet<string> = new Set(
  'regclass regtype regproc regprocedure regoper regoperator regcollation regconfig regdictionary'.split(' '),
);
const OPERATOR_CHARACTER = /^[-+*/<>=~!@#%^&|`?]$/;
/** Longer than any name. */
const LONGEST_STRING = 300;
/** Inside a string, where a single quote is doubled. */
const NAME_IN_STRING = new RegExp(String.raw`^(${IDENTIFIER})\.(${IDENTIFIER})`, 's');

/**
 * Every `schema.name` that PostgreSQL reads as a name when the statement runs, in order; without PostgreSQL's own.
 *
 * @param text in Latin-1, bytes as characters
 * @param decode reads the bytes of a name
 */
export function namesIn(text: string, decode: Decode): NameInStatement[] {
  const tokens = spans(text);
  const at = (index: number) => {
    const span = tokens[index];
    return span ? text.slice(span.start, span.end) : '';
  };
  const names: NameInStatement[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const span = tokens[i] as Span;
    if (text[span.start] === "'") {
      // With quote_all_identifiers the server writes `'…'::"regclass"`.
      const isName =
        at(i + 1) === '::' ? REG_TYPES.has(unquoteIdentifier(at(i + 2))) : at(i - 1) === '(' && at(i - 2) === 'setval';
      const name = isName ? nameInString(text, span, decode) : undefined;
      if (name) names.push(name);
    } else if (at(i + 1) === '.' && at(i - 1) !== '.' && isIdentifier(at(i))) {
      const schema = readIdentifier(at(i), decode);
      if (schema === 'pg_catalog') continue;
      const name = isIdentifier(at(i + 2)) ? readIdentifier(at(i + 2), decode) : operatorAt(tokens, i + 2, at);
      if (!name) continue;
      names.push({ schema, name, ...span, inString: false, quoted: isQuoted(at(i)) && !isBare(at(i + 2)) });
    }
  }
  return names;
}

/**
 * Every `schema.name` inside the strings of a statement that {@link namesIn} does not take for names: a function's
 * body, a setting, a text. Their meaning is known only when they run.
 */
export function namesInStrings(text: string, decode: Decode): NameInStatement[] {
  const names: NameInStatement[] = [];
  const taken = new Set(namesIn(text, decode).map(({ start, inString }) => (inString ? start - 1 : -1)));
  eachToken(text, (start, end) => {
    if (taken.has(start)) return;
    const opening = /^(?:[Ee]?'|\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$)/.exec(
      text.slice(start, Math.min(end, start + 80)),
    );
    if (!opening || end - start < 2 * opening[0].length) return;
    const inner = text.slice(start + opening[0].length, end - (opening[0].startsWith('$') ? opening[0].length : 1));
    // A quote in a comment of the body must not hide what follows, so only the words are examined.
    for (const match of inner.matchAll(WORDS_WITH_DOT)) {
      const [, schema = '', name = ''] = match;
      names.push({
        schema: readIdentifier(schema, decode),
        name: readIdentifier(name, decode),
        start,
        end,
        inString: true,
        quoted: false,
      });
    }
  });
  return names;
}

/** In the text of a body, which people write: without a line break, so that a quote on its own takes little with it. */
const WORD = String.raw`"(?:[^"\n]|"")*"|[A-Za-z_\x80-\xff][\w$\x80-\xff]*`;
const WORDS_WITH_DOT = new RegExp(String.raw`(?<![\w$.\x80-\xff])(${WORD})\.(${WORD})`, 'g');

/** The short strings of a statement, such as those of `SET search_path TO 'app', 'pg_temp'`. */
export function stringsIn(text: string, decode: Decode): string[] {
  const strings: string[] = [];
  eachToken(text, (start, end) => {
    if (text[start] !== "'" || end - start > LONGEST_STRING) return;
    strings.push(decode(Buffer.from(text.slice(start + 1, end - 1).replaceAll("''", "'"), 'latin1')));
  });
  return strings;
}

/** The first position of a keyword outside strings and quoted names; -1 if there is none. */
export function wordAt(text: string, word: string): number {
  let found = -1;
  eachToken(text, (start, end) => {
    if (found < 0 && end - start === word.length && text.startsWith(word, start)) found = start;
  });
  return found;
}

/**
 * Whether an identifier occurs in a statement without a dot after it: as an alias, a column, or the last part of a
 * name.
 */
export function standsAlone(text: string, identifier: string, decode: Decode): boolean {
  const tokens = spans(text);
  return tokens.some(({ start, end }, index) => {
    const next = tokens[index + 1];
    const token = text.slice(start, end);
    return isIdentifier(token) && (!next || text[next.start] !== '.') && readIdentifier(token, decode) === identifier;
  });
}

/**
 * Replaces the schemas of names.
 *
 * @param schemaOf the new schema as SQL text in the dump's encoding, as Latin-1; undefined where the name stays
 */
export function replaceSchemas(
  text: string,
  names: readonly NameInStatement[],
  schemaOf: (name: NameInStatement) => string | undefined,
): string {
  let out = '';
  let from = 0;
  for (const name of names) {
    const schema = schemaOf(name);
    if (schema === undefined) continue;
    out += text.slice(from, name.start) + (name.inString ? schema.replaceAll("'", "''") : schema);
    from = name.end;
  }
  return out + text.slice(from);
}

/** `app`, `"my app"` → the name. */
export function readIdentifier(token: string, decode: Decode): string {
  return decode(Buffer.from(unquoteIdentifier(token), 'latin1'));
}

function spans(text: string): Span[] {
  const tokens: Span[] = [];
  eachToken(text, (start, end) => tokens.push({ start, end }));
  return tokens;
}

function isIdentifier(token: string): boolean {
  return /^(?:"|[A-Za-z_\x80-\xff])/.test(token) && !/^[Ee]'/.test(token);
}

/** The characters of an operator: each is a token of its own. */
function operatorAt(tokens: readonly Span[], index: number, at: (index: number) => string): string | undefined {
  let operator = '';
  for (let i = index; OPERATOR_CHARACTER.test(at(i)); i++) {
    if (operator !== '' && tokens[i]?.start !== tokens[i - 1]?.end) break;
    operator += at(i);
  }
  return operator === '' ? undefined : operator;
}

function nameInString(text: string, { start, end }: Span, decode: Decode): NameInStatement | undefined {
  const match = NAME_IN_STRING.exec(text.slice(start + 1, end - 1));
  if (!match) return undefined;
  const [, schema = '', name = ''] = match;
  const read = (part: string) => readIdentifier(part.replaceAll("''", "'"), decode);
  return {
    schema: read(schema),
    name: read(name),
    start: start + 1,
    end: start + 1 + schema.length,
    inString: true,
    quoted: isQuoted(schema) && isQuoted(name),
  };
}

function isQuoted(token: string): boolean {
  return token.startsWith('"');
}

/** An operator has no quotes. */
function isBare(token: string): boolean {
  return isIdentifier(token) && !isQuoted(token);
}
