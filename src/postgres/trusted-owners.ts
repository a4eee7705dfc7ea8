/**
 * Whose code a session of ours may run: that of those who could act as the role that signed in anyway.
 *
 * Compared with session_user. The role that a session acts as decides nothing: whoever owns the database can set it
 * (ALTER DATABASE … SET role), and code that runs in the session leaves it with SET ROLE none.
 */

/** The OID of the role that signed in. */
const SESSION_ROLE = '(SELECT me.oid FROM pg_catalog.pg_roles me WHERE me.rolname = session_user)';

/** Since 16 a member may be one that can neither use nor take the role: only who may take it has all of its rights. */
const MAY_TAKE = `CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 THEN 'SET' ELSE 'MEMBER' END`;

/**
 * SQL that is true where the owner may become the role that signed in: itself, a member of it, a superuser.
 *
 * @param owner SQL for its OID
 */
export function mayActAsUs(owner: string): string {
  return `pg_catalog.pg_has_role(${owner}, ${SESSION_ROLE}, ${MAY_TAKE})`;
}
