import { chooseClient, vulnerableMinor } from '../../postgres/client-choice.js';
import type { PostgresPrograms } from '../../postgres/client-programs.js';
import { knowsRestrict, unpatched } from '../../postgres/restricted-psql.js';

export interface RestoreClient {
  readonly programs: PostgresPrograms;
  /** Whether this psql can refuse meta-commands in its input. */
  readonly restricted: boolean;
  readonly notes: readonly string[];
}

/**
 * The programs that restore into a server and read it back: those that could dump it, with a psql that a dump cannot
 * make run commands.
 *
 * @param options `allowUnpatched`: accepts a psql that does not know `\restrict` if there is no other
 * @throws HoldfastError PROGRAM_MISSING, CLIENT_TOO_OLD, PSQL_UNPATCHED
 */
export async function chooseRestoreClient(
  installed: readonly PostgresPrograms[],
  versionNum: number,
  options: { readonly allowUnpatched?: boolean; readonly signal?: AbortSignal | undefined } = {},
): Promise<RestoreClient> {
  // The notes of chooseClient are about dumps that are kept; these are read and discarded.
  const { programs: first } = chooseClient(installed, versionNum, 'restore');
  const major = Math.floor(versionNum / 10_000);
  const others = installed.filter((other) => other !== first && other.has('pg_dump') && other.major >= major);
  for (const programs of [first, ...others]) {
    if (await knowsRestrict(programs, options.signal)) return withNotes(programs, true);
  }
  if (!options.allowUnpatched) throw unpatched(first);
  return withNotes(first, false);
}

function withNotes(programs: PostgresPrograms, restricted: boolean): RestoreClient {
  const vulnerable = vulnerableMinor(programs.versionNum);
  const notes = vulnerable ? [`psql ${programs.version}: ${vulnerable}`] : [];
  if (!restricted) {
    notes.unshift(
      `Restored by a psql that does not know \\restrict, as --allow-unpatched-psql allows: code in the dump could have made it run commands as you.`,
    );
  }
  return { programs, restricted, notes };
}
