/** The comment header that pg_dump writes above each entry. */
import { quoteIdentifier } from '../syntax/sql/identifiers.js';

export interface EntryHeader {
  /** Whether the header announces data (`-- Data for Name: …`). */
  readonly data: boolean;
  readonly type: string;
  readonly schema: string | null;
  readonly name: string;
  readonly owner: string | null;
  readonly tablespace: string | null;
}

const PREFIX = /^-- ((?:Data|Statistics) for )?Name: /;

/**
 * Reads a header line.
 *
 * A name, schema or owner may itself contain `; Type: VIEW; Schema: s`, so a line can have several readings. The one
 * that the entry's first statement supports best is right: by the object's qualified name, or at least by its schema
 * (the tag of a constraint or a grant does not appear as a name in the statement). If nothing supports any of them, it
 * is the one with the longest name, because a tag can consist of many identifiers, and the other fields of only one.
 *
 * @param line without its newline
 * @param statement the entry's first statement, needed only for lines with several readings
 * @returns undefined when the line is not a header
 */
export function parseEntryHeader(line: string, statement?: string): EntryHeader | undefined {
  const readings = readHeader(line);
  if (readings.length <= 1 || statement === undefined) return readings[0];
  // pg_dump writes a space for a line break in a header's name.
  const text = statement.replace(/[\r\n]/g, ' ');
  const evidence = readings.map((reading) => evidenceFor(reading, text));
  return readings[evidence.indexOf(Math.max(...evidence))];
}

/** Whether a header line has more than one reading, so that its statement is needed to tell them apart. */
export function isAmbiguousHeader(line: string): boolean {
  return readHeader(line).length > 1;
}

/** Every reading, longest name first. */
function readHeader(line: string): EntryHeader[] {
  const prefix = PREFIX.exec(line);
  if (!prefix) return [];
  const data = prefix[1] !== undefined;
  const rest = line.slice(prefix[0].length);
  const readings: EntryHeader[] = [];
  for (const [name, afterName] of splits(rest, '; Type: ')) {
    const type = /^([A-Z][A-Z ]*); Schema: /.exec(afterName);
    if (!type?.[1]) continue;
    for (const [schema, afterSchema] of splits(afterName.slice(type[0].length), '; Owner: ')) {
      const tablespaces = [...splits(afterSchema, '; Tablespace: ')];
      const [owner, tablespace] = tablespaces[0] ?? [afterSchema, null];
      readings.push({ data, type: type[1], schema: dash(schema), name, owner: dash(owner), tablespace });
    }
  }
  return readings;
}

/** Every way to cut `text` at `separator`, the longest first part first. */
function* splits(text: string, separator: string): Generator<readonly [string, string]> {
  for (let at = text.lastIndexOf(separator); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(separator, at - 1)) {
    yield [text.slice(0, at), text.slice(at + separator.length)];
  }
}

/** pg_dump writes `-` where there is no schema or owner. */
function dash(value: string): string | null {
  return value === '-' || value === '' ? null : value;
}

/** How strongly a statement supports a reading, from 0. */
function evidenceFor({ name, schema }: EntryHeader, statement: string): number {
  const schemas = schema === null ? [''] : quotings(schema).map((quoting) => `${quoting}.`);
  if (schemas.some((qualifier) => quotings(name).some((quoting) => statement.includes(qualifier + quoting)))) return 3;
  if (schema === null) return 0;
  if (/[^a-z0-9_]/.test(schema)) return statement.includes(quoteIdentifier(schema)) ? 2 : 0;
  return statement.includes(` ${schema}.`) ? 1 : 0;
}

function quotings(identifier: string): string[] {
  return [quoteIdentifier(identifier), identifier];
}
