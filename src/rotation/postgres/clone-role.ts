/** Makes one role equal to another: all that it is, has and may do, in every database of the server. */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { requireOwnEventTriggers } from '../../postgres/event-triggers.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import { asAdministrator, type AdministratorWork } from './administrator.js';
import { readDefaultPrivileges } from './default-privileges.js';
import { compareEntitlements, type Entitlement } from './entitlement.js';
import { readObjectPrivileges, readPolicies } from './object-privileges.js';
import { readRole, readSessionFacts, type RoleFacts, type SessionFacts } from './role-facts.js';
import { readMemberships } from './role-memberships.js';
import { readRoleSettings } from './role-settings.js';
import { actAsOwner, ownsObjects } from './shared-ownership.js';

/** How many differences a message names. */
const NAMED = 5;

export interface CloneOptions {
  /** The administrator's session in the secret's database. */
  readonly client: pg.Client;
  /** Opens another one in another database of the server. The clone ends it. */
  readonly connectTo: (database: string) => Promise<pg.Client>;
  /** The role in use. */
  readonly source: string;
  /** Made equal to it; created without a password where it is missing. */
  readonly target: string;
  readonly logger: Logger;
}

/**
 * What the source lost is taken from the target too: a privilege that was revoked must not come back with the next
 * rotation. Each transaction leaves the target with all of its part or none, and nobody uses it yet.
 *
 * @throws HoldfastError ROTATION_DENIED naming what could not be made equal, ROTATION_REFUSED, SESSION_UNSAFE
 */
export async function cloneRole(options: CloneOptions): Promise<void> {
  const facts = await readSessionFacts(options.client);
  const source = await requireRole(options.client, options.source);
  if (source.superuser) {
    throw new HoldfastError('ROTATION_REFUSED', `The user "${source.name}" is a superuser, and those are not copied.`, {
      hint: "Give the application a user of its own, or rotate this one with strategy: 'single'.",
    });
  }
  const target = await asAdministrator(options.client, facts, (work) => cloneRoleItself(work, source, options.target));
  await inDatabase(options.client, facts, source, target, options.logger);
  for (const database of await databasesOf(options.client, [source, target])) {
    const client = await options.connectTo(database);
    try {
      await inDatabase(client, await readSessionFacts(client), source, target, options.logger);
    } finally {
      await client.end();
    }
  }
}

async function cloneRoleItself(work: AdministratorWork, source: RoleFacts, name: string): Promise<RoleFacts> {
  const { client, facts } = work;
  const to = quoteIdentifier(name);
  if (!(await readRole(client, name))) await work.run(`creating the user "${name}"`, [`CREATE ROLE ${to} LOGIN`]);
  const before = await requireRole(client, name);
  const differing = source.attributes.filter((clause) => !before.attributes.includes(clause));
  if (differing.length > 0) {
    await work.run(`giving "${name}" the attributes of "${source.name}"`, [`ALTER ROLE ${to} ${differing.join(' ')}`]);
  }
  const pair = [source.name, name];
  const read = async (role: RoleFacts) => [
    ...(await readMemberships(client, role, facts.version, pair)),
    ...(await readRoleSettings(client, role, pair)),
  ];
  await makeEqual(work, source, before, read);
  return requireRole(client, name);
}

async function inDatabase(
  client: pg.Client,
  facts: SessionFacts,
  source: RoleFacts,
  target: RoleFacts,
  logger: Logger,
): Promise<void> {
  await refuseUserMappings(client, source, target);
  await requireOwnEventTriggers(client, `Making "${target.name}" equal to "${source.name}" in "${facts.database}"`);
  const pair = [source.name, target.name];
  const read = async (role: RoleFacts) => [
    ...(await readObjectPrivileges(client, role, facts.version)),
    ...(await readPolicies(client, role)),
    ...(await readDefaultPrivileges(client, role, facts.version, pair)),
  ];
  await asAdministrator(client, facts, async (work) => {
    if (await ownsObjects(client, source)) await actAsOwner(work, source, target);
    const changes = await makeEqual(work, source, target, read);
    if (changes > 0)
      logger.info(`"${target.name}" was made equal to "${source.name}" in ${facts.database}: ${changes}.`);
  });
}

