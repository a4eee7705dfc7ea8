/** Starts pg_dump in plain format. */
import { startProcess, type ProcessOptions, type RunningProcess } from '../core/child-process.js';
import { findProgram } from '../core/find-program.js';
import type { PostgresPrograms } from './client-programs.js';
import { conninfo } from '../syntax/libpq/connection-target.js';
import type { DatabaseAccess } from './connection.js';

export interface PgDumpOptions {
  readonly programs: PostgresPrograms;
  readonly access: DatabaseAccess;
  /** How long pg_dump waits for a lock on a table before it gives up, in milliseconds. */
  readonly lockWaitTimeoutMs: number;
  /**
   * The encoding to write in, as PostgreSQL names it. Without it pg_dump takes the client_encoding that the role, the
   * database or the environment sets. @default pg_dump's
   */
  readonly encoding?: string | undefined;
  /** pg_dump's patterns for `--schema`; all schemas when empty. @default [] */
  readonly schemas?: readonly string[];
  /** pg_dump's patterns for `--exclude-table-data`. @default [] */
  readonly excludeTableData?: readonly string[];
  /** How its session is called in pg_stat_activity. @default the target's application_name, else 'holdfast' */
  readonly applicationName?: string | undefined;
  /** Further options of pg_dump, such as `--schema-only`. */
  readonly extraArgs?: readonly string[];
  /** Set in the child's environment in addition to the access's. PGOPTIONS is appended to the target's options. */
  readonly extraEnvironment?: Readonly<Record<string, string>>;
  /** Run as this user of the operating system (needs root). */
  readonly user?: ProcessOptions['user'];
  readonly signal?: AbortSignal | undefined;
  readonly stdout?: ProcessOptions['stdout'];
  readonly onStderr?: ProcessOptions['onStderr'];
}

/**
 * Starts pg_dump; the dump comes out of its stdout. It is complete only if the exit status is 0 *and* the closing line
 * was seen: the first is known only after the last byte.
 *
 * @throws HoldfastError PROGRAM_MISSING, AUTHENTICATION_FAILED (no IAM token), the signal's error
 */
export async function startPgDump(options: PgDumpOptions): Promise<RunningProcess> {
  return (await preparePgDump(options))();
}

/**
 * Everything that takes time before pg_dump can start, such as a token to sign in with: what others change between the
 * export of a snapshot and pg_dump's locks has to be read again, so that time is short.
 *
 * @returns starts it, in an exported snapshot whose transaction is open until pg_dump has written something, and without
 *   the rows of further tables
 * @throws HoldfastError AUTHENTICATION_FAILED (no IAM token); errors of connecting
 */
export async function preparePgDump(
  options: PgDumpOptions,
): Promise<(snapshot?: string, excludeTableData?: readonly string[]) => RunningProcess> {
  const env = await options.access.childEnvironment();
  const { parameters: all, ...target } = await options.access.childTarget();
  const { options: sessionOptions, ...others } = all;
  const extra = { ...options.extraEnvironment };
  // In a conninfo, `options` would win over PGOPTIONS; so both travel the same way.
  if (sessionOptions) extra.PGOPTIONS = `${sessionOptions} ${extra.PGOPTIONS ?? ''}`.trimEnd();
  const name = options.applicationName ?? others.application_name;
  // Silent for as long as its output is not taken, and gateways drop silent connections after minutes.
  const parameters = { keepalives_idle: '30', ...others, ...(name !== undefined && { application_name: name }) };
  const [command = '', ...prefix] = await withLargeWrites(options.programs.program('pg_dump'), env);
  return (snapshot, excluded = []) =>
    startProcess({
      ...options.access.launch(command, [
        ...prefix,
        '--format=plain',
        '--no-password',
        `--lock-wait-timeout=${options.lockWaitTimeoutMs}`,
        ...(options.encoding ? [`--encoding=${options.encoding}`] : []),
        ...(options.schemas ?? []).map((pattern) => `--schema=${pattern}`),
        ...[...(options.excludeTableData ?? []), ...excluded].map((pattern) => `--exclude-table-data=${pattern}`),
        ...(snapshot ? [`--snapshot=${snapshot}`] : []),
        ...(options.extraArgs ?? []),
        '-d',
        conninfo({ ...target, parameters }),
      ]),
      env: { ...env, ...extra },
      user: options.user,
      signal: options.signal,
      stdout: options.stdout,
      onStderr: options.onStderr,
    });
}

/**
 * The command line that makes a program write its output in large pieces, where the system has `stdbuf`. pg_dump hands
 * its output to the system every few kilobytes, and each piece costs both sides a call: with large ones there are far
 * fewer. The bytes are the same, and the process is pg_dump itself, because stdbuf replaces itself with it.
 */
async function withLargeWrites(program: string, env: Readonly<Record<string, string>>): Promise<string[]> {
  const stdbuf = await findProgram('stdbuf', env);
  return stdbuf === undefined ? [program] : [stdbuf, '--output=256K', program];
}
