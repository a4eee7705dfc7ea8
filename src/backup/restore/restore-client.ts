import { chooseClient, vulnerableMinor } from '../../postgres/client-choice.js';
import type { PostgresPrograms } from '../../postgres/client-programs.js';

/**
 * The programs that restore into a server, and read it again: those that could dump it.
 *
 * @throws HoldfastError PROGRAM_MISSING, CLIENT_TOO_OLD
 */
export function chooseRestoreClient(
  installed: readonly PostgresPrograms[],
  versionNum: number,
): { readonly programs: PostgresPrograms; readonly notes: readonly string[] } {
  // What chooseClient notes is about dumps that are to be kept; these are read and forgotten.
  const { programs } = chooseClient(installed, versionNum);
  const vulnerable = vulnerableMinor(programs.versionNum);
  return { programs, notes: vulnerable ? [`psql ${programs.version}: ${vulnerable}`] : [] };
}
