/** What the tables of the target are like that rows alone are to go into. */
import type pg from 'pg';
import { qualifiedName } from '../../../syntax/sql/identifiers.js';
import { keyOf, type ObjectName } from './selection.js';

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

/** Whether a table has rows already: `elsewhere`, those of its foreign partitions are on another server. */
export interface HeldRows {
  readonly rows: 'none' | 'some' | 'elsewhere';
  /**
   * For a table of an extension that brings rows of its own: which rows are the user's, as an SQL condition with WHERE.
   * Only those are in a dump, and only those count.
   */
  readonly condition: string | undefined;
}

/** A partitioned table holds the rows of its partitions; any other table only its own. */
export async function readHeldRows(client: pg.Client, { schema, name }: ObjectName): Promise<HeldRows> {
  const { rows } = await client.query<{ partitioned: boolean; elsewhere: boolean; condition: string | null }>(
    `SELECT c.relkind = 'p' AS partitioned,
            c.relkind = 'f' OR c.relkind = 'p' AND EXISTS (
              SELECT FROM pg_catalog.pg_partition_tree(c.oid) t JOIN pg_catalog.pg_class p ON p.oid = t.relid
               WHERE p.relkind = 'f') AS elsewhere,
            (SELECT NULLIF(x.condition, '') FROM pg_catalog.pg_extension e,
               ROWS FROM (pg_catalog.unnest(e.extconfig), pg_catalog.unnest(e.extcondition)) AS x (oid, condition)
              WHERE x.oid = c.oid) AS condition
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
      WHERE s.nspname::pg_catalog.text = $1 AND c.relname::pg_catalog.text = $2`,
    [schema, name],
  );
  const { partitioned = false, elsewhere = false, condition } = rows[0] ?? {};
  const own = condition ?? undefined;
  if (elsewhere) return { rows: 'elsewhere', condition: own };
  const only = partitioned ? '' : 'ONLY ';
  const found = await client.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM ${only}${qualifiedName(schema, name)} ${own ?? ''}) AS found`,
  );
  return { rows: found.rows[0]?.found ? 'some' : 'none', condition: own };
}

/** A foreign key between two of some tables, and whether it is checked at the end of each statement. */
export interface TargetForeignKey {
  readonly table: ObjectName;
  readonly name: string;
  readonly deferrable: boolean;
  readonly deferred: boolean;
}

/**
 * Foreign keys from one of the tables to another of them: the order of the rows does not suit these. One that a table has
 * to itself is checked at the end of its COPY, except where each partition has a COPY of its own.
 */
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
      WHERE k.contype = 'f' AND k.conparentid = 0 AND (k.conrelid <> k.confrelid OR c.relkind = 'p')
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

/** Keys of those among the sequences that the session's role may alter. */
export async function readOwnedSequences(
  client: pg.Client,
  sequences: readonly ObjectName[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<ObjectName>(
    `SELECT s.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
       JOIN ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS wanted (schema, name)
         ON wanted.schema = s.nspname::pg_catalog.text AND wanted.name = c.relname::pg_catalog.text
      WHERE c.relkind = 'S' AND pg_catalog.pg_has_role(c.relowner, 'USAGE')`,
    [sequences.map(({ schema }) => schema), sequences.map(({ name }) => name)],
  );
  return new Set(rows.map(keyOf));
}