/** @returns how many statements it took */
async function makeEqual(
  work: AdministratorWork,
  source: RoleFacts,
  target: RoleFacts,
  read: (role: RoleFacts) => Promise<Entitlement[]>,
): Promise<number> {
  const differences = async () => {
    const { missing, surplus } = compareEntitlements(await read(source), await read(target));
    // The owner of an object needs no grant on it, and what the target holds of the source's it holds as its member.
    const foreign = (owner: string) => (one: Entitlement) => one.owner?.(target.name) !== owner;
    return {
      missing: missing.filter((one) => one.owner?.('') !== target.name),
      surplus: surplus.filter(foreign(source.name)),
    };
  };
  const { missing, surplus } = await differences();
  if (missing.length + surplus.length === 0) return 0;
  for (const owner of new Set([...missing, ...surplus].map((one) => one.owner?.(target.name)))) {
    if (owner !== undefined) await work.borrow(owner);
  }
  await work.run(`making "${target.name}" equal to "${source.name}"`, [
    ...surplus.map((one) => one.revoke(target.name)),
    ...missing.map((one) => one.grant(target.name)),
  ]);
  const left = await differences();
  if (left.missing.length > 0) throw unequal(work.facts, source, target, 'is still missing', left.missing);
  if (left.surplus.length > 0) throw unequal(work.facts, source, target, 'still has', left.surplus);
  return missing.length + surplus.length;
}

function unequal(
  facts: SessionFacts,
  source: RoleFacts,
  target: RoleFacts,
  verb: string,
  entitlements: readonly Entitlement[],
): HoldfastError {
  const named = entitlements.slice(0, NAMED).map(({ key }) => key);
  const more = entitlements.length > NAMED ? `, and ${entitlements.length - NAMED} more` : '';
  return new HoldfastError(
    'ROTATION_DENIED',
    `As "${facts.user}" in the database "${facts.database}", making "${target.name}" equal to "${source.name}": it ${verb} ${named.join(', ')}${more}.`,
    {
      hint: `Give "${facts.user}" the rights of those who own these (GRANT owner TO ${quoteIdentifier(facts.user)}), or make the change yourself, then rotate again.`,
    },
  );
}

/** Options of a user mapping hold the password of another server, and only its owner may read them. */
async function refuseUserMappings(client: pg.Client, source: RoleFacts, target: RoleFacts): Promise<void> {
  const { rows } = await client.query<{ server: string }>(
    `SELECT srvname::pg_catalog.text AS server FROM pg_catalog.pg_user_mappings WHERE umuser = $1
     EXCEPT SELECT srvname::pg_catalog.text FROM pg_catalog.pg_user_mappings WHERE umuser = $2 ORDER BY 1`,
    [source.oid, target.oid],
  );
  const servers = rows.map(({ server }) => quoteIdentifier(server));
  if (servers.length === 0) return;
  throw new HoldfastError(
    'ROTATION_REFUSED',
    `The user "${source.name}" has user mappings for ${servers.join(', ')}, but "${target.name}" has none: their options cannot be read, so they cannot be copied.`,
    {
      hint: `Make them once: CREATE USER MAPPING FOR ${quoteIdentifier(target.name)} SERVER ${servers[0] ?? ''} OPTIONS (…); or one FOR PUBLIC.`,
    },
  );
}

/** The other databases in which something depends on one of the roles. */
async function databasesOf(client: pg.Client, roles: readonly RoleFacts[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT d.datname::pg_catalog.text AS name
       FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_database d ON d.oid = s.dbid
      WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = ANY ($1)
        AND d.datname <> pg_catalog.current_database() AND d.datallowconn ORDER BY 1`,
    [roles.map(({ oid }) => oid)],
  );
  return rows.map(({ name }) => name);
}

async function requireRole(client: pg.Client, name: string): Promise<RoleFacts> {
  const role = await readRole(client, name);
  if (role) return role;
  throw new HoldfastError('ROTATION_FAILED', `The user "${name}" no longer exists on the server.`);
}
