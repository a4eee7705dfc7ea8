/** Which part of a backup is asked for, what was made of it, and how objects are named. */
import { HoldfastError } from '../../../core/errors.js';
import { quoted } from '../../../core/quoted.js';
import { quoteIdentifier, unquoteIdentifier } from '../../../syntax/sql/identifiers.js';

/** An object of a schema, by its exact name. */
export interface ObjectName {
  readonly schema: string;
  readonly name: string;
}

/** A table as a user names it. Without a schema, the backup's search path finds it. */
export interface WantedTable {
  readonly schema: string | undefined;
  readonly name: string;
}

export interface Selection {
  /** Tables, views, materialized views, foreign tables and sequences. */
  readonly tables: readonly WantedTable[];
  /** Whole schemas. If both lists are empty, everything is chosen. */
  readonly schemas: readonly string[];
  /** Definitions, rows and the values of sequences, or both. */
  readonly part: 'all' | 'definitions' | 'data';
  /** The schema that all of it goes to. @default each object's own */
  readonly intoSchema?: string | undefined;
  /** Rows are added to tables that already have some. Only with the part `data`. */
  readonly append: boolean;
  /** What happens to triggers that the rows would fire; undecided, they are a reason to refuse. Only with the part `data`. */
  readonly triggers?: 'fire' | 'disable' | undefined;
  /** The search path that triggers fire under, as SET takes it. @default the one of the tables' owner */
  readonly triggerSearchPath?: string | undefined;
}

/** An entry of the dump, as it is called in the target. */
export interface SelectedEntry {
  readonly type: string;
  readonly schema: string | null;
  readonly name: string;
}

/** What a selection amounts to. */
export interface SelectionOutcome {
  /** In the dump's order, with their new names. */
  readonly entries: readonly SelectedEntry[];
  readonly leftOut: readonly (SelectedEntry & { readonly reason: string })[];
  /** `schema.name` of what the selection refers to and the target already has. */
  readonly fromTarget: readonly string[];
}

/** Whether everything is chosen. */
export function choosesAll({ tables, schemas }: Selection): boolean {
  return tables.length === 0 && schemas.length === 0;
}

const PART = String.raw`"(?:[^"]|"")+"|[^".]+`;
const TABLE = new RegExp(`^(?:(${PART})\\.)?(${PART})$`, 's');
const SCHEMA = new RegExp(`^(${PART})$`, 's');

/**
 * Reads `shop.orders`, `"My Shop"."orders.old"`, `orders`. Names are exact: no wildcards, and no folding to lower case.
 *
 * @throws HoldfastError USAGE
 */
export function parseTableName(text: string): WantedTable {
  const [, schema, name] = TABLE.exec(text) ?? [];
  if (name === undefined) {
    throw new HoldfastError('USAGE', `Reading the table ${quoted(text)}: it is not written as schema.table or table.`, {
      hint: 'Write shop.orders, and put a name that holds a dot or a quote between double quotes: \'"My.Shop"."orders"\'.',
    });
  }
  return { schema: schema === undefined ? undefined : unquoteIdentifier(schema), name: unquoteIdentifier(name) };
}

/** Reads `shop`, `"my.shop"`; errors as for {@link parseTableName}. */
export function parseSchemaName(text: string): string {
  const name = SCHEMA.exec(text)?.[1];
  if (name === undefined) {
    throw new HoldfastError('USAGE', `Reading the schema ${quoted(text)}: it is not a single name.`, {
      hint: 'Put a name that holds a dot or a quote between double quotes: \'"my.shop"\'.',
    });
  }
  return unquoteIdentifier(name);
}

/** As {@link parseTableName} reads it, with quotes only where they are needed. */
export function formatObjectName({ schema, name }: ObjectName): string {
  return `${formatName(schema)}.${formatName(name)}`;
}

export function formatName(name: string): string {
  return /[".\s]|^$/.test(name) ? quoteIdentifier(name) : name;
}

/** A name as a single text, used as a key for lookups. */
export function keyOf({ schema, name }: ObjectName): string {
  return `${schema}\0${name}`;
}
