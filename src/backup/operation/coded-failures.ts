import pg from 'pg';
import { abortError } from '../../core/cancellation.js';
import { HoldfastError, messageOf, systemCodeOf } from '../../core/errors.js';

/**
 * Runs one operation and gives every failure of a server or a connection its code: the driver throws its own errors,
 * and an abort, which cuts the connections, looks to it as if the server had gone away.
 *
 * @param what was being done: `Backing up db`
 * @throws the signal's error when aborted; HoldfastError QUERY_FAILED for what the driver throws; anything else
 *   unchanged
 */
export async function codeFailures<T>(
  what: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted) {
      const reason = abortError(signal);
      // An error that was built from it says more.
      throw error instanceof HoldfastError && error.cause === reason ? error : reason;
    }
    if (error instanceof HoldfastError || !isOfConnection(error)) throw error;
    throw new HoldfastError('QUERY_FAILED', `${what} failed: ${messageOf(error)}.`, { cause: error });
  }
}

/**
 * Whether it is the server's answer or a broken connection, which the driver reports in words or as the system does.
 */
function isOfConnection(error: unknown): boolean {
  if (error instanceof pg.DatabaseError || ['ECONNRESET', 'EPIPE'].includes(systemCodeOf(error) ?? '')) return true;
  return /^Connection terminated|^Client (?:was closed|has encountered)/.test(messageOf(error));
}
