/** How a dump role is known as one of ours, and what that is worth. */

/**
 * The comment of a role that our script has made: no other is altered. Whoever may make roles can write it as well, so
 * it is believed of no role that others hold.
 */
export const DUMP_ROLE_MARK = 'holdfast dump role';

/**
 * SQL for the names of those who hold the role whose OID is `there.oid`, NULL for nobody. A superuser gains nothing by it;
 * nor does the administrator who runs our SQL, whom PostgreSQL 16 makes a member of the roles that they make.
 */
export const MEMBERS_OF_DUMP_ROLE = `(SELECT pg_catalog.string_agg(pg_catalog.quote_ident(r.rolname), ', ' ORDER BY r.rolname)
         FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.member
        WHERE m.roleid = there.oid AND NOT r.rolsuper AND r.rolname <> session_user)`;
