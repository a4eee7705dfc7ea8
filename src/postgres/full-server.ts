/**
 * A server, a database or a role that has no connection left. One that has just been closed counts until its process has
 * ended, which the client does not see: a role with CONNECTION LIMIT 1 may have to knock twice.
 */
import pg from 'pg';
import { sleep } from '../core/cancellation.js';
import { HoldfastError, messageOf } from '../core/errors.js';

const TOO_MANY_CONNECTIONS = '53300';
/** The same from programs, which do not pass the code on. */
export const FULL_WORDS =
  /too many connections for (?:role|database)|too many clients already|connection slots are reserved/;

/** A backup's needs, as that is what a role is made for that may have few. */
export const FULL_HINT =
  'There is no connection left for this role, this database or this server. A backup needs one, and two while it begins or with --give-way; databases that are backed up at the same time (--concurrency) add up.';

/** The pauses between the attempts, in milliseconds. */
const PAUSES = [20, 50, 100, 200, 500, 1000, 2000];

/** Whether an error, or what a program wrote, says that the server takes no further connection. */
export function isFull(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code === TOO_MANY_CONNECTIONS;
  if (typeof error === 'string') return FULL_WORDS.test(error);
  return error instanceof HoldfastError && (isFull(error.cause) || FULL_WORDS.test(messageOf(error)));
}

/** Does the work again as long as the server is full, for a few seconds. @throws what the work throws at last */
export async function whileFull<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await work();
    } catch (error) {
      if (!isFull(error)) throw error;
      await sleep(pause, signal);
    }
  }
  return work();
}
