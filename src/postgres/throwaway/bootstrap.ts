/** What a new cluster needs before it is handed over: a running server, its superuser's name, its tablespaces. */
import pg from 'pg';
import { sleep } from '../../core/cancellation.js';
import { HoldfastError, messageOf, systemCodeOf } from '../../core/errors.js';
import { MINUTE_MS } from '../../core/times.js';
import { boundedClient } from '../bounded-client.js';
import { emptySearchPath } from '../session-guard.js';
import { sessionOptions } from '../session-options.js';
import type { ThrowawayConnection } from './options.js';
import type { Postmaster } from './postmaster.js';

/** The superuser's name until it gets its own. */
export const BOOTSTRAP_NAME = 'holdfast_bootstrap';
const HELPER_NAME = 'holdfast_helper';
/** How long a server may take to answer, in milliseconds: far more than it ever needs. */
const START_TIMEOUT_MS = MINUTE_MS;
const POLL_MS = 20;
/** The socket does not exist yet, nothing listens, or "the database system is starting up". */
const NOT_YET = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', '57P03']);

/** Whether initdb fails on a name, or might: it pastes the name into a script, where quotes and `$` cause trouble. */
export function needsRenaming(superuser: string): boolean {
  return !/^[a-z_][a-z0-9_]{0,62}$/i.test(superuser);
}

/**
 * Waits for the server, then gives the superuser its name and creates the tablespaces.
 *
 * @param connection how to connect as a role to the database `postgres`
 * @throws HoldfastError THROWAWAY_FAILED; the signal's error when aborted
 */
export async function prepareCluster(options: {
  readonly postmaster: Postmaster;
  readonly connection: (user: string) => ThrowawayConnection;
  readonly superuser: string;
  readonly tablespaces: readonly { readonly name: string; readonly location: string }[];
  readonly signal: AbortSignal | undefined;
}): Promise<void> {
  const { connection, superuser } = options;
  const renamed = needsRenaming(superuser);
  await waitUntilReady(options.postmaster, connection(renamed ? BOOTSTRAP_NAME : superuser), options.signal);

  const name = pg.escapeIdentifier(superuser);
  if (renamed) {
    // A role cannot rename itself, so another superuser does it.
    await run(connection(BOOTSTRAP_NAME), [`CREATE ROLE ${HELPER_NAME} SUPERUSER LOGIN`]);
    await run(connection(HELPER_NAME), [`ALTER ROLE ${BOOTSTRAP_NAME} RENAME TO ${name}`]);
  }
  const statements = options.tablespaces.map(
    (tablespace) =>
      `CREATE TABLESPACE ${pg.escapeIdentifier(tablespace.name)} LOCATION ${pg.escapeLiteral(tablespace.location)}`,
  );
  if (renamed) statements.unshift(`DROP ROLE ${HELPER_NAME}`);
  if (statements.length > 0) await run(connection(superuser), statements);
}

async function waitUntilReady(
  postmaster: Postmaster,
  connection: ThrowawayConnection,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    postmaster.assertRunning();
    try {
      await withClient(connection, async () => {});
      return;
    } catch (error) {
      // The server's exit explains more than the connection that broke with it.
      await sleep(POLL_MS, signal);
      postmaster.assertRunning();
      if (!NOT_YET.has(systemCodeOf(error) ?? '') || Date.now() > deadline) {
        throw new HoldfastError(
          'THROWAWAY_FAILED',
          `Connecting to the throwaway server: ${messageOf(error)}. Its log: ${postmaster.logTail() || 'empty'}`,
          { cause: error },
        );
      }
    }
  }
}

async function run(connection: ThrowawayConnection, statements: readonly string[]): Promise<void> {
  await withClient(connection, async (client) => {
    for (const statement of statements) {
      try {
        await client.query(statement);
      } catch (error) {
        throw new HoldfastError(
          'THROWAWAY_FAILED',
          `Preparing the throwaway server: ${statement}: ${messageOf(error)}.`,
          {
            cause: error,
          },
        );
      }
    }
  });
}

async function withClient(connection: ThrowawayConnection, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = boundedClient({
    ...connection,
    ssl: false,
    // The driver would look for one in our environment and home directory. Our own server never asks for it.
    password: () => {
      throw new Error('it asks for a password, which a throwaway server never does');
    },
    connectionTimeoutMillis: 10_000,
    // Set so that the driver does not take PGOPTIONS from our environment.
    options: sessionOptions([['client_min_messages', 'warning']]),
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await emptySearchPath(client);
    await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
