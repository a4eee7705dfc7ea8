/** All that a role is and may, read in another way than the product does: for comparing two of them. */
import type { PasswordServer } from './password-server.js';

export interface RoleDescription {
  readonly attributes: Record<string, unknown>;
  readonly memberships: readonly string[];
  readonly settings: readonly string[];
  readonly privileges: readonly string[];
  readonly defaults: readonly string[];
  readonly policies: readonly string[];
}

/** In texts that name the role, `SELF` stands for it. */
export async function describeRole(server: PasswordServer, database: string, role: string): Promise<RoleDescription> {
  const lines = async (sql: string) => {
    const rows = await server.query<{ line: string }>(database, sql);
    return rows.map(({ line }) => line.replaceAll(new RegExp(`\\b${role}\\b`, 'g'), 'SELF')).sort();
  };
  const oid = `'${role}'::regrole`;
  const [attributes = {}] = await server.query(
    database,
    `SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit,
            rolvaliduntil = 'infinity' OR rolvaliduntil IS NULL AS forever, extract(epoch FROM rolvaliduntil)::text AS until
       FROM pg_authid WHERE oid = ${oid}`,
  );
  const acl = (name: string, table: string, column: string) =>
    `SELECT ${name} || ' ' || privilege_type || ' ' || is_grantable AS line FROM ${table}, aclexplode(${column}) WHERE grantee = ${oid}`;
  return {
    attributes: { ...attributes, until: attributes.until === 'Infinity' ? null : attributes.until },
    memberships: await lines(
      `SELECT roleid::regrole || ' ' || admin_option AS line FROM pg_auth_members WHERE member = ${oid}`,
    ),
    settings: await lines(
      `SELECT setdatabase || ' ' || setting AS line FROM pg_db_role_setting, unnest(setconfig) AS setting WHERE setrole = ${oid}`,
    ),
    privileges: await lines(
      [
        acl(`relnamespace::regnamespace || '.' || relname`, 'pg_class', 'relacl'),
        acl(`attrelid::regclass || '.' || attname`, 'pg_attribute', 'attacl'),
        acl(`'schema ' || nspname`, 'pg_namespace', 'nspacl'),
        acl(`'function ' || oid::regprocedure`, 'pg_proc', 'proacl'),
        acl(`'type ' || typname`, 'pg_type', 'typacl'),
        acl(`'database ' || datname`, 'pg_database', 'datacl'),
        acl(`'large object ' || oid`, 'pg_largeobject_metadata', 'lomacl'),
      ].join(' UNION ALL '),
    ),
    defaults: await lines(
      `SELECT concat_ws(' ', defaclrole::regrole, defaclnamespace, defaclobjtype, grantee, privilege_type, is_grantable)
              AS line
         FROM (SELECT d.*, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS grantee,
                      a.privilege_type, a.is_grantable
                 FROM pg_default_acl d, aclexplode(defaclacl) a
                WHERE d.defaclrole = ${oid} OR a.grantee = ${oid}) AS entries`,
    ),
    policies: await lines(
      `SELECT polrelid::regclass || ' ' || polname AS line FROM pg_policy WHERE ${oid} = ANY (polroles)`,
    ),
  };
}
