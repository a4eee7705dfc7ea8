/** What the administrator does: statements whose refusal says what is missing, with rights borrowed where needed. */
import pg from 'pg';
import { HoldfastError, messageOf, systemCodeOf } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import type { SessionFacts } from './role-facts.js';

const INSUFFICIENT_PRIVILEGE = '42501';
/** Warnings of GRANT and REVOKE that had no effect, which the server does not treat as errors. */
const WITHOUT_EFFECT = new Set(['01006', '01007']);
/** Since this version a role can be a member of another several times, once for each grantor. */
export const MEMBERSHIPS_BY_GRANTOR_SINCE = 160_000;
/**
 * AWSCURRENT moves once this has been committed: a crash or a failover must not take it back, however little a database
 * or the server waits for its own commits.
 */
const WAIT_FOR_COMMIT = `SELECT pg_catalog.set_config('synchronous_commit', 'on', true)
  WHERE pg_catalog.current_setting('synchronous_commit') <> 'remote_apply'`;
/** Statements that are sent at once. */
const BATCH = 100;

interface Borrowed {
  readonly role: string;
  /** The statement that ends it. */
  readonly giveBack: string;
}

/** One transaction of the administrator. */
export interface AdministratorWork {
  readonly client: pg.Client;
  readonly facts: SessionFacts;
  /**
   * Runs statements.
   *
   * @param doing for messages, as in `creating the user "app"`
   * @throws HoldfastError ROTATION_DENIED, ROTATION_FAILED, with the server's words; never a statement's text
   */
  run(doing: string, statements: readonly string[]): Promise<void>;
  /**
   * Does what may fail, and leaves nothing of it if it does.
   *
   * @returns why it failed
   */
  attempt(action: () => Promise<void>): Promise<HoldfastError | undefined>;
  /**
   * Makes sure that the session has a role's rights until the transaction ends: an administrator that is not a
   * superuser may grant itself a membership, which is then revoked. It never lasts, since both are in the same
   * transaction.
   */
  borrow(role: string): Promise<void>;
  /** What the server said had no effect. */
  readonly warnings: readonly string[];
}

/**
 * Runs `work` in a transaction; the memberships that it borrowed are given back before it commits.
 *
 * @param options `rehearse`: roll all of it back in the end
 */
export async function asAdministrator<T>(
  client: pg.Client,
  facts: SessionFacts,
  work: (administrator: AdministratorWork) => Promise<T>,
  options: { readonly rehearse?: boolean } = {},
): Promise<T> {
  const warnings: string[] = [];
  const onNotice = (notice: { readonly code?: string | undefined; readonly message?: string | undefined }) => {
    if (WITHOUT_EFFECT.has(notice.code ?? '')) warnings.push(notice.message ?? '');
  };
  const borrowed: Borrowed[] = [];
  const run = async (doing: string, statements: readonly string[]) => {
    for (let at = 0; at < statements.length; at += BATCH) {
      try {
        await client.query(statements.slice(at, at + BATCH).join(';\n'));
      } catch (error) {
        throw statementError(error, doing, facts);
      }
    }
  };
  const borrow = async (role: string) => {
    if (facts.superuser || role === facts.user || borrowed.some((one) => one.role === role)) return;
    const [granted, me] = [quoteIdentifier(role), quoteIdentifier(facts.user)];
    const byGrantor = facts.version >= MEMBERSHIPS_BY_GRANTOR_SINCE;
    const { rows } = await client.query<{
      usable: boolean;
      own: { inherit_option?: boolean; set_option?: boolean } | null;
    }>(
      `SELECT pg_catalog.pg_has_role(current_user, r.oid, 'USAGE') AS usable,
              (SELECT pg_catalog.to_jsonb(m) FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles me ON me.oid = m.member
                WHERE m.roleid = r.oid AND me.rolname = current_user AND (m.grantor = me.oid OR NOT $2)) AS own
         FROM pg_catalog.pg_roles r WHERE r.rolname = $1`,
      [role, byGrantor],
    );
    const own = rows[0]?.own;
    // A membership that gives no rights is somebody's decision: before there were options, nothing would bring it back.
    if (rows[0]?.usable || (own && !byGrantor)) return;
    // Without options, one that does not inherit would have a membership without its rights.
    await run(`borrowing the rights of ${quoted(role)}`, [
      `GRANT ${granted} TO ${me}${byGrantor ? ' WITH INHERIT TRUE, SET TRUE' : ''}`,
    ]);
    const giveBack = own
      ? `GRANT ${granted} TO ${me} WITH INHERIT ${own.inherit_option}, SET ${own.set_option}`
      : `REVOKE ${granted} FROM ${me}`;
    borrowed.push({ role, giveBack });
  };

  const attempt = async (action: () => Promise<void>) => {
    const before = borrowed.length;
    await client.query('SAVEPOINT attempt');
    try {
      await action();
      await client.query('RELEASE SAVEPOINT attempt');
      return undefined;
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      await client.query('ROLLBACK TO SAVEPOINT attempt');
      borrowed.length = before;
      return error;
    }
  };

  client.on('notice', onNotice);
  await client.query(`BEGIN; ${WAIT_FOR_COMMIT}`);
  try {
    const result = await work({ client, facts, run, attempt, borrow, warnings });
    await run(
      'giving borrowed rights back',
      borrowed.map(({ giveBack }) => giveBack),
    );
    await client.query(options.rehearse ? 'ROLLBACK' : 'COMMIT');
    return result;
  } catch (error) {
    // A connection that is gone has rolled back by itself.
    await client.query('ROLLBACK').catch(() => {});
    throw error instanceof HoldfastError ? error : statementError(error, 'working on the users', facts);
  } finally {
    client.off('notice', onNotice);
  }
}

const LOCK_NOT_AVAILABLE = '55P03';
/** The server has no other code for it, and does not translate such messages. */
const INTERNAL_ERROR = 'XX000';

/** Whether a statement of `run` gave up waiting for somebody's lock. */
export function isLockTimeout(error: HoldfastError): boolean {
  return systemCodeOf(error.cause) === LOCK_NOT_AVAILABLE;
}

/** Whether a statement of `run` waited for the row of a role, which was another one then. */
export function isConcurrentUpdate(error: HoldfastError): boolean {
  return systemCodeOf(error.cause) === INTERNAL_ERROR && /concurrently updated/.test(messageOf(error.cause));
}

function statementError(error: unknown, doing: string, { user, version }: SessionFacts): HoldfastError {
  const code = error instanceof pg.DatabaseError ? error.code : undefined;
  const words = messageOf(error).replace(/\.$/, '');
  // Without the driver's error, which holds the statement.
  const cause = Object.assign(new Error(words), { code });
  if (code !== INSUFFICIENT_PRIVILEGE) {
    return new HoldfastError('ROTATION_FAILED', `As ${quoted(user)}, ${doing}: ${words}.`, { cause });
  }
  return new HoldfastError('ROTATION_DENIED', `As ${quoted(user)}, ${doing} was refused: ${words}.`, {
    cause,
    hint:
      version >= 160_000
        ? `Since PostgreSQL 16 an administrator needs the admin option on each role that it alters or grants: GRANT … TO ${quoteIdentifier(user)} WITH ADMIN OPTION. For objects that belong to others it needs their owner's rights.`
        : `The administrator needs CREATEROLE, and the rights of those who own what is granted: GRANT owner TO ${quoteIdentifier(user)}. It can never change superuser roles.`,
  });
}
