/** The databases and roles of a server, as far as backups care. */
import type pg from 'pg';
import { readIfPermitted } from './server-facts.js';

/** The databases that a backup of a whole server takes: no templates, and connectable. The oldest first. */
export async function listDatabases(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT datname::pg_catalog.text AS name FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate ORDER BY oid`,
  );
  return rows.map((row) => row.name);
}

/**
 * Login roles that have no password, which after a restore is every role that came with the globals. Sorted.
 * `undefined` when this role may not know, as on RDS.
 */
export async function rolesWithoutPassword(client: pg.Client): Promise<string[] | undefined> {
  const json = await readIfPermitted(
    client,
    `SELECT COALESCE(pg_catalog.json_agg(rolname ORDER BY rolname), '[]')::pg_catalog.text AS value
       FROM pg_catalog.pg_authid WHERE rolcanlogin AND rolpassword IS NULL AND rolname !~ '^pg_'`,
  );
  return json === undefined ? undefined : (JSON.parse(json) as string[]);
}
