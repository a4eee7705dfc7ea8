/** What a server knows of a role, apart from what it may do with objects. */
import type pg from 'pg';

export interface RoleFacts {
  readonly oid: number;
  readonly name: string;
  readonly superuser: boolean;
  /** The clauses of `ALTER ROLE` that give another role the same: attributes, connection limit, validity. */
  readonly attributes: readonly string[];
}

/** `undefined` where there is no such role. */
export async function readRole(client: pg.Client, name: string): Promise<RoleFacts | undefined> {
  const { rows } = await client.query<{
    oid: number;
    rolname: string;
    rolsuper: boolean;
    flags: boolean[];
    rolconnlimit: number;
    validity: string | null;
  }>(
    `SELECT oid::pg_catalog.int8::pg_catalog.int4 AS oid, rolname::pg_catalog.text, rolsuper, rolconnlimit,
            ARRAY[rolcanlogin, rolcreatedb, rolcreaterole, rolinherit, rolreplication, rolbypassrls] AS flags,
            rolvaliduntil::pg_catalog.text AS validity
       FROM pg_catalog.pg_roles WHERE rolname = $1`,
    [name],
  );
  const row = rows[0];
  if (!row) return undefined;
  const words = ['LOGIN', 'CREATEDB', 'CREATEROLE', 'INHERIT', 'REPLICATION', 'BYPASSRLS'];
  return {
    oid: row.oid,
    name: row.rolname,
    superuser: row.rolsuper,
    attributes: [
      ...words.map((word, index) => (row.flags[index] ? word : `NO${word}`)),
      `CONNECTION LIMIT ${row.rolconnlimit}`,
      `VALID UNTIL '${row.validity ?? 'infinity'}'`,
    ],
  };
}

/** What the session's own role is, and whether it is the administrator that it should be. */
export interface SessionFacts {
  readonly user: string;
  readonly superuser: boolean;
  readonly createsRoles: boolean;
  /** `150018` */
  readonly version: number;
  readonly database: string;
}

export async function readSessionFacts(client: pg.Client): Promise<SessionFacts> {
  const { rows } = await client.query<SessionFacts>(
    `SELECT current_user::pg_catalog.text AS user, rolsuper AS superuser, rolcreaterole AS "createsRoles",
            pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version,
            pg_catalog.current_database()::pg_catalog.text AS database
       FROM pg_catalog.pg_roles WHERE rolname = current_user`,
  );
  const facts = rows[0];
  if (!facts) throw new Error('pg_roles has no row of the current user.');
  return facts;
}
