/** The databases and roles of a server, as far as backups care. */
import type pg from 'pg';
import { readIfPermitted } from './server-facts.js';

export interface ServerDatabases {
  /** Those that a backup of a whole server covers: no templates, and open to connections. Oldest first. */
  readonly names: readonly string[];
  /** Also no templates, but closed to everybody (`datallowconn` is false): nothing can dump them. */
  readonly closed: readonly string[];
}

export async function listDatabases(client: pg.Client): Promise<ServerDatabases> {
  const { rows } = await client.query<{ name: string; open: boolean }>(
    `SELECT datname::pg_catalog.text AS name, datallowconn AS open FROM pg_catalog.pg_database
      WHERE NOT datistemplate ORDER BY oid`,
  );
  const named = (open: boolean) => rows.filter((row) => row.open === open).map(({ name }) => name);
  return { names: named(true), closed: named(false) };
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
