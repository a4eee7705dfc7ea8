/** Which of the things that a selection would create or needs the target already has. */
import type pg from 'pg';
import { qualifiedName } from '../../../syntax/sql/identifiers.js';
import { keyOf, type ObjectName } from './selection.js';

/** Kinds of names that do not collide with each other. */
export type NameSpace = 'relation' | 'type' | 'routine' | 'other';

export interface TargetObjects {
  /** Keys of names, with the spaces in which the target has them. */
  readonly spaces: ReadonlyMap<string, ReadonlySet<NameSpace>>;
  /** Keys of `schema` and `name(argument types)`. */
  readonly routines: ReadonlySet<string>;
  readonly schemas: ReadonlySet<string>;
}

/** A database that does not exist yet. */
export const EMPTY_TARGET: TargetObjects = {
  spaces: new Map(),
  routines: new Set(),
  schemas: new Set(['public', 'pg_catalog', 'information_schema']),
};

const NAMES = `
  SELECT relnamespace AS namespace, relname AS name, 'relation' AS space FROM pg_catalog.pg_class
  UNION ALL SELECT typnamespace, typname, 'type' FROM pg_catalog.pg_type
  UNION ALL SELECT pronamespace, proname, 'routine' FROM pg_catalog.pg_proc
  UNION ALL SELECT oprnamespace, oprname, 'other' FROM pg_catalog.pg_operator
  UNION ALL SELECT collnamespace, collname, 'other' FROM pg_catalog.pg_collation
  UNION ALL SELECT opcnamespace, opcname, 'other' FROM pg_catalog.pg_opclass
  UNION ALL SELECT opfnamespace, opfname, 'other' FROM pg_catalog.pg_opfamily
  UNION ALL SELECT connamespace, conname, 'other' FROM pg_catalog.pg_conversion
  UNION ALL SELECT stxnamespace, stxname, 'other' FROM pg_catalog.pg_statistic_ext
  UNION ALL SELECT cfgnamespace, cfgname, 'other' FROM pg_catalog.pg_ts_config
  UNION ALL SELECT dictnamespace, dictname, 'other' FROM pg_catalog.pg_ts_dict
  UNION ALL SELECT prsnamespace, prsname, 'other' FROM pg_catalog.pg_ts_parser
  UNION ALL SELECT tmplnamespace, tmplname, 'other' FROM pg_catalog.pg_ts_template`;

/** Looks the names up; those that do not exist are not in the result. */
export async function readTargetObjects(client: pg.Client, names: readonly ObjectName[]): Promise<TargetObjects> {
  const { rows } = await client.query<ObjectName & { space: NameSpace }>(
    `SELECT DISTINCT s.nspname::pg_catalog.text AS schema, o.name::pg_catalog.text AS name, o.space
       FROM (${NAMES}) o JOIN pg_catalog.pg_namespace s ON s.oid = o.namespace
       JOIN ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS wanted (schema, name)
         ON wanted.schema = s.nspname::pg_catalog.text AND wanted.name = o.name::pg_catalog.text`,
    [names.map(({ schema }) => schema), names.map(({ name }) => name)],
  );
  const spaces = new Map<string, Set<NameSpace>>();
  for (const row of rows) {
    const found = spaces.get(keyOf(row));
    if (found) found.add(row.space);
    else spaces.set(keyOf(row), new Set([row.space]));
  }
  const { rows: routines } = await client.query<ObjectName>(
    `SELECT s.nspname::pg_catalog.text AS schema, p.proname || '(' || pg_catalog.array_to_string(ARRAY(
              SELECT pg_catalog.format_type(a.type, NULL) FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS a (type, n) ORDER BY n
            ), ', ') || ')' AS name
       FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace s ON s.oid = p.pronamespace
      WHERE s.nspname::pg_catalog.text = ANY ($1)`,
    [[...new Set(names.map(({ schema }) => schema))]],
  );
  const { rows: schemas } = await client.query<{ name: string }>(
    'SELECT nspname::pg_catalog.text AS name FROM pg_catalog.pg_namespace',
  );
  return {
    spaces,
    routines: new Set(routines.map(keyOf)),
    schemas: new Set(schemas.map(({ name }) => name)),
  };
}

/** A column of a table in the target. */
export interface TargetColumn {
  readonly name: string;
  readonly generated: boolean;
  /** Whether a row without a value for it is refused. */
  readonly required: boolean;
}

/** The columns of a table; `undefined` where there is no such table that takes rows. */
export async function readTargetColumns(client: pg.Client, table: ObjectName): Promise<TargetColumn[] | undefined> {
  const { rows } = await client.query<TargetColumn>(
    `SELECT a.attname::pg_catalog.text AS name, a.attgenerated <> '' AS generated,
            a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS required
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
       LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE s.nspname::pg_catalog.text = $1 AND c.relname::pg_catalog.text = $2 AND c.relkind IN ('r', 'p', 'f')`,
    [table.schema, table.name],
  );
  return rows.length === 0 ? undefined : rows.filter(({ name }) => name !== null);
}

export async function hasRows(client: pg.Client, { schema, name }: ObjectName): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM ONLY ${qualifiedName(schema, name)}) AS found`,
  );
  return rows[0]?.found ?? false;
}

/** A foreign key between two of some tables, and whether it is checked at the end of each statement. */
export interface TargetForeignKey {
  readonly table: ObjectName;
  readonly name: string;
  readonly deferrable: boolean;
  readonly deferred: boolean;
}

/** Foreign keys from one of the tables to another of them: the order of the rows does not suit these. */
export async function readForeignKeysAmong(
  client: pg.Client,
  tables: readonly ObjectName[],
): Promise<TargetForeignKey[]> {
  const { rows } = await client.query<ObjectName & Omit<TargetForeignKey, 'table'> & { constraint: string }>(
    `WITH chosen AS (
       SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
         JOIN ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS wanted (schema, name)
           ON wanted.schema = s.nspname::pg_catalog.text AND wanted.name = c.relname::pg_catalog.text)
     SELECT s.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name, k.conname::pg_catalog.text AS constraint,
            k.condeferrable AS deferrable, k.condeferred AS deferred
       FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
       JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
      WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid <> k.confrelid
        AND (k.conrelid IN (SELECT oid FROM chosen)
          OR EXISTS (SELECT FROM pg_catalog.pg_partition_tree(k.conrelid) t WHERE t.relid IN (SELECT oid FROM chosen)))
        AND (k.confrelid IN (SELECT oid FROM chosen)
          OR EXISTS (SELECT FROM pg_catalog.pg_partition_tree(k.confrelid) t WHERE t.relid IN (SELECT oid FROM chosen)))
      ORDER BY 1, 2, 3`,
    [tables.map(({ schema }) => schema), tables.map(({ name }) => name)],
  );
  return rows.map(({ schema, name, constraint, deferrable, deferred }) => ({
    table: { schema, name },
    name: constraint,
    deferrable,
    deferred,
  }));
}

/** Triggers of users that fire when rows are loaded, as `trigger on schema.table`. */
export async function readFiringTriggers(client: pg.Client, tables: readonly ObjectName[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT pg_catalog.format('%I on %I.%I', t.tgname, s.nspname, c.relname) AS name
       FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
       JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
       JOIN ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS wanted (schema, name)
         ON wanted.schema = s.nspname::pg_catalog.text AND wanted.name = c.relname::pg_catalog.text
      WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND (t.tgtype & 4) <> 0
      ORDER BY 1`,
    [tables.map(({ schema }) => schema), tables.map(({ name }) => name)],
  );
  return rows.map(({ name }) => name);
}
