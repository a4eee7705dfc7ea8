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
  /** An exported snapshot to read in, from a transaction that is kept open until the end. */
  readonly snapshot?: string | undefined;
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
  const env = await options.access.childEnvironment();
  const { parameters: all, ...target } = await options.access.childTarget();
  const { options: sessionOptions, ...parameters } = all;
  const extra = { ...options.extraEnvironment };
  // In a conninfo, `options` would win over PGOPTIONS; so both travel the same way.
  if (sessionOptions) extra.PGOPTIONS = `${sessionOptions} ${extra.PGOPTIONS ?? ''}`.trimEnd();
  const [command = '', ...prefix] = await withLargeWrites(options.programs.program('pg_dump'), env);
  return startProcess({
    ...options.access.launch(command, [
      ...prefix,
      '--format=plain',
      '--no-password',
      `--lock-wait-timeout=${options.lockWaitTimeoutMs}`,
      ...(options.encoding ? [`--encoding=${options.encoding}`] : []),
      ...(options.schemas ?? []).map((pattern) => `--schema=${pattern}`),
      ...(options.excludeTableData ?? []).map((pattern) => `--exclude-table-data=${pattern}`),
      ...(options.snapshot ? [`--snapshot=${options.snapshot}`] : []),
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
