/** Makes and removes the database that a backup is restored into. */
import pg from 'pg';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { quoteIdentifier } from '../../postgres/identifiers.js';
import { readVersionNum } from '../../postgres/server-facts.js';
import type { ParsedGlobals } from '../../postgres/parse-globals.js';

/**
 * Makes an empty database with the encoding and locale of the backup's.
 *
 * @param maintenance access to another database of the server
 * @throws HoldfastError RESTORE_FAILED with the server's message, CONNECT_FAILED …; the signal's error
 */
export async function createDatabase(
  maintenance: DatabaseAccess,
  name: string,
  globals: ParsedGlobals,
  signal: AbortSignal | undefined,
): Promise<void> {
  const statement = globals.database.find((candidate) => candidate.startsWith('CREATE DATABASE '));
  // The name may hold anything; the options follow it, and are pg_dump's.
  const at = statement?.lastIndexOf(' WITH TEMPLATE ') ?? -1;
  if (statement === undefined || at < 0) {
    throw new HoldfastError('MANIFEST_INVALID', `The globals of the backup hold no CREATE DATABASE … WITH TEMPLATE.`);
  }
  // A tablespace is the source server's own.
  const options = statement.slice(at).replace(/ TABLESPACE = (?:"(?:[^"]|"")*"|[^\s;]+)/, '');
  const client = await maintenance.connect({ signal });
  try {
    await client.query(`CREATE DATABASE ${quoteIdentifier(name)}${options}`);
  } catch (error) {
    const hint = hintFor(error instanceof pg.DatabaseError ? error.code : undefined, maintenance.target.user);
    const message = `Creating the database ${name}: ${messageOf(error)}.`;
    throw new HoldfastError('RESTORE_FAILED', message, { cause: error, hint });
  } finally {
    await client.end();
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';
const READ_ONLY = '25006';

/** Nothing was begun yet that one transaction could have undone. @param state the server's SQLSTATE */
function hintFor(state: string | undefined, user: string): string {
  if (state === INSUFFICIENT_PRIVILEGE) {
    return `The role needs CREATEDB: ALTER ROLE ${quoteIdentifier(user)} CREATEDB; or connect as one that has it.`;
  }
  if (state === READ_ONLY) return 'The server is a standby, or read-only: name one that can be written to.';
  return 'Nothing was made: the server’s message is above.';
}

/**
 * Removes a database that we made. Takes no signal: it runs after an abort, too. A server goes on with a statement whose
 * client is gone, such as the building of an index, and would keep the database for as long: so its sessions are ended.
 */
export async function dropDatabase(maintenance: DatabaseAccess, name: string): Promise<void> {
  const client = await maintenance.connect();
  try {
    const canForce = (await readVersionNum(client)) >= 130_000;
    await client.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)}${canForce ? ' WITH (FORCE)' : ''}`);
  } finally {
    await client.end();
  }
}
