/** Puts the objects of a selection into another schema: how their names are rewritten, and what cannot be. */
import { HoldfastError } from '../../../core/errors.js';
import type { EntryHeader } from '../../../dump/entry-header.js';
import { namesIn, readIdentifier, replaceSchemas, wordAt } from '../../../dump/sql-names.js';
import { eachToken } from '../../../syntax/sql/tokens.js';
import type { Decode } from '../../../dump/text-encoding.js';
import type { Choice } from './choose-entries.js';
import type { OutlineEntry } from './outline-entry.js';
import { formatObjectName, keyOf, type ObjectName } from './selection.js';

export interface Renamer {
  /** Where an object of the choice goes; any other stays. */
  name(name: ObjectName): ObjectName;
  /** A header's schema and tag. */
  header(header: EntryHeader): EntryHeader;
  /** A statement of the choice, with the names of what moves rewritten. */
  statement(text: Buffer, header: EntryHeader, decode: Decode): Buffer;
}

/** Everything stays where it was. */
export const STAYS: Renamer = { name: (name) => name, header: (header) => header, statement: (text) => text };

const ROUTINES: ReadonlySet<string> = new Set(['FUNCTION', 'PROCEDURE', 'AGGREGATE']);

/** How a name stands in statements, in the dump's encoding as Latin-1. */
export interface NameInSql {
  /** Quoted where it must be: as pg_dump writes it. */
  readonly plain: string;
  /** As the server writes it, which may always quote (`quote_all_identifiers`). */
  readonly byServer: string;
}

/**
 * @param schema the new one
 * @param moved the schemas that are chosen as a whole: their grants and comments move to the new schema
 */
export function renameInto(schema: string, sql: NameInSql, choice: Choice, moved: ReadonlySet<string>): Renamer {
  const moves = (name: ObjectName) => choice.objects.has(keyOf(name));
  const rename = (text: string, decode: Decode) =>
    replaceSchemas(text, namesIn(text, decode), (name) =>
      moves(name) ? (name.quoted ? sql.byServer : sql.plain) : undefined,
    );
  const tag = Buffer.from(sql.plain, 'latin1').toString('utf8');
  const isOfSchema = ({ type, schema: own, name }: EntryHeader) =>
    type === 'DEFAULT ACL' || (own === null && (type === 'SCHEMA' || name.startsWith('SCHEMA ')));
  return {
    name: (name) => (moves(name) ? { ...name, schema } : name),
    header: (header) => {
      if (header.type === 'SCHEMA') return { ...header, name: schema };
      if (isOfSchema(header) && header.schema === null) return { ...header, name: `SCHEMA ${tag}` };
      const name = renameTag(header, (text) => rename(text, (bytes) => Buffer.from(bytes).toString('utf8')));
      return header.schema === null ? header : { ...header, schema, name };
    },
    statement: (text, header, decode) => {
      const latin1 = text.toString('latin1');
      const renamed = isOfSchema(header) ? renameSchema(latin1, sql.plain, moved, decode) : rename(latin1, decode);
      return Buffer.from(renamed, 'latin1');
    },
  };
}

/** `f(app.mood)`: the types of the arguments are part of a routine's tag. */
function renameTag({ type, name }: EntryHeader, rename: (text: string) => string): string {
  const isRoutine = ROUTINES.has(type) || /^(?:FUNCTION|PROCEDURE|AGGREGATE) /.test(name);
  const open = name.indexOf('(');
  if (!isRoutine || open < 0) return name;
  const renamed = rename(Buffer.from(name.slice(open)).toString('latin1'));
  return name.slice(0, open) + Buffer.from(renamed, 'latin1').toString('utf8');
}

/** `CREATE SCHEMA app`, `GRANT … ON SCHEMA app`, `… IN SCHEMA app GRANT …`: the name after the word. */
function renameSchema(text: string, sql: string, moved: ReadonlySet<string>, decode: Decode): string {
  const word = wordAt(text, 'SCHEMA');
  if (word < 0) return text;
  let span: { start: number; end: number } | undefined;
  eachToken(text, (start, end) => {
    if (start > word && !span) span = { start, end };
  });
  if (!span || !moved.has(readIdentifier(text.slice(span.start, span.end), decode))) return text;
  return text.slice(0, span.start) + sql + text.slice(span.end);
}

/**
 * Refuses what is ambiguous: `a.b` that may be the object `b` of the schema `a`, or the column `b` of an alias `a`.
 *
 * @throws HoldfastError TARGET_LACKS naming the definition
 */
export function requireUnambiguous(entries: readonly OutlineEntry[], choice: Choice): void {
  for (const { header, doubtful } of entries) {
    const name = doubtful.find((candidate) => choice.objects.has(keyOf(candidate)));
    if (!name) continue;
    const message = `Rewriting the ${header.type.toLowerCase()} ${header.schema}.${header.name} for another schema: ${formatObjectName(name)} in it may be that object, or a column of an alias ${name.schema}.`;
    throw new HoldfastError('TARGET_LACKS', message, {
      hint: 'Restore without --into-schema into a database of its own (--create), or choose tables without this definition.',
      details: { problems: [{ message }] },
    });
  }
}

/** What still names the old schema after a move: texts whose meaning is known only when they run. */
export function staleMentions(entries: readonly OutlineEntry[], choice: Choice): string[] {
  const notes: string[] = [];
  const moved = new Set([...choice.objects].map((key) => key.slice(0, key.indexOf('\0'))));
  for (const { header, mentions, strings } of entries) {
    const named = mentions.filter((name) => choice.objects.has(keyOf(name))).map(formatObjectName);
    const found = [
      ...new Set([...named, ...strings.filter((text) => moved.has(text)).map((text) => `search_path ${text}`)]),
    ];
    if (found.length === 0) continue;
    const what = `${header.type.toLowerCase()} ${header.schema}.${header.name}`;
    notes.push(`Not rewritten: the body of the ${what} still names ${found.slice(0, 5).join(', ')}.`);
  }
  return notes;
}
