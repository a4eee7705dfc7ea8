/** The globals beside a dump: with every role that the dump names. */
import { HoldfastError } from '../../core/errors.js';
import { dumpGlobals } from '../../postgres/globals.js';
import { parseGlobals, roleNames } from '../../postgres/parse-globals.js';
import type { BackupJob } from './backup-job.js';
import type { Source } from './inspect-source.js';

/** Taken before the dump: a role that is dropped meanwhile is in them. */
export function globalsBefore(job: BackupJob, source: Source, signal: AbortSignal): Promise<string> {
  return dumpGlobals({ programs: source.programs, access: job.access, encoding: source.facts.encoding, signal });
}

/**
 * Those from before, or new ones where roles were made since.
 *
 * @param roles that the dump names
 * @throws HoldfastError DUMP_FAILED when neither has all of them
 */
export async function globalsWith(
  roles: readonly string[],
  before: string,
  takeAgain: () => Promise<string>,
): Promise<string> {
  if (missingRoles(before, roles).length === 0) return before;
  const after = await takeAgain();
  const missing = missingRoles(after, roles);
  if (missing.length === 0) return after;
  throw new HoldfastError(
    'DUMP_FAILED',
    `Dumping roles and settings: the dump names ${missing.join(', ')}, and the server has no such role: roles came and went meanwhile.`,
    { hint: 'No backup was stored. Run it again at a time when no roles are made and dropped.' },
  );
}

function missingRoles(globals: string, roles: readonly string[]): string[] {
  const known = roleNames(parseGlobals(globals));
  // PostgreSQL's own are made by initdb, and in no globals.
  return roles.filter((role) => !role.startsWith('pg_') && !known.has(role));
}
