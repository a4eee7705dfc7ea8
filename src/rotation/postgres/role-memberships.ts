/** The roles that a role is a member of, with their options. */
import type pg from 'pg';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import type { Entitlement } from './entitlement.js';
import type { RoleFacts } from './role-facts.js';

/** Memberships have options of their own, and are told apart by grantor, from this version on. */
const OPTIONS_SINCE = 160_000;

interface Membership {
  readonly role: string;
  readonly admin: boolean;
  readonly inherit: boolean | null;
  readonly set: boolean | null;
}

/** @param pair the two users: a membership in the other is not copied, see `shared-ownership.ts` */
export async function readMemberships(
  client: pg.Client,
  member: RoleFacts,
  version: number,
  pair: readonly string[],
): Promise<Entitlement[]> {
  const options =
    version >= OPTIONS_SINCE
      ? 'pg_catalog.bool_or(m.inherit_option) AS inherit, pg_catalog.bool_or(m.set_option) AS set'
      : 'NULL::pg_catalog.bool AS inherit, NULL::pg_catalog.bool AS set';
  // Several grantors may have given one membership; what counts is what the member can do.
  const { rows } = await client.query<Membership>(
    `SELECT r.rolname::pg_catalog.text AS role, pg_catalog.bool_or(m.admin_option) AS admin, ${options}
       FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.roleid
      WHERE m.member = $1 AND r.rolname <> ALL ($2) GROUP BY 1 ORDER BY 1`,
    [member.oid, pair],
  );
  return rows.map((row) => ({
    key: `membership in ${row.role}${describeOptions(row)}`,
    grant: (to) => `GRANT ${quoteIdentifier(row.role)} TO ${quoteIdentifier(to)}${optionsClause(row)}`,
    revoke: (from) => `REVOKE ${quoteIdentifier(row.role)} FROM ${quoteIdentifier(from)}`,
  }));
}

function describeOptions({ admin, inherit, set }: Membership): string {
  const words = [admin && 'with admin option', inherit === false && 'without inherit', set === false && 'without set'];
  return words
    .filter((word) => word !== false)
    .map((word) => ` ${word}`)
    .join('');
}

function optionsClause({ admin, inherit, set }: Membership): string {
  if (inherit === null || set === null) return admin ? ' WITH ADMIN OPTION' : '';
  const flag = (value: boolean) => (value ? 'TRUE' : 'FALSE');
  return ` WITH ADMIN ${flag(admin)}, INHERIT ${flag(inherit)}, SET ${flag(set)}`;
}
