/** How many sessions a role may have at the same time. */
import type pg from 'pg';
import { quoteIdentifier } from '../syntax/sql/identifiers.js';
import type { PreflightProblem } from './preflight.js';

/** @returns the lower of the role's and the database's; `undefined` where there is none, as for a superuser */
export async function readConnectionLimit(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ limit: number | null }>(
    `SELECT LEAST(NULLIF(r.rolconnlimit, -1), NULLIF(d.datconnlimit, -1)) AS limit
       FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
      WHERE r.rolname = session_user AND NOT r.rolsuper AND d.datname = pg_catalog.current_database()`,
  );
  return rows[0]?.limit ?? undefined;
}

/** @param needed sessions that one backup cannot do without */
export async function checkConnections(
  client: pg.Client,
  limit: number | undefined,
  needed: number,
): Promise<PreflightProblem[]> {
  if (limit === undefined || limit >= needed) return [];
  const { rows } = await client.query<{ role: string; database: string; role_limit: number }>(
    `SELECT session_user::pg_catalog.text AS role, pg_catalog.current_database()::pg_catalog.text AS database,
            (SELECT r.rolconnlimit FROM pg_catalog.pg_roles r WHERE r.rolname = session_user) AS role_limit`,
  );
  const { role = '', database = '', role_limit: ofRole } = rows[0] ?? {};
  const subject = ofRole === limit ? `ROLE ${quoteIdentifier(role)}` : `DATABASE ${quoteIdentifier(database)}`;
  return [
    {
      kind: 'connections',
      objects: [],
      total: needed,
      message: `--give-way needs ${needed} connections at the same time, for pg_dump and for looking who waits for it; there may be ${limit}.`,
      remedy: `ALTER ${subject} CONNECTION LIMIT ${needed}; -- or leave --give-way out`,
    },
  ];
}
