/** Statistics for a restored database: a dump carries none, and without them queries are planned badly. */
import pg from 'pg';
import { messageOf } from '../../core/errors.js';
import { qualifiedName } from '../../syntax/sql/identifiers.js';

/**
 * Analyzes all tables, or those given, one by one: a plain ANALYZE ends at the first table that cannot be (a foreign
 * partition whose server is out of reach, an index over a function that needs a search_path), and leaves the tables
 * after it without statistics.
 *
 * @returns a sentence for each table that has none now
 * @throws the connection's error when it is lost
 */
export async function analyzeTables(
  client: pg.Client,
  only?: readonly { readonly schema: string; readonly name: string }[],
): Promise<string[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'm', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_toast'
      ORDER BY c.oid`,
  );
  const chosen = only && new Set(only.map(({ schema, name }) => qualifiedName(schema, name)));
  const notes: string[] = [];
  for (const { schema, name } of rows) {
    const table = qualifiedName(schema, name);
    if (chosen && !chosen.has(table)) continue;
    try {
      await client.query(`ANALYZE ${table}`);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      notes.push(`No statistics for ${table}: ${messageOf(error)}.`);
    }
  }
  return notes;
}
