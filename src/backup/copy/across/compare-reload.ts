/**
 * Dumps a copy with its own major's client, restores that into another database, and dumps that: the two dumps have to be the
 * same. Then what the new major has made of the definitions is something that it can keep.
 */
import type { RunningProcess } from '../../../core/child-process.js';
import { HoldfastError } from '../../../core/errors.js';
import type { Entry } from '../../../dump/entry.js';
import type { DatabaseAccess } from '../../../postgres/connection.js';
import { loadDump } from '../../load/load-dump.js';
import { compareEntries, type Difference } from '../compare-entries.js';
import { definitionsOfCopy, isOfLargeObject, type CopyAccess } from '../fingerprint-copy.js';

/** An empty database with the roles of the backup around it. */
export interface EmptyDatabase {
  readonly access: DatabaseAccess;
  /** A psql on it that takes SQL from its standard input; its stdout is a pipe. */
  startPsql(signal: AbortSignal | undefined): Promise<RunningProcess>;
}

/**
 * @param copy read as it was for the comparison with the backup
 * @throws HoldfastError DUMP_FAILED …; the signal's error
 */
export async function compareReload(
  copy: CopyAccess,
  empty: EmptyDatabase,
  server: { readonly isSuperuser: boolean },
): Promise<Difference[]> {
  const { signal } = copy;
  const written: Entry[] = [];
  try {
    await loadDump({
      content: definitionsOfCopy.stream(copy),
      psql: await empty.startPsql(signal),
      extensionComments: server.isSuperuser,
      onEntry: (entry) => written.push(entry),
      fingerprint: copy.fingerprint,
      signal,
    });
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === 'RESTORE_FAILED')) throw error;
    const reason = `what pg_dump ${copy.programs.version} wrote of the copy does not restore: ${error.message}`;
    return [{ type: 'RELOAD', schema: null, name: 'the definitions of the copy', reason }];
  }
  const again = await definitionsOfCopy.entries({ ...copy, access: empty.access });
  const { differences } = compareEntries(
    written.filter((entry) => !isOfLargeObject(entry)),
    again,
  );
  return differences.map((difference) => ({
    ...difference,
    reason: `is not the same once pg_dump ${copy.programs.version} has dumped the copy and that was restored: ${difference.reason}`,
  }));
}
