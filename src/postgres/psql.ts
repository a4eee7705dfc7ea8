/** Starts psql for a script on its standard input. */
import { startProcess, type ProcessOptions, type RunningProcess } from '../core/child-process.js';
import type { PostgresPrograms } from './client-programs.js';
import { conninfo } from '../libpq/connection-target.js';
import type { DatabaseAccess } from './connection.js';

export interface PsqlOptions {
  readonly programs: PostgresPrograms;
  readonly access: DatabaseAccess;
  /** The child's whole environment in place of the access's: for a psql that must not see our credentials. */
  readonly env?: Readonly<Record<string, string>>;
  /** Run as this user of the operating system (needs root). */
  readonly user?: ProcessOptions['user'];
  readonly signal?: AbortSignal | undefined;
  /** Where the results of queries go. A script full of `SELECT setval(…)` prints one for each. @default 'ignore' */
  readonly stdout?: ProcessOptions['stdout'];
  readonly onStderr?: ProcessOptions['onStderr'];
}

/**
 * Starts psql; it reads SQL from its stdin, ends at the first error with status 3, and prints no results.
 *
 * It opens no transaction: with `--single-transaction` psql commits when its input ends, and an input that was cut
 * short ends like a complete one. The caller writes BEGIN, and COMMIT only once it knows that all was written.
 *
 * @throws HoldfastError PROGRAM_MISSING, AUTHENTICATION_FAILED (no IAM token), the signal's error
 */
export async function startPsql(options: PsqlOptions): Promise<RunningProcess> {
  const env = options.env ?? (await options.access.childEnvironment());
  const target = await options.access.childTarget();
  return startProcess({
    command: options.programs.program('psql'),
    args: [
      ...['-X', '-q', '--no-password', '-v', 'ON_ERROR_STOP=1'],
      // Errors carry their SQLSTATE, and with `-f -` rather than none the line number.
      ...['-v', 'VERBOSITY=verbose', '-f', '-', '-d', conninfo(target)],
    ],
    env,
    user: options.user,
    // Another user may not be able to enter our working directory.
    cwd: options.user ? '/' : undefined,
    signal: options.signal,
    stdin: 'pipe',
    stdout: options.stdout ?? 'ignore',
    onStderr: options.onStderr,
  });
}
