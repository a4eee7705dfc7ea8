/** One user. Its password is replaced at the last moment, and put back if the secret cannot follow. */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.js';
import type { RotatedValues, SecretAdapter } from '../adapter.js';
import { generatePassword } from '../generate-password.js';
import { asAdministrator } from './administrator.js';
import { applyDeclaration } from './apply-declaration.js';
import { withCredentials, type PostgresSecret } from './postgres-secret.js';
import { readRole, readSessionFacts } from './role-facts.js';
import { openRotationSession } from './rotation-session.js';
import { setPassword } from './set-password.js';
import { hasAdministrator, signInWorks, withAdministrator, type PostgresEnvironment } from './sign-in.js';

type Values = RotatedValues<PostgresSecret>;

export function singleUserAdapter(
  options: PostgresEnvironment,
): Omit<SecretAdapter<PostgresSecret>, 'kind' | 'parse' | 'print'> {
  return {
    next: (current) => Promise.resolve(withCredentials(current, current.username, generatePassword())),
    set: (values) => prepare(values, options),
    async test({ current, pending }) {
      if (await signInWorks(pending, options)) return;
      // Before the switch the current password is the one that works.
      if (await signInWorks(current, options)) return;
      throw neither(current);
    },
    async switchOver({ current, pending }) {
      if (!(await signInWorks(pending, options))) await replace(current, pending, options);
      const undo = async () => {
        await replace(pending, current, options);
        options.logger.warn(`"${current.username}" has its former password again.`);
      };
      if (await signInWorks(pending, options)) return undo;
      await undo();
      throw new HoldfastError(
        'ROTATION_FAILED',
        `The server does not let "${pending.username}" sign in with its new password.`,
      );
    },
  };
}

/**
 * Creates a user that does not exist yet; otherwise tries the change and rolls it back, so that a refusal shows early.
 */
async function prepare({ current, pending }: Values, options: PostgresEnvironment): Promise<void> {
  if (await signInWorks(pending, options)) return;
  if (hasAdministrator(current, options)) {
    const created = await withAdministrator(current, options, async (client) => {
      if (await readRole(client, current.username)) return false;
      await asAdministrator(client, await readSessionFacts(client), async (work) => {
        const declared = options.settings.role ?? { memberOf: [], grants: [], settings: {} };
        await applyDeclaration(work, pending.username, declared, { create: true });
        await setPassword(work, pending);
      });
      return true;
    });
    if (created) return;
  }
  if (!(await signInWorks(current, options))) throw neither(current);
  await withRights(current, options, (client) => change(client, pending, { rehearse: true }));
}

function replace(from: PostgresSecret, to: PostgresSecret, options: PostgresEnvironment): Promise<void> {
  return withRights(from, options, (client) => change(client, to, { rehearse: false }));
}

/** As the administrator, if there is one; otherwise as the user, since every user may change its own password. */
async function withRights(
  secret: PostgresSecret,
  options: PostgresEnvironment,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  if (hasAdministrator(secret, options)) return withAdministrator(secret, options, work);
  const client = await openRotationSession(secret, secret, options.settings, { signal: options.signal });
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function change(client: pg.Client, to: PostgresSecret, options: { rehearse: boolean }): Promise<void> {
  await asAdministrator(client, await readSessionFacts(client), (work) => setPassword(work, to), options);
}

function neither({ username }: PostgresSecret): HoldfastError {
  return new HoldfastError(
    'ROTATION_REFUSED',
    `The server lets "${username}" sign in with neither the current nor the pending password, so the secret may not be that user's.`,
    { hint: "Set the user's password to the one in the secret, or the other way around; then rotate again." },
  );
}
