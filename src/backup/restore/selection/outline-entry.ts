/** What one entry of a dump is about: what it creates, who owns it, what it names. */
import type { EntryHeader } from '../../../dump/entry-header.js';
import type { Entry } from '../../../dump/entry.js';
import {
  namesIn,
  namesInStrings,
  standsAlone,
  stringsIn,
  wordAt,
  type NameInStatement,
} from '../../../dump/sql-names.js';
import type { Decode } from '../../../dump/text-encoding.js';
import { IDENTIFIER, unquoteIdentifier } from '../../../syntax/sql/identifiers.js';
import { asksOf, type Asks } from './asks.js';
import type { ObjectName } from './selection.js';

export interface OutlineEntry {
  /** Of its header in the dump, from 1. */
  readonly ordinal: number;
  readonly header: EntryHeader;
  readonly entry: Entry;
  /** The objects that it makes. */
  readonly defines: readonly ObjectName[];
  /** The object that it belongs to, and comes with. */
  readonly subject: ObjectName | undefined;
  /** All that its statements name, `alias.column` of queries among them. */
  readonly names: readonly ObjectName[];
  /** Those among the names that may also be columns of an alias. */
  readonly doubtful: readonly ObjectName[];
  /** Names inside strings and bodies, which cannot be rewritten. */
  readonly mentions: readonly ObjectName[];
  /** What makes up a whole string in a routine, as the schemas of its own search_path do. */
  readonly strings: readonly string[];
  /** The tables whose columns it inherits. */
  readonly inherits: readonly ObjectName[];
  /** What it asks of whoever restores it. */
  readonly asks: Asks;
  /** Whether it makes its schema: of `public`, which is there already, a dump only says how it was changed. */
  readonly makesSchema: boolean;
  /** Whether it only takes back what PostgreSQL itself gives the schema `public`, and no other. */
  readonly isOfInitialPublic: boolean;
  /** The columns of a table that may refer to large objects. */
  readonly largeObjectColumns: readonly string[];
}

/** Relations, by which a user may choose. */
export const RELATION_TYPES: ReadonlySet<string> = new Set([
  'TABLE',
  'FOREIGN TABLE',
  'VIEW',
  'MATERIALIZED VIEW',
  'SEQUENCE',
]);

const MULTIRANGE = 'multirange_type_name = ';

/** Statements with queries in them, where `alias.column` looks like a name. */
const WITH_ALIASES: ReadonlySet<string> = new Set([
  'VIEW',
  'MATERIALIZED VIEW',
  'RULE',
  'FUNCTION',
  'PROCEDURE',
  'POLICY',
  'TRIGGER',
]);
/** Aliases that the language itself defines. */
const OWN_ALIASES: ReadonlySet<string> = new Set(['old', 'new', 'excluded']);

/** Rows, values of sequences, the content of materialized views and of large objects. */
export function isData({ type }: Pick<EntryHeader, 'type'>): boolean {
  return type === 'TABLE DATA' || type === 'SEQUENCE SET' || type === 'MATERIALIZED VIEW DATA' || isLargeObject(type);
}

export function isLargeObject(type: string): boolean {
  return /^(?:BLOB|LARGE OBJECT)/.test(type);
}

/** What an entry is about, read from its statements. */
export function outlineEntry(
  ordinal: number,
  header: EntryHeader,
  entry: Entry,
  statements: readonly Buffer[],
  decode: Decode,
): OutlineEntry {
  const texts = statements.map((statement) => statement.toString('latin1'));
  const perStatement = texts.map((text) => namesIn(text, decode));
  const names = unique(perStatement.flat());
  const first = perStatement.find((found) => found.length > 0) ?? [];
  const text = texts[0] ?? '';
  const isRoutine = header.type === 'FUNCTION' || header.type === 'PROCEDURE';
  const isText = header.type === 'COMMENT' || header.type === 'TABLE DATA' || header.type === 'SEQUENCE SET';
  return {
    ordinal,
    header,
    entry,
    ...definesAndSubject(header, first, text),
    names,
    doubtful: WITH_ALIASES.has(header.type)
      ? unique(texts.flatMap((text, at) => doubtful(text, perStatement[at] ?? [], decode)))
      : [],
    mentions: isText ? [] : unique(texts.flatMap((statement) => namesInStrings(statement, decode))),
    strings: isRoutine ? stringsIn(text, decode) : [],
    inherits: header.type === 'TABLE' ? inherited(text, first) : [],
    asks: asksOf(
      header,
      statements.map((statement) => decode(statement)),
    ),
    makesSchema: header.type === 'SCHEMA' && text.startsWith('CREATE '),
    isOfInitialPublic:
      header.schema === null && header.name === 'SCHEMA public' && texts.every((text) => INITIAL_OF_PUBLIC.test(text)),
    largeObjectColumns: header.type === 'TABLE' ? largeObjectColumns(text, decode) : [],
  };
}

