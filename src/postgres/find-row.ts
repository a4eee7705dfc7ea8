/** Looks for a first row in what is going to be dumped. */
import type pg from 'pg';
import { IN_SELECTION, NO_MEMBER, RELATIONS } from './dumped-relations.js';
import { parseNamePattern } from '../syntax/sql/name-pattern.js';
import type { DumpSelection } from './preflight.js';

/** How long to wait for a lock on a table, in milliseconds: whoever asks has not come to wait. */
const LOCK_WAIT_MS = 1000;

const TABLES = `
  SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name FROM ${RELATIONS}
   WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND ${IN_SELECTION} AND ${NO_MEMBER}
     AND NOT EXISTS (SELECT 1 FROM ROWS FROM (pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[])) AS x (schema, name)
                      WHERE c.relname ~ x.name AND (x.schema IS NULL OR n.nspname ~ x.schema))
   ORDER BY c.relpages DESC`;

/**
 * @returns how many tables are dumped with their rows, and whether one of them has any
 * @throws an error of the server, also when a table is locked
 */
export async function findRow(
  client: pg.Client,
  { schemas, excludeTableData }: DumpSelection,
): Promise<{ readonly tables: number; readonly found: boolean }> {
  const excluded = excludeTableData.map(parseNamePattern);
  await client.query(`SELECT pg_catalog.set_config('lock_timeout', '${LOCK_WAIT_MS}', false)`);
  const { rows } = await client.query<{ name: string }>(TABLES, [
    schemas.map((pattern) => parseNamePattern(pattern).name),
    excluded.map((pattern) => pattern.schema ?? null),
    excluded.map((pattern) => pattern.name),
  ]);
  for (const { name } of rows) {
    const { rowCount } = await client.query(`SELECT FROM ONLY ${name} LIMIT 1`);
    if (rowCount !== null && rowCount > 0) return { tables: rows.length, found: true };
  }
  return { tables: rows.length, found: false };
}
