/** Starts psql for a script on its standard input. */
import { startProcess, type ProcessOptions, type RunningProcess } from '../core/child-process.js';
import type { PostgresPrograms } from './client-programs.js';
import { conninfo } from '../syntax/libpq/connection-target.js';
import type { DatabaseAccess } from './connection.js';

export interface PsqlOptions {
  readonly programs: PostgresPrograms;
  readonly access: DatabaseAccess;
  readonly signal?: AbortSignal | undefined;
  /** Where the results of queries go. A script full of `SELECT setval(…)` prints one for each. @default 'ignore' */
  readonly stdout?: ProcessOptions['stdout'];
  readonly onStderr?: ProcessOptions['onStderr'];
}

/**
 * Starts psql; it reads SQL from its stdin, ends at the first error with status 3, and prints no results.
 *
 * It opens no transaction: with `--single-transaction` psql commits when its input ends, and a truncated input ends
 * like a complete one. The caller writes BEGIN, and COMMIT only once it knows that all was written.
 *
 * @throws HoldfastError PROGRAM_MISSING, AUTHENTICATION_FAILED (no IAM token), the signal's error
 */
export async function startPsql(options: PsqlOptions): Promise<RunningProcess> {
  const env = await options.access.childEnvironment();
  const target = await options.access.childTarget();
  return startProcess({
    ...options.access.launch(options.programs.program('psql'), [
      ...['-X', '-q', '--no-password', '-v', 'ON_ERROR_STOP=1'],
      // Errors carry their SQLSTATE, and, with an explicit `-f -`, the line number.
      ...['-v', 'VERBOSITY=verbose', '-f', '-', '-d', conninfo(target)],
    ]),
    env,
    signal: options.signal,
    stdin: 'pipe',
    stdout: options.stdout ?? 'ignore',
    onStderr: options.onStderr,
  });
}
