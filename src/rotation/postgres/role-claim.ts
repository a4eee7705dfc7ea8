/**
 * Which roles a rotation may change: those that a rotation of the same secret has marked, and those whose password the
 * secret proves. Everything else that happens to have a fitting name is somebody else's.
 */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import { withCredentials, type PostgresSecret } from './postgres-secret.js';
import { MEMBERSHIPS_BY_GRANTOR_SINCE } from './administrator.js';
import type { RoleFacts } from './role-facts.js';
import { APPLICATION_NAME } from './rotation-session.js';
import { proofOfPassword, type PostgresEnvironment } from './sign-in.js';

/** Roles of PostgreSQL that show what goes on. All its others (`pg_…`) are more than an application has any use for. */
const HARMLESS = [
  'pg_monitor',
  'pg_read_all_settings',
  'pg_read_all_stats',
  'pg_stat_scan_tables',
  'pg_use_reserved_connections',
];
/** The like of those who run servers for others. */
const PRIVILEGED = [
  'alloydbsuperuser',
  'azure_pg_admin',
  'cloudsqlsuperuser',
  'rds_password',
  'rds_replication',
  'rds_superuser',
  'rdsadmin',
];

/**
 * @param administrator who changes the user; `undefined` where it is the user itself
 * @throws HoldfastError ROTATION_REFUSED for a superuser, the administrator, or the user of another secret
 */
export function refuseForeign(
  role: RoleFacts,
  administrator: string | undefined,
  { secretId }: PostgresEnvironment,
): void {
  const name = quoted(role.name);
  if (role.name === administrator) {
    throw refused(`The user ${name} is the administrator of this rotation itself.`, OWN_USER);
  }
  if (role.superuser && administrator !== undefined) throw refused(`The user ${name} is a superuser.`, OWN_USER);
  if (role.secret === undefined || role.secret === secretId) return;
  throw refused(
    `The user ${name} is rotated for another secret, ${role.secret}, as its comment says.`,
    `Each secret needs users of its own. If that secret no longer exists: COMMENT ON ROLE ${quoteIdentifier(role.name)} IS NULL.`,
  );
}

/**
 * Who besides the administrator administers a role: they could have written its mark. Before PostgreSQL 16 that is everyone
 * with CREATEROLE, who could as well set its password, and every other one.
 */
async function otherAdministrators(client: pg.Client, role: RoleFacts): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT r.rolname::pg_catalog.text AS name
       FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.member
      WHERE m.roleid = $1 AND m.admin_option AND NOT r.rolsuper AND r.rolname <> session_user
        AND pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= $2 ORDER BY 1`,
    [role.oid, MEMBERSHIPS_BY_GRANTOR_SINCE],
  );
  return rows.map(({ name }) => name);
}

/** @throws HoldfastError ROTATION_REFUSED for a role whose mark may be by others, where there is nothing else to go by */
export async function requireOwnMark(
  client: pg.Client,
  role: RoleFacts,
  { secretId }: PostgresEnvironment,
): Promise<void> {
  const others = role.secret === secretId ? await otherAdministrators(client, role) : [];
  if (others.length === 0) return;
  throw refused(
    `The user ${quoted(role.name)} is marked as this secret's, but the mark may be by ${others.map(quoted).join(' or ')}, who may administer it, and no password of the secret proves it.`,
    `If it is this secret's, give it the password of the current version; otherwise remove it.`,
  );
}

/** @throws HoldfastError ROTATION_REFUSED where nothing shows that the user in use is the secret's */
export async function requireInUse(
  client: pg.Client,
  role: RoleFacts,
  current: PostgresSecret,
  environment: PostgresEnvironment,
): Promise<void> {
  if (role.expired !== undefined) {
    throw refused(
      `The password of the user ${quoted(role.name)} has not been valid since ${role.expired}, and the next user's would be valid just as long.`,
      `If it is still needed: ALTER ROLE ${quoteIdentifier(role.name)} VALID UNTIL 'infinity'; then rotate again.`,
    );
  }
  const isMarked = role.secret === environment.secretId;
  if (isMarked && (await otherAdministrators(client, role)).length === 0) return;
  const proof = await proofOfPassword(current, environment);
  if (proof === 'proven') return;
  await requireOwnMark(client, role, environment);
  switch (proof) {
    case 'refused':
      throw refused(
        `The server does not let ${quoted(role.name)} sign in with the password of the current version, so the secret may not be that user's.`,
        "Set the user's password to the one in the secret, or the other way around; then rotate again.",
      );
    case 'any':
      throw refused(
        `The server lets ${quoted(role.name)} sign in with any password, so the one in the secret proves nothing.`,
        'Have the server ask for passwords from where the rotation runs: scram-sha-256 in pg_hba.conf in place of trust.',
      );
  }
}

