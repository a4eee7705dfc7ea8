/**
 * PostgreSQL users.
 *
 * Alternating (the default): two users take turns. The one in use is never touched; the other one is made equal to it
 * and gets the new password. The password of the former user stays valid until the next rotation, so clients have a
 * whole period to read again.
 *
 * Single: one user, whose password is replaced just before AWSCURRENT moves. Clients that read the secret before
 * that moment and connect after it are refused until they read again: the price of having one user.
 */
import { HoldfastError } from '../../core/errors.js';
import type { RotatedValues, SecretAdapter } from '../adapter.js';
import { generatePassword } from '../generate-password.js';
import { alternateUser } from './alternate-user.js';
import { asAdministrator, type AdministratorWork } from './administrator.js';
import { cloneRole } from './clone-role.js';
import { applyDeclaration } from './apply-declaration.js';
import { parsePostgresSecret, printPostgresSecret, withCredentials, type PostgresSecret } from './postgres-secret.js';
import { readRole, readSessionFacts } from './role-facts.js';
import { setPassword } from './set-password.js';
import { signInWorks, withAdministrator, type PostgresEnvironment } from './sign-in.js';
import { singleUserAdapter } from './single-user.js';

export function createPostgresAdapter(options: PostgresEnvironment): SecretAdapter<PostgresSecret> {
  const format = { kind: 'postgres', parse: parsePostgresSecret, print: printPostgresSecret };
  return options.settings.strategy === 'single'
    ? { ...format, ...singleUserAdapter(options) }
    : { ...format, ...alternatingAdapter(options) };
}

type Work = Omit<SecretAdapter<PostgresSecret>, 'kind' | 'parse' | 'print'>;

function alternatingAdapter(options: PostgresEnvironment): Work {
  return {
    next: (current) => Promise.resolve(withCredentials(current, alternateUser(current.username), generatePassword())),
    set: (values) => setAlternate(values, options),
    test: async ({ pending }) => {
      if (await signInWorks(pending, options)) return;
      throw new HoldfastError(
        'ROTATION_FAILED',
        `The server does not let "${pending.username}" sign in with its new password.`,
      );
    },
  };
}

async function setAlternate(
  { current, pending, previous }: RotatedValues<PostgresSecret>,
  options: PostgresEnvironment,
): Promise<void> {
  requirePair(current, pending);
  // The password is set last, so where it works, all the rest was done.
  if (await signInWorks(pending, options)) return;
  await withAdministrator(current, options, async (client, connectTo) => {
    const facts = await readSessionFacts(client);
    const { logger, settings } = options;
    const inUse = await readRole(client, current.username);
    const [source, target] = [current.username, pending.username];
    if (inUse) {
      await requireOwnPassword({ current, previous }, options);
      await cloneRole({ client, connectTo, source, target, logger });
    }
    await asAdministrator(client, facts, async (work: AdministratorWork) => {
      if (!inUse && !(await readRole(client, target))) await createDeclared(work, target, options);
      else if (settings.role) await applyDeclaration(work, target, settings.role);
      await setPassword(work, pending);
    });
    logger.info(`The user "${target}" has its new password.`);
  });
}

/** Neither user exists: the first rotation creates the one that the secret names. */
async function createDeclared(work: AdministratorWork, user: string, { settings }: PostgresEnvironment): Promise<void> {
  await applyDeclaration(work, user, settings.role ?? { memberOf: [], grants: [], settings: {} }, { create: true });
}

function requirePair(current: PostgresSecret, pending: PostgresSecret): void {
  const same = current.host === pending.host && current.port === pending.port && current.dbname === pending.dbname;
  if (same && pending.username === alternateUser(current.username)) return;
  throw new HoldfastError(
    'ROTATION_SECRET_INVALID',
    'The pending value was not made from the current one by this rotation: its user, host, port or database differs.',
    { hint: 'Remove AWSPENDING from that version (update-secret-version-stage), and rotate again.' },
  );
}

/**
 * Anyone who may write the secret could name any user in it, and have a copy made with a password that they know. A
 * password that works shows that the secret is really that user's.
 */
async function requireOwnPassword(
  { current, previous }: Pick<RotatedValues<PostgresSecret>, 'current' | 'previous'>,
  options: PostgresEnvironment,
): Promise<void> {
  if (await signInWorks(current, options)) return;
  if (previous?.username === current.username && previous.host === current.host) {
    if (await signInWorks(withCredentials(current, previous.username, previous.password), options)) return;
  }
  throw new HoldfastError(
    'ROTATION_REFUSED',
    `The server does not let "${current.username}" sign in with the password of the current version, so the secret may not be that user's.`,
    { hint: "Set the user's password to the one in the secret, or the other way around; then rotate again." },
  );
}
