/** What a role was granted on objects: those of the connected database, and those that all databases share. */
import type pg from 'pg';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import { grantee, type Entitlement } from './entitlement.js';
import type { RoleFacts } from './role-facts.js';

/**
 * One row for each object that has an access list: the keyword and the name that GRANT takes. Sessions of ours have an
 * empty search_path, so names come out qualified. Temporary objects go with their session.
 */
const objects = (version: number) => `
  SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
         pg_catalog.format('%I.%I', n.nspname, c.relname) AS object, c.relowner AS owner, c.relacl AS acl
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
  UNION ALL SELECT 'SCHEMA', pg_catalog.quote_ident(nspname), nspowner, nspacl FROM pg_catalog.pg_namespace
  UNION ALL SELECT 'ROUTINE', oid::pg_catalog.regprocedure::pg_catalog.text, proowner, proacl FROM pg_catalog.pg_proc
  UNION ALL SELECT 'TYPE', oid::pg_catalog.regtype::pg_catalog.text, typowner, typacl FROM pg_catalog.pg_type
  UNION ALL SELECT 'LANGUAGE', pg_catalog.quote_ident(lanname), lanowner, lanacl FROM pg_catalog.pg_language
  UNION ALL SELECT 'FOREIGN DATA WRAPPER', pg_catalog.quote_ident(fdwname), fdwowner, fdwacl
    FROM pg_catalog.pg_foreign_data_wrapper
  UNION ALL SELECT 'FOREIGN SERVER', pg_catalog.quote_ident(srvname), srvowner, srvacl
    FROM pg_catalog.pg_foreign_server
  UNION ALL SELECT 'LARGE OBJECT', oid::pg_catalog.text, lomowner, lomacl FROM pg_catalog.pg_largeobject_metadata
  UNION ALL SELECT 'DATABASE', pg_catalog.quote_ident(datname), datdba, datacl FROM pg_catalog.pg_database
  UNION ALL SELECT 'TABLESPACE', pg_catalog.quote_ident(spcname), spcowner, spcacl FROM pg_catalog.pg_tablespace
  ${version >= 150_000 ? `UNION ALL SELECT 'PARAMETER', parname, 10, paracl FROM pg_catalog.pg_parameter_acl` : ''}`;

interface GrantedPrivileges {
  readonly kind: string;
  readonly object: string;
  /** Of a grant on single columns. */
  readonly column: string | null;
  readonly privilege: string;
  readonly grantable: boolean;
  readonly owner: string;
}

export async function readObjectPrivileges(
  client: pg.Client,
  role: RoleFacts,
  version: number,
): Promise<Entitlement[]> {
  const { rows } = await client.query<GrantedPrivileges>(
    `SELECT o.kind, o.object, NULL AS column, a.privilege_type AS privilege, pg_catalog.bool_or(a.is_grantable) AS grantable,
            pg_catalog.pg_get_userbyid(o.owner)::pg_catalog.text AS owner
       FROM (${objects(version)}) o CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) a
      WHERE a.grantee = $1 AND o.owner <> $1 GROUP BY 1, 2, 3, 4, 6
     UNION ALL
     SELECT 'TABLE', pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.quote_ident(t.attname),
            a.privilege_type, pg_catalog.bool_or(a.is_grantable), pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text
       FROM pg_catalog.pg_attribute t JOIN pg_catalog.pg_class c ON c.oid = t.attrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a
      WHERE a.grantee = $1 AND c.relowner <> $1 AND c.relpersistence <> 't' AND NOT t.attisdropped
      GROUP BY 1, 2, 3, 4, 6
      ORDER BY 1, 2, 3, 4`,
    [role.oid],
  );
  return rows.map((row) => {
    const { kind, object, column, privilege, grantable, owner } = row;
    const what = `${privilege}${column === null ? '' : ` (${column})`} ON ${kind} ${object}`;
    return {
      key: `${what}${grantable ? ' with grant option' : ''}`,
      grant: (to) => `GRANT ${what} TO ${quoteIdentifier(to)}${grantable ? ' WITH GRANT OPTION' : ''}`,
      revoke: (from) => `REVOKE ${what} FROM ${quoteIdentifier(from)}`,
      owner: () => owner,
    };
  });
}

/** Row security policies that name the role: another one would see no row. */
export async function readPolicies(client: pg.Client, role: RoleFacts): Promise<Entitlement[]> {
  const { rows } = await client.query<{ policy: string; object: string; owner: string; others: string[] }>(
    `SELECT p.polname::pg_catalog.text AS policy, pg_catalog.format('%I.%I', n.nspname, c.relname) AS object,
            pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text AS owner,
            ARRAY(SELECT CASE r WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(r)::pg_catalog.text END
                    FROM pg_catalog.unnest(p.polroles) r WHERE r <> $1 ORDER BY 1) AS others
       FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE $1 = ANY (p.polroles) ORDER BY 1, 2`,
    [role.oid],
  );
  return rows.map(({ policy, object, owner, others }) => {
    const set = (roles: readonly string[]) =>
      `ALTER POLICY ${quoteIdentifier(policy)} ON ${object} TO ${[...new Set(roles)].map(grantee).join(', ')}`;
    return {
      key: `policy ${policy} ON ${object}`,
      grant: (to) => set([role.name, ...others, to]),
      // A policy is for somebody; one that was for this role alone stays.
      revoke: (from) => set(others.filter((name) => name !== from).length === 0 ? [from] : others),
      owner: () => owner,
    };
  });
}
