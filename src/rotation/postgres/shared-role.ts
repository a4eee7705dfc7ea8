/**
 * The pair as one role for everything but signing in.
 *
 * The first user owns and is granted; the other one is its member, and acts as it from the first moment of each session
 * (`ALTER ROLE app_clone SET role TO app`). So `current_user` is `app` whoever signs in: `"$user"` in the search path,
 * policies and defaults by `current_user`, privileges and ownership are the same, and nothing has to be copied. What tells
 * the two apart is `session_user`.
 *
 * Memberships cannot go both ways. Where a pair exists already, the one that the other acts as stays the owner; where
 * neither does, it is the one in use, which works as it is. If sessions of the owner act as a third role, one that owns
 * the tables, those of the other one do too.
 */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import type { AdministratorWork } from './administrator.js';
import type { RoleFacts } from './role-facts.js';
import { actingRoles, actStatement, compareRoleSettings, readRoleSettings } from './role-settings.js';

/** Memberships have options of their own from this version on. */
const OPTIONS_SINCE = 160_000;

export interface SharedRole {
  readonly owner: RoleFacts;
  readonly other: RoleFacts;
}

/**
 * @param options `joined`: whether a rotation has made them a pair before. Then the one in use may have given up the role
 *   that it acts as, since every role may change its own settings
 * @throws HoldfastError ROTATION_REFUSED where the user in use has a membership that stands in the way
 */
export async function sharedRoleOf(
  client: pg.Client,
  inUse: RoleFacts,
  target: RoleFacts,
  { joined }: { readonly joined: boolean },
): Promise<SharedRole> {
  const { rows } = await client.query<{ isMember: boolean }>(
    `SELECT pg_catalog.pg_has_role($1::pg_catalog.oid, $2::pg_catalog.oid, 'MEMBER') AS "isMember"`,
    [inUse.oid, target.oid],
  );
  if (!rows[0]?.isMember) return { owner: inUse, other: target };
  if (joined || (await actingRoles(client, inUse)).get(null) === target.name) return { owner: target, other: inUse };
  throw new HoldfastError(
    'ROTATION_REFUSED',
    `The user ${quoted(inUse.name)}, which is in use, is a member of ${quoted(target.name)}, but does not act as it.`,
    {
      hint: `As an administrator, give ${quoted(target.name)} what ${quoted(inUse.name)} was granted, then ALTER ROLE ${quoteIdentifier(inUse.name)} SET role TO ${quoteIdentifier(target.name)}; or REVOKE ${quoteIdentifier(target.name)} FROM ${quoteIdentifier(inUse.name)}.`,
    },
  );
}

/** Makes the other one act as the owner. What it has already changes nothing. */
export async function joinPair(work: AdministratorWork, { owner, other }: SharedRole): Promise<void> {
  const [to, member] = [quoteIdentifier(owner.name), quoteIdentifier(other.name)];
  // A session that gives the role up (SET ROLE NONE) still has its rights.
  const inherit = work.facts.version >= OPTIONS_SINCE ? ' WITH INHERIT TRUE, SET TRUE' : '';
  const surplus = other.powers.map((power) => `NO${power}`);
  const attributes = [...(other.inherits ? [] : ['INHERIT']), ...surplus];
  const wanted = new Map([[null, owner.name], ...(await actingRoles(work.client, owner))]);
  const had = await actingRoles(work.client, other);
  const databases = [...new Set([...wanted.keys(), ...had.keys()])];
  const differing = databases.filter((database) => wanted.get(database) !== had.get(database));
  await work.run(`making ${quoted(other.name)} act as ${quoted(owner.name)}`, [
    `GRANT ${to} TO ${member}${inherit}`,
    ...differing.map((database) => actStatement(other.name, database, wanted.get(database))),
    ...(attributes.length === 0 ? [] : [`ALTER ROLE ${member} ${attributes.join(' ')}`]),
  ]);
}

/**
 * Sessions take their settings and limits from the user that signs in: the next one gets those of the one in use.
 *
 * @throws HoldfastError ROTATION_DENIED, ROTATION_FAILED
 */
export async function copySessionSettings(work: AdministratorWork, inUse: RoleFacts, target: RoleFacts): Promise<void> {
  const settings = (role: RoleFacts) => readRoleSettings(work.client, role);
  const { missing, surplus } = compareRoleSettings(await settings(inUse), await settings(target));
  const clauses = inUse.signInClauses.filter((clause) => !target.signInClauses.includes(clause));
  await work.run(`giving ${quoted(target.name)} the settings of ${quoted(inUse.name)}`, [
    ...(clauses.length === 0 ? [] : [`ALTER ROLE ${quoteIdentifier(target.name)} ${clauses.join(' ')}`]),
    ...surplus.map((one) => one.revoke(target.name)),
    ...missing.map((one) => one.grant(target.name)),
  ]);
}
