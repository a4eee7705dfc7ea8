/**
 * What roles of the source may do on the target's server, and could not do on their own: as superusers, past row level
 * security, or as members of roles that read, write or run everything. No entry of a dump shows it, and no grant of the
 * copy: yet whoever has it reads what the source kept closed.
 */
import type pg from 'pg';
import { roleNames, type ParsedGlobals } from '../../postgres/parsed-globals.js';
import type { Difference } from './compare-entries.js';
import { sourceMemberships } from './server-privileges.js';

export interface RoleOpening {
  readonly difference: Difference;
  /** What closes it. */
  readonly sql: string;
}

/** Predefined roles whose members get at data or at the machine, whatever grants say. */
const OVER_ALL: ReadonlySet<string> = new Set([
  'pg_read_all_data',
  'pg_write_all_data',
  'pg_read_server_files',
  'pg_write_server_files',
  'pg_execute_server_program',
  'pg_maintain',
  'rds_superuser',
]);

const ATTRIBUTES = ['SUPERUSER', 'BYPASSRLS'] as const;

interface RoleRow {
  readonly name: string;
  readonly sql: string;
  readonly superuser: boolean;
  readonly bypassrls: boolean;
  readonly exempt: boolean;
}

interface MemberRow {
  readonly role: string;
  readonly member: string;
  readonly sql: string;
}

/**
 * @param dumped the roles that the dump refers to: a server has others, which have nothing to do with this database
 * @param globals what the backup knows of them: of a role that it does not know, the source said nothing
 */
export async function roleOpenings(
  client: pg.Client,
  globals: ParsedGlobals,
  dumped: readonly string[],
): Promise<RoleOpening[]> {
  // Whoever restores is a superuser, or a member of the roles that they make; and the server cannot be without its first.
  const { rows: roles } = await client.query<RoleRow>(
    `SELECT rolname::pg_catalog.text AS name, pg_catalog.quote_ident(rolname) AS sql,
            rolsuper AS superuser, rolbypassrls AS bypassrls, rolname = CURRENT_USER OR oid = 10 AS exempt
       FROM pg_catalog.pg_roles ORDER BY rolname`,
  );
  const { rows: members } = await client.query<MemberRow>(
    `SELECT DISTINCT r.rolname::pg_catalog.text AS role, u.rolname::pg_catalog.text AS member,
            pg_catalog.format('REVOKE %I FROM %I;', r.rolname, u.rolname) AS sql
       FROM pg_catalog.pg_auth_members m
       JOIN pg_catalog.pg_roles r ON r.oid = m.roleid JOIN pg_catalog.pg_roles u ON u.oid = m.member
      ORDER BY 1, 2`,
  );
  const ofSource = roleNames(globals);
  const known = new Set(dumped.filter((name) => ofSource.has(name)));
  const attributes = sourceAttributes(globals);
  const openings: RoleOpening[] = [];
  const over = new Set(OVER_ALL);
  const exempt = new Set<string>();
  for (const { name, sql, superuser, bypassrls, exempt: isExempt } of roles) {
    if (superuser || bypassrls) over.add(name);
    // A superuser needs no membership.
    if (isExempt || superuser) exempt.add(name);
    const source = attributes.get(name);
    if (isExempt || !known.has(name) || !source || source.has('SUPERUSER')) continue;
    const here = { SUPERUSER: superuser, BYPASSRLS: bypassrls };
    for (const attribute of ATTRIBUTES) {
      if (!here[attribute] || source.has(attribute)) continue;
      const reason = `has ${attribute} on this server, and did not have it at the source`;
      openings.push({
        difference: { type: 'ROLE', schema: null, name, reason },
        sql: `ALTER ROLE ${sql} NO${attribute};`,
      });
    }
  }
  const source = sourceMemberships(globals);
  const acts = membersBelow(known, members, exempt);
  const leads = rolesAbove(over, members);
  for (const { role, member, sql } of members) {
    if (!acts.has(member) || !leads.has(role) || source.has(`${role}\0${member}`)) continue;
    const reason = `is a member of ${role} on this server, and was not at the source`;
    openings.push({ difference: { type: 'ROLE', schema: null, name: member, reason }, sql });
  }
  return openings;
}

/** The roles that may act as one of `over`, and these. */
function rolesAbove(over: ReadonlySet<string>, members: readonly MemberRow[]): Set<string> {
  const found = new Set(over);
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { role, member } of members) if (found.has(role)) found.add(member);
  }
  return found;
}

/** The roles that the known ones may act as, and these. */
function membersBelow(
  known: ReadonlySet<string>,
  members: readonly MemberRow[],
  exempt: ReadonlySet<string>,
): Set<string> {
  const found = new Set([...known].filter((name) => !exempt.has(name)));
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { role, member } of members) if (found.has(member)) found.add(role);
  }
  return found;
}

/** `ALTER ROLE a WITH NOSUPERUSER … BYPASSRLS PASSWORD '…';` */
function sourceAttributes({ roles }: ParsedGlobals): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { role, attributes } of roles) {
    if (attributes.length > 0) found.set(role, new Set([...(found.get(role) ?? []), ...attributes]));
  }
  return found;
}

/** How many are listed. */
const MOST_NAMED = 20;

export function describeOpenings(openings: readonly RoleOpening[]): string[] {
  if (openings.length === 0) return [];
  const named = openings.slice(0, MOST_NAMED);
  const more = openings.length > named.length ? ` And ${openings.length - named.length} more.` : '';
  const what = named.map(({ difference: { name, reason }, sql }) => `${name} ${reason}: ${sql}`).join(' ');
  return [
    `Roles have more on this server than at the source, and so may reach what the backup keeps closed. The restore did not give it to them, and other databases may rely on it; where they should not have it: ${what}${more}`,
  ];
}

/** Whether the server has privileges that are neither a database's nor a role's, and are not compared. */
export async function describeNotCompared(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ found: boolean; parameters: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_catalog.pg_tablespace t, pg_catalog.aclexplode(t.spcacl) a WHERE a.grantee <> t.spcowner) AS found,
            pg_catalog.to_regclass('pg_catalog.pg_parameter_acl') IS NOT NULL AS parameters`,
  );
  const kinds = rows[0]?.found ? ['tablespaces'] : [];
  if (rows[0]?.parameters) {
    const { rows: found } = await client.query('SELECT FROM pg_catalog.pg_parameter_acl LIMIT 1');
    if (found.length > 0) kinds.push('parameters');
  }
  if (kinds.length === 0) return [];
  return [`Not compared: the privileges on ${kinds.join(' and on ')} of this server, which has some.`];
}
