/**
 * Reads the few statements whose meaning the fingerprint needs. All of them are pg_dump's own, so the forms are fixed.
 */
import { IDENTIFIER, unquoteIdentifier } from '../syntax/sql/identifiers.js';

/** `COPY schema.table (a, b) FROM stdin;`; a table without columns has no list (`COPY schema.table  FROM stdin;`). */
export interface CopyStatement {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

const COPY = new RegExp(String.raw`^COPY (${IDENTIFIER})\.(${IDENTIFIER}) (?:\((.*)\))? FROM stdin;$`, 's');
const COLUMN = new RegExp(String.raw`(?:^|, )(${IDENTIFIER})`, 'y');
const SETVAL_END = String.raw`, (-?\d+), (true|false)\);$`;
/** The sequence in one string, whose quotes are doubled. */
const SETVAL = new RegExp(String.raw`^SELECT pg_catalog\.setval\('(?:[^']|'')*'` + SETVAL_END);
/** The same in a string in which a backslash escapes. */
const SETVAL_ESCAPED = new RegExp(String.raw`^SELECT pg_catalog\.setval\(E?'(?:[^'\\]|''|\\[^])*'` + SETVAL_END);
/** The object's own name may contain anything, even `;` and ` OWNER TO `: the last one counts. */
const OWNER = new RegExp(String.raw`^ALTER .* OWNER TO (${IDENTIFIER});$`, 's');
const LO_OPEN = /^SELECT pg_catalog\.lo_open\('(\d+)', \d+\);$/;
const LO_WRITE = /^SELECT pg_catalog\.lowrite\(0, E?'\\{1,2}x/;
const LO_WRITE_END = "');";

/** @returns undefined when the statement is not a `COPY … FROM stdin` */
export function parseCopy(text: string): CopyStatement | undefined {
  const match = COPY.exec(text);
  if (!match) return undefined;
  const [, schema = '', name = '', list = ''] = match;
  const columns: string[] = [];
  COLUMN.lastIndex = 0;
  while (COLUMN.lastIndex < list.length) {
    const column = COLUMN.exec(list);
    if (!column?.[1]) return undefined;
    columns.push(unquoteIdentifier(column[1]));
  }
  return { schema: unquoteIdentifier(schema), name: unquoteIdentifier(name), columns };
}

/**
 * The value that a SEQUENCE SET entry sets.
 *
 * @param standardStrings whether a backslash in a plain string is an ordinary character
 */
export function parseSetval(
  text: string,
  standardStrings = true,
): { readonly lastValue: string; readonly isCalled: boolean } | undefined {
  const escapes = !standardStrings || text.startsWith('SELECT pg_catalog.setval(E');
  const match = (escapes ? SETVAL_ESCAPED : SETVAL).exec(text);
  return match?.[1] === undefined ? undefined : { lastValue: match[1], isCalled: match[2] === 'true' };
}

/** The role that an `ALTER … OWNER TO role` statement names; undefined for any other statement. */
export function parseOwner(text: string): string | undefined {
  const match = OWNER.exec(text);
  return match?.[1] === undefined ? undefined : unquoteIdentifier(match[1]);
}

/** The OID that a large object's data begins with. */
export function parseLargeObjectOpen(text: string): string | undefined {
  return LO_OPEN.exec(text)?.[1];
}

/**
 * One piece of a large object's content. Takes bytes and cuts out the digits, because this is the bulk of some dumps.
 *
 * @returns undefined when the statement is not a `lowrite` of hexadecimal digits
 */
export function parseLargeObjectWrite(text: Buffer): Buffer | undefined {
  const start = LO_WRITE.exec(text.toString('latin1', 0, 50))?.[0].length;
  const end = text.length - LO_WRITE_END.length;
  if (start === undefined || text.toString('latin1', end) !== LO_WRITE_END) return undefined;
  const data = Buffer.from(text.toString('latin1', start, end), 'hex');
  // Decoding stops at the first character that is not a digit.
  return data.length * 2 === end - start ? data : undefined;
}
