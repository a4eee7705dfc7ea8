/** The globals stored beside a dump, with every role that the dump names. */
import { HoldfastError } from '../../core/errors.js';
import { dumpGlobals } from '../../postgres/globals.js';
import { parseGlobals } from '../../postgres/parse-globals.js';
import { roleNames } from '../../postgres/parsed-globals.js';
import type { BackupRequest } from './backup-request.js';
import type { Source } from './inspect-source.js';

/** Where roles come and go all the time, as on servers for tests, one reading in some is not of one moment. */
const TRIES = 5;

/**
 * Taken before the dump, so that a role dropped in the meantime is in them.
 *
 * @throws HoldfastError DUMP_FAILED for globals that no restore would accept; whatever {@link dumpGlobals} throws
 */
export async function globalsBefore(
  request: BackupRequest,
  source: Source,
  signal: AbortSignal | undefined,
): Promise<string> {
  const take = () =>
    dumpGlobals({ programs: source.programs, access: request.access, encoding: source.facts.encoding, signal });
  let reason: HoldfastError | undefined;
  // pg_dumpall does not read in one transaction: a role created in the meantime may have a membership but no CREATE ROLE.
  for (let tries = 0; tries < TRIES; tries += 1) {
    const globals = await take();
    reason = whyUnreadable(globals);
    if (!reason) return globals;
  }
  throw new HoldfastError('DUMP_FAILED', `Dumping roles and settings: ${reason?.message}`, {
    cause: reason,
    hint: "No backup was stored, because no restore would accept these globals. Update Holdfast, or PostgreSQL's client programs if they are older than 13.",
  });
}

function whyUnreadable(globals: string): HoldfastError | undefined {
  try {
    parseGlobals(globals);
    return undefined;
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
}

/**
 * The globals taken before the dump, or new ones if roles have been created since.
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
    `Dumping roles and settings: the dump names ${missing.join(', ')}, but the server has no such role: roles were created and dropped in the meantime.`,
    { hint: 'No backup was stored. Run it again at a time when no roles are being created or dropped.' },
  );
}

function missingRoles(globals: string, roles: readonly string[]): string[] {
  const known = roleNames(parseGlobals(globals));
  // PostgreSQL's own roles are made by initdb and appear in no globals.
  return roles.filter((role) => !role.startsWith('pg_') && !known.has(role));
}
