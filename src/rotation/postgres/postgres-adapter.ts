/**
 * PostgreSQL users.
 *
 * Alternating (the default): two users take turns. The one in use is never touched; the other one acts as the same role
 * (`shared-role.ts`) and gets the new password. The password of the former user stays valid until the next rotation, so
 * clients have a whole period to read again.
 *
 * Single: one user, whose password is replaced just before AWSCURRENT moves. Clients that read the secret before
 * that moment and connect after it are refused until they read again: the price of having one user.
 */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import type { RetiredValues, RotatedValues, SecretAdapter } from '../adapter.js';
import { generatePassword } from '../generate-password.js';
import type { AdministratorWork } from './administrator.js';
import { applyDeclaration, applySessionDeclaration } from './apply-declaration.js';
import { alternateOf, declaredUsers } from './declared-users.js';
import { requireNoMembers } from './members.js';
import { shareEverything } from './owned-objects.js';
import {
  isSamePlace,
  parsePostgresSecret,
  printPostgresSecret,
  withCredentials,
  type PostgresSecret,
} from './postgres-secret.js';
import { refuseForeign, requireAdoptable, requireInUse, requireOrdinary, requireOwnMark } from './role-claim.js';
import { readRole, readSessionFacts, type RoleFacts } from './role-facts.js';
import { markStatement } from './role-mark.js';
import { holdRole, inTurn, type Turn } from './rotation-lock.js';
import { setPassword } from './set-password.js';
import { copySessionSettings, joinPair, sharedRoleOf, type SharedRole } from './shared-role.js';
import { proofOfPassword, signInWorks, withAdministrator, type PostgresEnvironment } from './sign-in.js';
import { singleUserAdapter } from './single-user.js';

export function createPostgresAdapter(options: PostgresEnvironment): SecretAdapter<PostgresSecret> {
  const format = { kind: 'postgres', parse: parsePostgresSecret, print: printPostgresSecret };
  return options.settings.strategy === 'single'
    ? { ...format, ...singleUserAdapter(options) }
    : { ...format, ...alternatingAdapter(options) };
}

type Work = Omit<SecretAdapter<PostgresSecret>, 'kind' | 'parse' | 'print'>;
type Values = RotatedValues<PostgresSecret>;

function alternatingAdapter(options: PostgresEnvironment): Work {
  const { settings } = options;
  return {
    next: (current) => {
      const username = alternateOf(current.username, settings);
      return Promise.resolve(withCredentials(current, username, generatePassword()));
    },
    fits: (current, pending) => isPair(current, pending, options),
    set: (values) => setAlternate(values, options),
    test: async ({ pending }) => {
      if (await signInWorks(pending, options)) return;
      throw new HoldfastError(
        'ROTATION_FAILED',
        `The server does not let ${quoted(pending.username)} sign in with its new password.`,
      );
    },
    retire: (values) => shareOnceMore(values, options),
  };
}

async function setAlternate(values: Values, options: PostgresEnvironment): Promise<void> {
  const { current, pending } = values;
  const { logger } = options;
  const turn: Turn = { requireUnchanged: values.requireUnchanged, environment: options };
  await withAdministrator(current, options, async (client, connectTo) => {
    const administrator = (await readSessionFacts(client)).user;
    const claims = await requireClaims(client, administrator, values, options);
    // The password is set last, so where it works, all the rest was done.
    if (isOurs(claims.target, options) && (await proofOfPassword(pending, options)) === 'proven') return;
    const shared = await inTurn(client, turn, (work) => preparePair(work, values, claims, options));
    if (shared) {
      const cleanOther = shared.other.name === pending.username;
      await shareEverything({ client, connectTo, shared, cleanOther, logger });
    }
    await inTurn(client, turn, async (work) => {
      const role = await holdRole(work, pending.username);
      if (!role) throw gone(pending.username);
      refuseForeign(role, administrator, options);
      await setPassword(work, pending);
    });
    logger.info(`The user ${quoted(pending.username)} has its new password.`);
  });
}

/** Those of the pair that exist, as they were found: each is shown to be the secret's. */
interface Claims {
  readonly inUse: RoleFacts | undefined;
  readonly target: RoleFacts | undefined;
}

/** Whether a rotation of the secret has marked it. */
function isOurs(role: RoleFacts | undefined, { secretId }: PostgresEnvironment): boolean {
  return role?.secret === secretId;
}

/**
 * @throws HoldfastError ROTATION_REFUSED for one that is not
 */
