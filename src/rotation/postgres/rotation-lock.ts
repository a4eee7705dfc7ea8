/** One step of a secret's rotation at a time changes a server, and only while the labels say that it is its turn. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import type { RotatedValues } from '../adapter.js';
import { asAdministrator, isConcurrentUpdate, isLockTimeout, type AdministratorWork } from './administrator.js';
import { readRole, readSessionFacts, type RoleFacts } from './role-facts.js';
import type { PostgresEnvironment } from './sign-in.js';

/** A step that holds the lock has a few statements to run: seconds after which another one gives up. */
const LOCK_TIMEOUT_S = 60;
/** Seconds between two looks at who holds it. */
const LOOK_EVERY_S = 1;
/** Seconds to wait for the row of a role: no step of this rotation holds one by then. */
const ROW_TIMEOUT_S = 10;
/** How many times the row of a role is tried for that others change all the time. */
const ROW_TRIES = 5;

export interface Turn {
  readonly requireUnchanged: RotatedValues<unknown>['requireUnchanged'];
  readonly environment: PostgresEnvironment;
  /** Roll all of it back in the end. */
  readonly rehearse?: boolean;
}

/**
 * Runs `work` in a transaction that holds the secret's lock. The labels are read once it is held: a step that comes late
 * finds that they have moved, and changes nothing.
 *
 * Everybody who may connect can take such a lock. So one that is held by others is not waited for, and the labels are
 * read once more before the transaction ends: by then it holds the rows of the roles that it has changed, which another
 * step has to wait for.
 *
 * @throws HoldfastError ROTATION_REFUSED for a late step; ROTATION_FAILED where another one does not end
 */
export async function inTurn<T>(
  client: pg.Client,
  { requireUnchanged, environment, rehearse = false }: Turn,
  work: (administrator: AdministratorWork) => Promise<T>,
): Promise<T> {
  const locked = async (administrator: AdministratorWork) => {
    await takeLock(administrator, environment);
    await requireUnchanged();
    const result = await work(administrator);
    await requireUnchanged();
    return result;
  };
  try {
    return await asAdministrator(client, await readSessionFacts(client), locked, { rehearse });
  } catch (error) {
    throw error instanceof HoldfastError && isLockTimeout(error) ? await withHolders(error, client) : error;
  }
}

/**
 * A role, as it stays until the transaction ends. Nobody else can change its password by then, so a rotation of another
 * secret, in whatever database, either has marked it before this is read, or waits and finds the mark of this one.
 *
 * @returns `undefined` where there is no such role
 * @throws HoldfastError ROTATION_DENIED, ROTATION_FAILED
 */
export async function holdRole(work: AdministratorWork, name: string): Promise<RoleFacts | undefined> {
  if (!(await readRole(work.client, name))) return undefined;
  // Changes nothing, and is a change of its row all the same.
  const hold = () => work.run(`holding the user ${quoted(name)}`, [`ALTER ROLE ${quoteIdentifier(name)}`]);
  for (let tries = 1; ; tries += 1) {
    const error = await work.attempt(hold);
    if (!error) return readRole(work.client, name);
    // Whoever held the row has changed it.
    if (!isConcurrentUpdate(error) || tries === ROW_TRIES) throw error;
  }
}

/** Since PostgreSQL 16 everybody may hold the row of every role (`BEGIN; ALTER ROLE app`), and before, their own. */
async function withHolders(error: HoldfastError, client: pg.Client): Promise<HoldfastError> {
  const { rows } = await client.query<{ pid: number; name: string }>(
    `SELECT DISTINCT l.pid, COALESCE(a.usename::pg_catalog.text, '') AS name
       FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
      WHERE l.relation = 'pg_catalog.pg_authid'::pg_catalog.regclass AND l.mode = 'RowExclusiveLock' AND l.granted
        AND l.pid <> pg_catalog.pg_backend_pid() ORDER BY 1`,
  );
  if (rows.length === 0) return error;
  const sessions = rows.map(({ pid, name }) => `${pid} of ${quoted(name)}`).join(', ');
  return new HoldfastError(error.code, error.message, {
    cause: error.cause,
    hint: `Sessions with open transactions that change roles: ${sessions}. End the one in the way (SELECT pg_terminate_backend(…)), and rotate again.`,
  });
}

async function takeLock(work: AdministratorWork, environment: PostgresEnvironment): Promise<void> {
  const { client, facts } = work;
  const key = lockKey(environment.secretId);
  const waiting = 'waiting for another step of this rotation';
  const timeout = (seconds: number) => work.run(waiting, [`SET LOCAL lock_timeout TO '${seconds}s'`]);
  await timeout(LOOK_EVERY_S);
  for (let waited = LOOK_EVERY_S; ; waited += LOOK_EVERY_S) {
    const error = await work.attempt(() => work.run(waiting, [`SELECT pg_catalog.pg_advisory_xact_lock(${key})`]));
    if (!error) break;
    if (!isLockTimeout(error)) throw error;
    const holders = await holdersOf(client, key);
    if (holders.length > 0 && !holders.includes(facts.user)) {
      environment.logger.warn(
        `${holders.map(quoted).join(' and ')} holds the lock of this rotation, which is for ${quoted(facts.user)} alone: it goes on without.`,
      );
      break;
    }
    if (waited >= LOCK_TIMEOUT_S) throw error;
  }
  await timeout(ROW_TIMEOUT_S);
}

/** The users whose sessions hold it. */
async function holdersOf(client: pg.Client, key: bigint): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT COALESCE(a.usename::pg_catalog.text, '') AS name
       FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_database d ON d.oid = l.database
       LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND d.datname = pg_catalog.current_database()
        AND l.classid::pg_catalog.int8 << 32 | l.objid::pg_catalog.int8 = $1 ORDER BY 1`,
    [String(key)],
  );
  return rows.map(({ name }) => name);
}

/** 64 bits of the ARN's digest, signed as the server has them. */
function lockKey(secretArn: string): bigint {
  return createHash('sha256').update(`holdfast rotation of ${secretArn}`).digest().readBigInt64BE();
}
