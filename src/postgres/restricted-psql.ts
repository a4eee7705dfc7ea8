/**
 * Whether a psql knows `\restrict`, under which it refuses every other command of its own (CVE-2025-8714).
 *
 * The reader refuses whatever psql would take for a command. But a function of the dump that runs while it is restored
 * can change the session's client_encoding or standard_conforming_strings, psql follows what the server reports about
 * them, and then reads the subsequent strings differently from the reader. Only psql can refuse what it then sees.
 */
import { runProcess } from '../core/child-process.js';
import { HoldfastError } from '../core/errors.js';
import type { PostgresPrograms } from './client-programs.js';

/**
 * Asks the program itself, because distributions backport fixes into older versions, and a directory may hold programs
 * of several versions.
 *
 * @throws HoldfastError PROGRAM_MISSING, PROGRAM_FAILED; the signal's error
 */
export async function knowsRestrict(programs: PostgresPrograms, signal?: AbortSignal): Promise<boolean> {
  const command = programs.program('psql');
  const { stdout } = await runProcess({ command, args: ['--help=commands'], env: { LC_ALL: 'C' }, signal });
  return /^\s*\\restrict\b/m.test(stdout);
}

/** @throws HoldfastError PSQL_UNPATCHED for a psql that a hostile dump could make run commands */
export async function requireRestrict(programs: PostgresPrograms, signal?: AbortSignal): Promise<void> {
  if (!(await knowsRestrict(programs, signal))) throw unpatched(programs);
}

export function unpatched(programs: Pick<PostgresPrograms, 'directory' | 'version'>): HoldfastError {
  return new HoldfastError(
    'PSQL_UNPATCHED',
    `The psql in ${programs.directory} (${programs.version}) does not know \\restrict: a hostile dump could run commands through it as you (CVE-2025-8714).`,
  );
}
