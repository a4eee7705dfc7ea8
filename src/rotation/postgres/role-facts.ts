/** What a server knows of a role, apart from what it may do with objects. */
import type pg from 'pg';
import { secretOfComment } from './role-mark.js';

export interface RoleFacts {
  readonly oid: number;
  readonly name: string;
  readonly superuser: boolean;
  readonly inherits: boolean;
  /** Attributes that let it do what others may not, and that acting as it gives: `CREATEDB`. */
  readonly powers: readonly string[];
  /** Whether it may sign in to read all that is written to the server. */
  readonly replicates: boolean;
  /** The clauses of `ALTER ROLE` with which another role signs in as this one does. */
  readonly signInClauses: readonly string[];
  /** When its password stopped being valid, if it has. */
  readonly expired: string | undefined;
  readonly comment: string | null;
  /** The secret whose rotation has marked it. */
  readonly secret: string | undefined;
}

/** `undefined` where there is no such role. */
export async function readRole(client: pg.Client, name: string): Promise<RoleFacts | undefined> {
  const { rows } = await client.query<{
    oid: number;
    rolname: string;
    rolsuper: boolean;
    rolinherit: boolean;
    rolcanlogin: boolean;
    rolreplication: boolean;
    powers: (string | null)[];
    rolconnlimit: number;
    validity: string | null;
    expired: boolean | null;
    comment: string | null;
  }>(
    `SELECT oid::pg_catalog.int8::pg_catalog.int4 AS oid, rolname::pg_catalog.text, rolsuper, rolinherit, rolcanlogin,
            rolreplication, rolconnlimit, rolvaliduntil::pg_catalog.text AS validity,
            rolvaliduntil < pg_catalog.clock_timestamp() AS expired,
            ARRAY[CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
                  CASE WHEN rolbypassrls THEN 'BYPASSRLS' END] AS powers,
            pg_catalog.shobj_description(oid, 'pg_authid') AS comment
       FROM pg_catalog.pg_roles WHERE rolname = $1`,
    [name],
  );
  const row = rows[0];
  if (!row) return undefined;
  return {
    oid: row.oid,
    name: row.rolname,
    superuser: row.rolsuper,
    inherits: row.rolinherit,
    powers: row.powers.filter((power) => power !== null),
    replicates: row.rolreplication,
    signInClauses: [
      row.rolcanlogin ? 'LOGIN' : 'NOLOGIN',
      row.rolreplication ? 'REPLICATION' : 'NOREPLICATION',
      `CONNECTION LIMIT ${row.rolconnlimit}`,
      `VALID UNTIL '${row.validity ?? 'infinity'}'`,
    ],
    expired: row.expired ? (row.validity ?? undefined) : undefined,
    comment: row.comment,
    secret: secretOfComment(row.comment),
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