/** What an existing role is compared with before it becomes the alternate. */
export interface Adoption {
  readonly inUse: RoleFacts | undefined;
  readonly current: PostgresSecret;
  readonly previous: PostgresSecret | undefined;
}

/**
 * For a role that has the name of the alternate, and no mark: it is taken over only if the version before the current one
 * proves its password, and nobody else seems to use it.
 *
 * @throws HoldfastError ROTATION_REFUSED
 */
export async function requireAdoptable(
  client: pg.Client,
  role: RoleFacts,
  { inUse, current, previous }: Adoption,
  environment: PostgresEnvironment,
): Promise<void> {
  const name = quoted(role.name);
  const remedy = remedyFor(role, environment);
  const proven =
    previous?.username === role.name &&
    (await proofOfPassword(withCredentials(current, role.name, previous.password), environment)) === 'proven';
  if (!proven) {
    throw refused(`The user ${name} already exists, and nothing shows that it belongs to this secret.`, remedy);
  }
  await requireOrdinary(client, role, environment);
  const applications = await foreignApplications(client, role, inUse);
  if (applications.length === 0) return;
  throw refused(
    `The user ${name} is connected from other applications than the user in use: ${applications.map(quoted).join(', ')}.`,
    `Give those a user of their own, or end their sessions. ${remedy}`,
  );
}

/**
 * For a role without a mark that only its name makes one of the pair: it may do no more than log in, as whoever acts as
 * it could do the same.
 *
 * @throws HoldfastError ROTATION_REFUSED
 */
export async function requireOrdinary(
  client: pg.Client,
  role: RoleFacts,
  environment: PostgresEnvironment,
): Promise<void> {
  const more = [
    ...role.powers,
    ...(role.replicates ? ['REPLICATION'] : []),
    ...(await privilegedMemberships(client, role, environment)),
  ];
  if (more.length === 0) return;
  throw refused(
    `The user ${quoted(role.name)} has more rights than a rotation may hand out: ${more.join(', ')}.`,
    remedyFor(role, environment),
  );
}

function remedyFor(role: RoleFacts, { secretId }: PostgresEnvironment): string {
  return `If it is meant for this secret, mark it as an administrator: COMMENT ON ROLE ${quoteIdentifier(role.name)} IS 'holdfast rotation of ${secretId}'. Otherwise name another second user in users of the rotation's settings.`;
}

/** Direct and indirect ones; those that the settings declare are meant. */
async function privilegedMemberships(
  client: pg.Client,
  role: RoleFacts,
  { settings }: PostgresEnvironment,
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `WITH RECURSIVE held(oid) AS (
       SELECT m.roleid FROM pg_catalog.pg_auth_members m WHERE m.member = $1
        UNION SELECT m.roleid FROM pg_catalog.pg_auth_members m JOIN held ON m.member = held.oid)
     SELECT r.rolname::pg_catalog.text AS name FROM held JOIN pg_catalog.pg_roles r ON r.oid = held.oid
      WHERE (r.rolsuper OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls
             OR r.rolname::pg_catalog.text = ANY ($2::pg_catalog.text[])
             OR pg_catalog.starts_with(r.rolname::pg_catalog.text, 'pg_')
                AND r.rolname::pg_catalog.text <> ALL ($3::pg_catalog.text[]))
        AND r.rolname::pg_catalog.text <> ALL ($4::pg_catalog.text[]) ORDER BY 1`,
    [role.oid, PRIVILEGED, HARMLESS, settings.role?.memberOf ?? []],
  );
  return rows.map(({ name }) => `membership in ${name}`);
}

async function foreignApplications(
  client: pg.Client,
  role: RoleFacts,
  inUse: RoleFacts | undefined,
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT COALESCE(application_name, '') AS name FROM pg_catalog.pg_stat_activity
      WHERE usesysid = $1 AND application_name <> $3
        AND COALESCE(application_name, '') NOT IN (SELECT COALESCE(application_name, '')
              FROM pg_catalog.pg_stat_activity WHERE usesysid = $2) ORDER BY 1`,
    [role.oid, inUse?.oid ?? 0, APPLICATION_NAME],
  );
  return rows.map(({ name }) => name);
}

const OWN_USER =
  'Give the application a user of its own, and name it in the secret and in the settings of its rotation.';

function refused(message: string, hint: string): HoldfastError {
  return new HoldfastError('ROTATION_REFUSED', message, { hint });
}