async function requireClaims(
  client: pg.Client,
  administrator: string,
  { current, pending, previous }: Values,
  options: PostgresEnvironment,
): Promise<Claims> {
  const [inUse, target] = [await readRole(client, current.username), await readRole(client, pending.username)];
  for (const role of [inUse, target]) if (role) refuseForeign(role, administrator, options);
  if (inUse) {
    await requireInUse(client, inUse, current, options);
    // Whoever writes the secret says which of the two is in use; the config has named the others itself.
    const isNamed = options.settings.users.includes(inUse.name);
    if (!isNamed && !isOurs(inUse, options)) await requireOrdinary(client, inUse, options);
  }
  // What is declared would be granted to it, and nothing else shows whose it is.
  if (target && !inUse) await requireOwnMark(client, target, options);
  if (target && target.secret === undefined) {
    await requireAdoptable(client, target, { inUse, current, previous }, options);
  }
  return { inUse, target };
}

/**
 * Makes what is missing of the pair, marks both, and has the one act as the other.
 *
 * @returns `undefined` where only one of them exists, as the target has become the first of the pair
 */
async function preparePair(
  work: AdministratorWork,
  { current, pending }: Values,
  claims: Claims,
  options: PostgresEnvironment,
): Promise<SharedRole | undefined> {
  const { settings, secretId } = options;
  const create = async (name: string) => {
    await work.run(`creating the user ${quoted(name)}`, [`CREATE ROLE ${quoteIdentifier(name)} LOGIN`]);
    return mark(work, name, secretId);
  };
  const known = async (name: string) => {
    const seen = await readRole(work.client, name);
    // One that is marked stays this secret's.
    const role = isOurs(seen, options) ? seen : await holdRole(work, name);
    const isClaimed = [claims.inUse, claims.target].some((one) => one !== undefined && one.oid === role?.oid);
    if (role && !isClaimed && !isOurs(role, options)) {
      throw new HoldfastError('ROTATION_REFUSED', `The user ${quoted(name)} was created just now, by somebody else.`);
    }
    // Another secret's rotation may have marked it since.
    if (role) refuseForeign(role, work.facts.user, options);
    return role && role.secret === undefined ? mark(work, name, secretId) : role;
  };
  const roles = { inUse: await known(current.username), target: await known(pending.username) };
  const [first = ''] = declaredUsers(settings);
  // The first one owns and is granted, whichever of them the secret names.
  const made = roles.inUse || roles.target ? undefined : await create(first);
  const inUse = roles.inUse ?? (made?.name === current.username ? made : undefined);
  const target = roles.target ?? (made?.name === pending.username ? made : await create(pending.username));
  const joined = isOurs(claims.inUse, options) && isOurs(claims.target, options);
  const shared = inUse && (await sharedRoleOf(work.client, inUse, target, { joined }));
  if (settings.role) await applyDeclaration(work, (shared?.owner ?? target).name, settings.role);
  if (shared) {
    const found = [claims.inUse, claims.target].find((role) => role?.oid === shared.other.oid);
    await requireNoMembers(work, shared, { ours: !found || isOurs(found, options), logger: options.logger });
    await joinPair(work, shared);
    await copySessionSettings(work, inUse, target);
  }
  if (settings.role) await applySessionDeclaration(work, target.name, settings.role);
  return shared;
}

async function mark(work: AdministratorWork, name: string, secretArn: string): Promise<RoleFacts> {
  const role = await readRole(work.client, name);
  if (!role) throw gone(name);
  await work.run(`marking the user ${quoted(name)} as this secret's`, [markStatement(name, role.comment, secretArn)]);
  return { ...role, secret: secretArn };
}

/** What clients have created as the former user since its successor was made. The next rotation does it otherwise. */
async function shareOnceMore(values: RetiredValues<PostgresSecret>, options: PostgresEnvironment): Promise<void> {
  try {
    await shareWithFormer(values, options);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    options.logger.warn(`${error.message} The new version is current all the same.`);
  }
}

async function shareWithFormer(
  { current, previous }: RetiredValues<PostgresSecret>,
  options: PostgresEnvironment,
): Promise<void> {
  if (!previous || previous.username === current.username) return;
  await withAdministrator(current, options, async (client, connectTo) => {
    const [inUse, former] = [await readRole(client, current.username), await readRole(client, previous.username)];
    if (!inUse || !former || !isOurs(inUse, options) || !isOurs(former, options)) return;
    const shared = await sharedRoleOf(client, inUse, former, { joined: true });
    await shareEverything({ client, connectTo, shared, cleanOther: false, logger: options.logger });
  });
}

/** Whether the pending value can have been made from the current one by this rotation. */
function isPair(current: PostgresSecret, pending: PostgresSecret, { settings }: PostgresEnvironment): boolean {
  return isSamePlace(current, pending) && pending.username === alternateOf(current.username, settings);
}

function gone(name: string): HoldfastError {
  return new HoldfastError('ROTATION_FAILED', `The user ${quoted(name)} no longer exists on the server.`);
}
