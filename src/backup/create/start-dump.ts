/** A running pg_dump, in a snapshot whose tables are locked. */
import { once } from 'node:events';
import type { RunningProcess } from '../../core/child-process.js';
import { openLockedSnapshot } from '../../postgres/locked-snapshot.js';
import { startPgDump } from '../../postgres/pg-dump.js';
import type { BackupRequest } from './backup-request.js';
import type { Source } from './inspect-source.js';

export interface StartedDump {
  readonly child: RunningProcess;
  /** The exported snapshot that it reads in; null where pg_dump took its own. */
  readonly snapshot: string | null;
  /** Why it took its own. */
  readonly warning?: string;
}

/** A pooler, or a name that leads to several servers, may take pg_dump elsewhere than the session that exported it. */
const SNAPSHOT_UNKNOWN = /invalid snapshot identifier|snapshot "[^"]*" does not exist/;
const OWN_SNAPSHOT =
  'the database was not dumped in a snapshot taken after the locks, so a table that was truncated or rewritten just as the dump began may be empty in the backup.';

/**
 * Returns when pg_dump has ended, or has written something and therefore holds its locks.
 *
 * @throws HoldfastError DUMP_FAILED for a lock that is not acquired in time; errors of connecting; the signal's error
 */
export async function startDump(request: BackupRequest, source: Source, signal: AbortSignal): Promise<StartedDump> {
  const start = (snapshot?: string) =>
    startPgDump({
      ...request,
      programs: source.programs,
      encoding: source.facts.encoding,
      snapshot,
      // A schema that was renamed or mistyped would be left out silently.
      extraArgs: request.schemas.length > 0 ? ['--strict-names'] : [],
      signal,
    });
  const locked = await openLockedSnapshot(request.access, { ...request, signal });
  if (!locked)
    return { child: await start(), snapshot: null, warning: `The server exports no snapshot: ${OWN_SNAPSHOT}` };
  try {
    const child = await start(locked.id);
    await Promise.race([once(child.stdout, 'readable'), child.exited]).catch(() => {});
    if (child.stdout.readableLength > 0) return { child, snapshot: locked.id };
    // It has ended without a byte; its end has to be read.
    child.stdout.read();
    const exit = await child.exited;
    if (exit.code === 0 || !SNAPSHOT_UNKNOWN.test(child.stderr())) return { child, snapshot: locked.id };
  } finally {
    await locked.release();
  }
  const warning = `pg_dump reached a different server than the session before it, or a pooler: ${OWN_SNAPSHOT}`;
  return { child: await start(), snapshot: null, warning };
}
