/** One user. Its password is replaced at the last moment, and put back if the secret cannot follow. */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import type { RotatedValues, SecretAdapter } from '../adapter.js';
import { generatePassword } from '../generate-password.js';
import type { AdministratorWork } from './administrator.js';
import { applyDeclaration, applySessionDeclaration } from './apply-declaration.js';
import { requireDeclared } from './declared-users.js';
import { isSamePlace, withCredentials, type PostgresSecret } from './postgres-secret.js';
import { refuseForeign, requireInUse } from './role-claim.js';
import { readRole, readSessionFacts } from './role-facts.js';
import { markStatement } from './role-mark.js';
import { holdRole, inTurn, type Turn } from './rotation-lock.js';
import { endRotationSession, openRotationSession } from './rotation-session.js';
import { scramVerifier } from './scram-verifier.js';
import { setPassword } from './set-password.js';
import {
  hasAdministrator,
  proofOfPassword,
  signInWorks,
  withAdministrator,
  type PostgresEnvironment,
} from './sign-in.js';

type Values = RotatedValues<PostgresSecret>;

export function singleUserAdapter(
  options: PostgresEnvironment,
): Omit<SecretAdapter<PostgresSecret>, 'kind' | 'parse' | 'print'> {
  const works = (secret: PostgresSecret) => signInWorks(secret, options);
  return {
    async next(current, givenUp) {
      requireDeclared(current.username, options.settings);
      // A rotation that was broken off may have put that password into the server, in place of the current one.
      if (givenUp?.username === current.username && givenUp.password.reveal() !== current.password.reveal()) {
        const carried = withCredentials(current, current.username, givenUp.password);
        if (await works(carried)) return carried;
      }
      return withCredentials(current, current.username, generatePassword());
    },
    fits: (current, pending) => isSamePlace(current, pending) && current.username === pending.username,
    set: (values) => prepare(values, options),
    async test({ current, pending }) {
      if (await works(pending)) return;
      // Before the switch the current password is the one that works.
      if (await works(current)) return;
      throw neither(current);
    },
    async switchOver(values) {
      const { current, pending, requireUnchanged } = values;
      if (!(await works(pending))) await replace(current, pending, { requireUnchanged, environment: options });
      const putBack = async (now: PostgresSecret) => {
        // Whatever is current by now has to work: its labels are not those of this step any more.
        const turn = { requireUnchanged: () => Promise.resolve(), environment: options };
        if (await works(now)) return;
        // Only this user was shown to be the secret's.
        if (now.username !== pending.username) throw renamed(pending, now);
        await replace((await works(pending)) ? pending : current, now, turn);
        if (!(await works(now))) throw notLetIn(now, 'the password of its current version');
        options.logger.warn(`${quoted(now.username)} has the password of its current version again.`);
      };
      if (await works(pending)) return { putBack };
      await putBack(current);
      throw notLetIn(pending, 'its new password');
    },
  };
}

/**
 * Creates a user that does not exist yet; otherwise tries the change and rolls it back, so that a refusal shows early.
 */
async function prepare({ current, pending, requireUnchanged }: Values, options: PostgresEnvironment): Promise<void> {
  requireDeclared(current.username, options.settings);
  const turn: Turn = { requireUnchanged, environment: options };
  if (hasAdministrator(current, options)) {
    const created = await withAdministrator(current, options, async (client) => {
      if (await readRole(client, current.username)) return false;
      await inTurn(client, turn, (work) => create(work, pending, options));
      return true;
    });
    if (created) return;
  }
  if ((await proofOfPassword(pending, options)) === 'proven') return;
  // It may have to be put back.
  await scramVerifier(current.password);
  await withRights(current, options, async (client) => {
    await requireOwn(client, current, options);
    // A user of ours that no client can sign in as has nothing to lose.
    const rehearse = await signInWorks(current, options);
    await inTurn(client, { ...turn, rehearse }, (work) => change(work, pending, options));
  });
}

async function create(work: AdministratorWork, pending: PostgresSecret, options: PostgresEnvironment): Promise<void> {
  const { username } = pending;
  const { role } = options.settings;
  await work.run(`creating the user ${quoted(username)}`, [
    `CREATE ROLE ${quoteIdentifier(username)} LOGIN`,
    markStatement(username, null, options.secretId),
  ]);
  if (role) {
    await applyDeclaration(work, username, role);
    await applySessionDeclaration(work, username, role);
  }
  await setPassword(work, pending);
}

/** @throws HoldfastError ROTATION_REFUSED for a user that is not shown to be the secret's */
async function requireOwn(client: pg.Client, secret: PostgresSecret, options: PostgresEnvironment): Promise<void> {
  const role = await readRole(client, secret.username);
  if (!role) throw neither(secret);
  const administrator = hasAdministrator(secret, options) ? (await readSessionFacts(client)).user : undefined;
  refuseForeign(role, administrator, options);
  await requireInUse(client, role, secret, options);
}

async function replace(from: PostgresSecret, to: PostgresSecret, turn: Turn): Promise<void> {
  const { environment } = turn;
  await withRights(from, environment, async (client) => {
    await requireOwn(client, from, environment);
    await inTurn(client, turn, (work) => change(work, to, environment));
  });
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
    await endRotationSession(client);
  }
}

async function change(work: AdministratorWork, to: PostgresSecret, options: PostgresEnvironment): Promise<void> {
  const administered = hasAdministrator(to, options);
  // Before PostgreSQL 16 a user may change its password, and nothing else. Either way nobody marks it from here on.
  if (!administered) await setPassword(work, to);
  const role = await (administered ? holdRole(work, to.username) : readRole(work.client, to.username));
  if (!role) throw neither(to);
  // Another secret's rotation may have marked it since.
  refuseForeign(role, administered ? work.facts.user : undefined, options);
  // A user cannot comment on itself; it proves its password each time.
  if (!administered) return;
  if (role.secret === undefined) {
    await work.run(`marking the user ${quoted(to.username)} as this secret's`, [
      markStatement(to.username, role.comment, options.secretId),
    ]);
  }
  await setPassword(work, to);
}

function notLetIn({ username }: PostgresSecret, what: string): HoldfastError {
  return new HoldfastError('ROTATION_FAILED', `The server does not let ${quoted(username)} sign in with ${what}.`);
}

function renamed(from: PostgresSecret, to: PostgresSecret): HoldfastError {
  return new HoldfastError(
    'ROTATION_REFUSED',
    `The current version names the user ${quoted(to.username)} by now, and this rotation is of ${quoted(from.username)}.`,
  );
}

function neither({ username }: PostgresSecret): HoldfastError {
  return new HoldfastError(
    'ROTATION_REFUSED',
    `The server lets ${quoted(username)} sign in with neither the current nor the pending password, so the secret may not be that user's.`,
    { hint: "Set the user's password to the one in the secret, or the other way around; then rotate again." },
  );
}