const INITIAL_OF_PUBLIC = /^REVOKE .* FROM PUBLIC;$|^COMMENT ON SCHEMA public IS '';$/s;

/** Whether a statement about the schema `public` means nothing for a schema of another name. */
export function isOfInitialPublic({ schema, name }: EntryHeader, text: Buffer): boolean {
  return schema === null && name === 'SCHEMA public' && INITIAL_OF_PUBLIC.test(text.toString('latin1'));
}

/** An OID may be anything's; the domain `lo` is what the extension of that name has for large objects. */
const OF_LARGE_OBJECTS = new RegExp(String.raw`^    (${IDENTIFIER}) (?:oid|(?:${IDENTIFIER}\.)?lo)(?=[,\s[]|$)`, 'gm');

function largeObjectColumns(text: string, decode: Decode): string[] {
  return [...text.matchAll(OF_LARGE_OBJECTS)].map(([, name = '']) =>
    unquoteIdentifier(decode(Buffer.from(name, 'latin1'))),
  );
}

/**
 * pg_dump's forms are fixed: the first name in a statement is that of what it creates, or of the table that this
 * belongs to.
 */
function definesAndSubject(
  header: EntryHeader,
  names: readonly NameInStatement[],
  text: string,
): Pick<OutlineEntry, 'defines' | 'subject'> {
  const [first, second] = names;
  switch (header.type) {
    case 'SEQUENCE':
      // The sequence of an identity column is created with its column.
      if (!text.startsWith('ALTER TABLE ')) return { defines: listName(first), subject: undefined };
      return { defines: listName(second), subject: first };
    case 'TYPE':
      // A range type brings a multirange type with it.
      return {
        defines: [
          ...listName(first),
          ...names.filter(({ start }) => text.endsWith(MULTIRANGE, start)).flatMap(listName),
        ],
        subject: undefined,
      };
    case 'INDEX':
      return { defines: first ? [{ schema: first.schema, name: header.name }] : [], subject: first };
    case 'CONSTRAINT':
      return { defines: first ? [{ schema: first.schema, name: constraintName(header, first) }] : [], subject: first };
    case 'STATISTICS':
      return { defines: listName(first), subject: names.at(-1) };
    case 'TABLE ATTACH':
    case 'INDEX ATTACH':
      return { defines: [], subject: second };
    case 'SEQUENCE OWNED BY':
    case 'DEFAULT':
    case 'CHECK CONSTRAINT':
    case 'FK CONSTRAINT':
    case 'TRIGGER':
    case 'RULE':
    case 'POLICY':
    case 'ROW SECURITY':
    case 'COMMENT':
    case 'ACL':
    case 'SECURITY LABEL':
    case 'SEQUENCE SET':
    case 'MATERIALIZED VIEW DATA':
      return { defines: [], subject: first };
    case 'TABLE DATA':
      // COPY may name the root that the rows are loaded through: the header names the table itself.
      return {
        defines: [],
        subject: header.schema === null ? undefined : { schema: header.schema, name: header.name },
      };
    case 'SCHEMA':
    case 'DEFAULT ACL':
    case 'PUBLICATION TABLE':
      return { defines: [], subject: undefined };
    default:
      return { defines: header.schema === null ? [] : listName(first), subject: undefined };
  }
}

/** The tag of a constraint or trigger is its table's name, a space, and its own. */
export function constraintName(header: EntryHeader, table: ObjectName): string {
  return header.name.slice(table.name.length + 1);
}

function doubtful(text: string, names: readonly NameInStatement[], decode: Decode): NameInStatement[] {
  // The first is the name of what is created, or of the table that it is created on.
  return names
    .slice(1)
    .filter(({ schema, inString }) => !inString && (OWN_ALIASES.has(schema) || standsAlone(text, schema, decode)));
}

function inherited(text: string, names: readonly NameInStatement[]): ObjectName[] {
  if (!text.includes('INHERITS')) return [];
  const at = wordAt(text, 'INHERITS');
  return at < 0 ? [] : unique(names.filter(({ start }) => start > at));
}

function listName(name: ObjectName | undefined): ObjectName[] {
  return name ? [{ schema: name.schema, name: name.name }] : [];
}

function unique(names: readonly ObjectName[]): ObjectName[] {
  const found = new Map(names.map(({ schema, name }) => [`${schema}\0${name}`, { schema, name }]));
  return [...found.values()];
}
