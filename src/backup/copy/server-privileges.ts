/**
 * Privileges in a restored copy that no entry of a dump shows: those on the database itself and on large objects, and
 * those that come from membership in a role.
 */
import type pg from 'pg';
import { quoteIdentifier, unquoteIdentifier } from '../../syntax/sql/identifiers.js';
import type { ParsedGlobals } from '../../postgres/parsed-globals.js';
import type { Grants } from './extra-privileges.js';

/** What PostgreSQL gives to everybody on a new database. */
const BY_DEFAULT = ['CONNECT', 'TEMPORARY'];
const ALL = ['CREATE', ...BY_DEFAULT];

/** @returns SQL that revokes what roles may do in the target's database but could not do in the source's */
export async function databaseRemedies(
  client: pg.Client,
  { database }: Pick<ParsedGlobals, 'database'>,
  name: string,
): Promise<string[]> {
  const source = new Map<string | undefined, Set<string>>([[undefined, new Set(BY_DEFAULT)]]);
  for (const { grant } of database) {
    if (!grant || grant.optionOnly) continue;
    const { verb, privileges, grantee } = grant;
    const own = source.get(grantee) ?? new Set();
    source.set(grantee, own);
    for (const privilege of privileges.includes('ALL') ? ALL : privileges) {
      if (verb === 'GRANT') own.add(privilege);
      else own.delete(privilege);
    }
  }
  const { rows } = await client.query<{ grantee: string; privileges: string; cascade: boolean }>(
    `SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS grantee,
            pg_catalog.string_agg(a.privilege_type, ',' ORDER BY a.privilege_type) AS privileges,
            pg_catalog.bool_or(a.is_grantable) AS cascade
       FROM pg_catalog.pg_database d,
            pg_catalog.aclexplode(COALESCE(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
      WHERE d.datname = pg_catalog.current_database() AND a.grantee <> d.datdba
      GROUP BY a.grantee ORDER BY a.grantee`,
  );
  return rows.flatMap(({ grantee, privileges, cascade }) => {
    // A role may be called PUBLIC; it is then quoted.
    const wanted = source.get(grantee === 'PUBLIC' ? undefined : unquoteIdentifier(grantee));
    const extra = privileges.split(',').filter((privilege) => !wanted?.has(privilege));
    if (extra.length === 0) return [];
    return [
      `REVOKE ${extra.join(', ')} ON DATABASE ${quoteIdentifier(name)} FROM ${grantee}${cascade ? ' CASCADE' : ''};`,
    ];
  });
}

/**
 * Adds the grants on large objects, as pg_dump would write them; making pg_dump write them would mean reading all of
 * the objects.
 */
export async function addLargeObjectGrants(client: pg.Client, grants: Grants): Promise<void> {
  const { rows } = await client.query<{
    privileges: string;
    oid: string;
    grantee: string;
    grantable: boolean;
    owner: string;
  }>(
    `SELECT l.oid::pg_catalog.text AS oid, pg_catalog.pg_get_userbyid(l.lomowner)::pg_catalog.text AS owner,
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS grantee,
            a.is_grantable AS grantable,
            pg_catalog.string_agg(a.privilege_type, ',' ORDER BY a.privilege_type) AS privileges
       FROM pg_catalog.pg_largeobject_metadata l, pg_catalog.aclexplode(l.lomacl) a
      WHERE a.grantee <> l.lomowner AND a.grantor = l.lomowner
      GROUP BY l.oid, l.lomowner, a.grantee, a.is_grantable`,
  );
  for (const { privileges, oid, grantee, grantable, owner } of rows) {
    const given = privileges === 'SELECT,UPDATE' ? 'ALL' : privileges;
    grants.add(`GRANT ${given} ON LARGE OBJECT ${oid} TO ${grantee}${grantable ? ' WITH GRANT OPTION' : ''};`, owner);
  }
}

/** The memberships of the source, as `role\0member`. */
export function sourceMemberships({ memberships }: Pick<ParsedGlobals, 'memberships'>): Set<string> {
  return new Set(memberships.map(({ role, member }) => `${role}\0${member}`));
}

/** How many are listed. */
const MOST_NAMED = 20;

/**
 * Roles that the target, unlike the source, lets act as a role to which the backup gives something. They are up to the
 * target and were not created by the restore, so they are reported but not listed for revocation.
 *
 * @param roles those that the dump refers to
 * @returns a note, where there are any
 */
export async function describeMembers(
  client: pg.Client,
  globals: Pick<ParsedGlobals, 'memberships'>,
  roles: readonly string[],
): Promise<string[]> {
  const source = sourceMemberships(globals);
  // The restoring role becomes a member of the roles that it creates; superusers need no membership.
  const { rows } = await client.query<{ role: string; member: string; sql: string }>(
    `SELECT r.rolname::pg_catalog.text AS role, u.rolname::pg_catalog.text AS member,
            pg_catalog.format('REVOKE %I FROM %I;', r.rolname, u.rolname) AS sql
       FROM pg_catalog.pg_auth_members m
       JOIN pg_catalog.pg_roles r ON r.oid = m.roleid JOIN pg_catalog.pg_roles u ON u.oid = m.member
      WHERE r.rolname::pg_catalog.text = ANY ($1) AND u.rolname <> CURRENT_USER AND NOT u.rolsuper
      GROUP BY r.rolname, u.rolname ORDER BY r.rolname, u.rolname`,
    [roles],
  );
  const extra = rows.filter(({ role, member }) => !source.has(`${role}\0${member}`));
  if (extra.length === 0) return [];
  const named = extra.slice(0, MOST_NAMED).map(({ sql }) => sql);
  const more = extra.length > named.length ? ` and ${extra.length - named.length} more` : '';
  return [
    `Roles on this server have what the backup gives to other roles, because they are members of those here and were not at the source. If they should not be: ${named.join(' ')}${more}`,
  ];
}
