/**
 * Who else is a member of the other one of a pair: since that one acts as the owner, its members would have all that the
 * owner may do. Whoever may administer a role can write the mark of a rotation, too, so the mark does not speak for them.
 */
import { HoldfastError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { quoted } from '../../core/quoted.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import { MEMBERSHIPS_BY_GRANTOR_SINCE, type AdministratorWork } from './administrator.js';
import type { SharedRole } from './shared-role.js';

interface Member {
  readonly name: string;
  readonly grantor: string;
}

/**
 * Takes the membership from those who could not act as the owner without it.
 *
 * @param options `ours`: whether a rotation has made the other one; a role of others keeps its members, and is refused
 * @throws HoldfastError ROTATION_REFUSED for a member that stays
 */
export async function requireNoMembers(
  work: AdministratorWork,
  pair: SharedRole,
  { ours, logger }: { readonly ours: boolean; readonly logger: Logger },
): Promise<void> {
  const { other, owner } = pair;
  for (const { name, grantor } of ours ? await readMembers(work, pair) : []) {
    const by = work.facts.version >= MEMBERSHIPS_BY_GRANTOR_SINCE ? ` GRANTED BY ${quoteIdentifier(grantor)}` : '';
    const revoke = `REVOKE ${quoteIdentifier(other.name)} FROM ${quoteIdentifier(name)}${by} CASCADE`;
    // Whoever cannot be removed is found below.
    const error = await work.attempt(() => work.run(`taking ${quoted(other.name)} from ${quoted(name)}`, [revoke]));
    if (!error) logger.warn(`${quoted(name)} is no member of ${quoted(other.name)} any more, which is this secret's.`);
  }
  const [left] = await readMembers(work, pair);
  if (!left) return;
  throw new HoldfastError(
    'ROTATION_REFUSED',
    `The user ${quoted(left.name)} is a member of ${quoted(other.name)}, and would have all rights of ${quoted(owner.name)}.`,
    {
      hint: `If it should not: REVOKE ${quoteIdentifier(other.name)} FROM ${quoteIdentifier(left.name)}. If it should, grant it ${quoteIdentifier(owner.name)}.`,
    },
  );
}

/** Without superusers, the administrator, and those who are members of the owner on another way. */
async function readMembers({ client, facts }: AdministratorWork, { owner, other }: SharedRole): Promise<Member[]> {
  const gives =
    facts.version >= MEMBERSHIPS_BY_GRANTOR_SINCE ? 'm.admin_option OR m.inherit_option OR m.set_option' : 'true';
  const { rows } = await client.query<Member>(
    `WITH RECURSIVE owners(oid) AS (
       SELECT $1::pg_catalog.oid
        UNION SELECT m.member FROM pg_catalog.pg_auth_members m JOIN owners o ON o.oid = m.roleid
               WHERE m.member <> $2 AND (${gives}))
     SELECT r.rolname::pg_catalog.text AS name, pg_catalog.pg_get_userbyid(m.grantor)::pg_catalog.text AS grantor
       FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.member
      WHERE m.roleid = $2 AND NOT r.rolsuper AND r.rolname <> session_user
        AND NOT EXISTS (SELECT FROM owners o WHERE o.oid = m.member) ORDER BY 1, 2`,
    [owner.oid, other.oid],
  );
  return rows;
}
