/** What the tables of a dump were at one moment, to see later which of them are no longer that. */
import type pg from 'pg';
import { parseNamePattern } from '../../syntax/sql/name-pattern.js';
import { IN_SELECTION, NO_MEMBER, RELATIONS } from '../dumped-relations.js';

interface TableState {
  /** `schema.name`, quoted as SQL wants it. */
  readonly name: string;
  /** The same text as long as the table has the same file, and nobody has altered it or a column of it. */
  readonly state: string;
}

/**
 * Only from columns, which the snapshot decides: a function that is given an OID, as has_table_privilege is, looks the
 * table up as it is now, and knows nothing of one that was dropped a moment ago.
 */
const LOCKED_BY_PG_DUMP = `c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND ${IN_SELECTION} AND ${NO_MEMBER}`;

/** By OID. */
export type TableStates = ReadonlyMap<string, TableState>;

/**
 * `TRUNCATE` and whatever rewrites a table give it another file, in which a snapshot taken before does not see the rows.
 * What alters the catalog writes the rows of pg_class or pg_attribute anew, and a new row has another xmin. The name of
 * the schema counts as well: pg_dump reads by name, and `ALTER SCHEMA … RENAME` touches no table's row.
 *
 * Compared for equality and never for order: the xmin of a row that was frozen long ago can be any number.
 */
const STATES = `
  SELECT c.oid::pg_catalog.text AS oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
         pg_catalog.concat_ws(' ', c.relfilenode, c.xmin, a.columns) AS state
    FROM ${RELATIONS}
    LEFT JOIN (SELECT a.attrelid,
                      pg_catalog.hashtextextended(pg_catalog.string_agg(a.xmin::pg_catalog.text, ' ' ORDER BY a.attnum), 0) AS columns
                 FROM pg_catalog.pg_attribute a WHERE a.attnum > 0 GROUP BY a.attrelid) a ON a.attrelid = c.oid
   WHERE ${LOCKED_BY_PG_DUMP}`;

/**
 * As the session's snapshot sees them: the one that it has exported, or a new one.
 *
 * @param schemas pg_dump's patterns; all schemas when empty
 */
export async function readTableStates(client: pg.Client, schemas: readonly string[]): Promise<TableStates> {
  const { rows } = await client.query<TableState & { oid: string }>(STATES, [expressions(schemas)]);
  return new Map(rows.map(({ oid, name, state }) => [oid, { name, state }]));
}

/** The names, as they were, of the tables that have been dropped, renamed, truncated, rewritten or altered. */
export function changedTables(before: TableStates, after: TableStates): string[] {
  return [...before]
    .filter(([oid, { name, state }]) => after.get(oid)?.name !== name || after.get(oid)?.state !== state)
    .map(([, { name }]) => name);
}

/** The names of the tables that somebody is truncating, rewriting, altering or dropping, or waits to. */
export async function tablesBeingChanged(client: pg.Client, schemas: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name FROM ${RELATIONS}
      WHERE ${LOCKED_BY_PG_DUMP}
        AND c.oid IN (SELECT l.relation FROM pg_catalog.pg_lock_status() l
                        JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
                       WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock')
      ORDER BY c.oid`,
    [expressions(schemas)],
  );
  return rows.map(({ name }) => name);
}

function expressions(schemas: readonly string[]): string[] {
  return schemas.map((pattern) => parseNamePattern(pattern).name);
}
