/** Creates and removes the database that a backup is restored into. */
import pg from 'pg';
import { abortError } from '../../core/cancellation.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { disableEventTriggers } from '../../postgres/event-triggers.js';
import { quoteIdentifier, quoteLiteral } from '../../syntax/sql/identifiers.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import { readVersionNum } from '../../postgres/server-facts.js';
import type { ParsedGlobals } from '../../postgres/parsed-globals.js';
import type { BackupContext } from '../operation/context.js';
import { alone } from './apply-globals.js';

/** How the database of a backup is created; for one whose dump others made, in its encoding and otherwise as the server does. */
export function creationFor(
  { creation }: Pick<ParsedGlobals, 'creation'>,
  { origin, dbName, encoding }: Pick<Manifest, 'origin' | 'dbName' | 'encoding'>,
): Pick<ParsedGlobals, 'creation'> {
  if (creation !== undefined || origin === undefined) return { creation };
  const options = `WITH TEMPLATE = template0 ENCODING = ${quoteLiteral(encoding)}`;
  return { creation: { name: dbName, options, tablespace: undefined } };
}

/**
 * Creates an empty database with the backup's encoding and locale. If it throws, it leaves none behind: a database that
 * was created in spite of an abort is dropped again, and one that somebody else created stays.
 *
 * @param maintenance access to another database of the server
 * @param owner @default who signs in
 * @throws HoldfastError RESTORE_FAILED with the server's message, CONNECT_FAILED …; the signal's error
 */
export async function createDatabase(
  maintenance: DatabaseAccess,
  name: string,
  globals: Pick<ParsedGlobals, 'creation'>,
  { signal, logger }: Pick<BackupContext, 'signal' | 'logger'>,
  owner?: string,
): Promise<void> {
  if (!globals.creation) {
    throw new HoldfastError('MANIFEST_INVALID', `The globals of the backup hold no CREATE DATABASE … WITH TEMPLATE.`);
  }
  // Without its tablespace, which is the source server's own.
  const { options } = globals.creation;
  const client = await connectUntilAborted(maintenance, signal);
  try {
    const owned = owner === undefined ? '' : ` OWNER = ${quoteIdentifier(owner)}`;
    const statement = `CREATE DATABASE ${quoteIdentifier(name)} ${options}${owned}`;
    await finishOrCancel(client, statement, maintenance, signal);
  } catch (error) {
    if (signal?.aborted) throw abortError(signal);
    const refused = error instanceof pg.DatabaseError;
    const hint = refused ? hintFor(error.code, maintenance.target.user) : LOST;
    const message = `Creating the database ${name}: ${messageOf(error)}.`;
    throw new HoldfastError('RESTORE_FAILED', message, { cause: error, hint });
  } finally {
    await client.end();
  }
  if (!signal?.aborted) return;
  await dropDatabase(maintenance, name).catch((error: unknown) => {
    logger.warn(`The database ${name} was created before the abort and could not be dropped: ${messageOf(error)}`);
  });
  throw abortError(signal);
}

const LOST = 'The connection was lost: check whether the database was created, and drop it before the next attempt.';

/** A session that the signal can end only while it is being opened. */
async function connectUntilAborted(access: DatabaseAccess, signal: AbortSignal | undefined): Promise<pg.Client> {
  const connecting = new AbortController();
  const abort = () => connecting.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await access.connect({ signal: connecting.signal });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/**
 * Runs a statement to its end; an abort only hastens that. A server carries on with a statement whose client is gone:
 * if the connection were cut, nobody would learn whether the database was created after all.
 */
async function finishOrCancel(
  client: pg.Client,
  statement: string,
  access: DatabaseAccess,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  let canceling: Promise<void> | undefined;
  const cancel = () => {
    // If this fails, the statement runs to its normal end.
    canceling = cancelBackend(access, rows[0]?.pid).catch(() => {});
  };
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    if (signal?.aborted) throw abortError(signal);
    await client.query(alone(statement));
  } finally {
    signal?.removeEventListener('abort', cancel);
    // Otherwise it may hit the next statement of the session.
    await canceling;
  }
}

async function cancelBackend(access: DatabaseAccess, pid: number | undefined): Promise<void> {
  const client = await access.connect();
  try {
    await client.query('SELECT pg_catalog.pg_cancel_backend($1)', [pid]);
  } finally {
    await client.end();
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';
const READ_ONLY = '25006';

/**
 * The next step in place of the code's own, which reports a rollback: no transaction has begun yet.
 *
 * @param state the server's SQLSTATE
 */
function hintFor(state: string | undefined, user: string): string {
  if (state === INSUFFICIENT_PRIVILEGE) {
    return `The role needs CREATEDB: ALTER ROLE ${quoteIdentifier(user)} CREATEDB; or connect as one that has it.`;
  }
  if (state === READ_ONLY) return 'The server is a standby, or read-only: name one that can be written to.';
  return "Nothing was created: the server's message is above.";
}

/**
 * Removes a database that we created. Takes no signal, because it also runs after an abort. A server carries on with a
 * statement whose client is gone, such as building an index, and would keep the database for that long: so its sessions
 * are ended.
 */
export async function dropDatabase(maintenance: DatabaseAccess, name: string): Promise<void> {
  const client = await maintenance.connect();
  try {
    const canForce = (await readVersionNum(client)) >= 130_000;
    const statement = `DROP DATABASE IF EXISTS ${quoteIdentifier(name)}${canForce ? ' WITH (FORCE)' : ''}`;
    try {
      await client.query(statement);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && error.code === OBJECT_IN_USE)) throw error;
      await dropSubscriptions(maintenance.withDatabase(name));
      await client.query(statement);
    }
  } finally {
    await client.end();
  }
}

const OBJECT_IN_USE = '55006';

/**
 * Subscriptions keep their database from being dropped. They are detached from their slots first: the slot on the
 * publisher has their name, and belongs to the database that was backed up.
 */
async function dropSubscriptions(access: DatabaseAccess): Promise<void> {
  const client = await access.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT s.subname::pg_catalog.text AS name FROM pg_catalog.pg_subscription s
         JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = pg_catalog.current_database()`,
    );
    if (rows.length > 0) await disableEventTriggers(client);
    for (const name of rows.map((row) => quoteIdentifier(row.name))) {
      await client.query(`ALTER SUBSCRIPTION ${name} DISABLE`);
      await client.query(`ALTER SUBSCRIPTION ${name} SET (slot_name = NONE)`);
      await client.query(`DROP SUBSCRIPTION ${name}`);
    }
  } finally {
    await client.end();
  }
}
