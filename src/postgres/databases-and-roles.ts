/** The databases and roles of a server, as far as backups care. */
import type pg from 'pg';
import { readIfPermitted } from './server-facts.js';

export interface ServerDatabases {
  /** Those that a backup of a whole server covers: no templates, and open to connections. By OID: see `listDatabases`. */
  readonly names: readonly string[];
  /** Those that it passes over: their owner may have marked them so, and they may hold data all the same. */
  readonly passedOver: readonly PassedOver[];
}

export interface PassedOver {
  readonly dbName: string;
  /** closed: to all connections (`datallowconn` is false), so that nothing can dump it. template: `datistemplate`. */
  readonly reason: 'closed' | 'template';
}

/**
 * The OID is the only hint of a database's age: it grows with each object of the server until it wraps around after four
 * billion, and a restore of the whole server assigns new ones.
 */
export async function listDatabases(client: pg.Client): Promise<ServerDatabases> {
  const { rows } = await client.query<{ name: string; open: boolean; template: boolean }>(
    `SELECT datname::pg_catalog.text AS name, datallowconn AS open, datistemplate AS template
       FROM pg_catalog.pg_database ORDER BY oid`,
  );
  return {
    names: rows.flatMap(({ name, open, template }) => (open && !template ? [name] : [])),
    passedOver: rows.flatMap(({ name, open, template }): PassedOver[] =>
      open && !template ? [] : [{ dbName: name, reason: open ? 'template' : 'closed' }],
    ),
  };
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
