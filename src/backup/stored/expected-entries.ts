import { HoldfastError } from '../../core/errors.js';
import { requireHeap } from '../../core/memory.js';
import type { Entry } from '../../dump/entry.js';
import { MOST_ENTRIES_BYTES, readEntries } from '../../vault/formats/entries-reader.js';
import type { BackupContext } from '../operation/context.js';
import { readVerified } from './read-verified.js';
import type { StoredBackup } from './stored-backup.js';

/** The least that pg_dump writes for an entry: the comment of its header. */
const LEAST_BYTES_IN_DUMP = 32;

/** Bytes of heap per byte of an entry's line; measured: 2.1. */
const HEAP_OF_BYTE = 3;

/**
 * The entries from the backup's entries file, checked against the manifest. Only after the last one is it known that
 * all of them are right.
 *
 * @param progress called with the number of bytes of each piece read
 * @throws HoldfastError OBJECT_CORRUPT, OBJECT_MISSING, VAULT_UNREADABLE; the signal's error
 */
export async function* streamExpectedEntries(
  stored: StoredBackup,
  context: Pick<BackupContext, 'store' | 'signal'>,
  progress?: (bytes: number) => void,
): AsyncGenerator<Entry> {
  const { signal } = context;
  let readToTheEnd = false;
  const verified = {
    async *get() {
      yield* readVerified(context.store, stored.entries, { signal, progress });
      readToTheEnd = true;
    },
  };
  const { entries, rawBytes: dumpBytes } = stored.manifest.totals;
  if (entries * LEAST_BYTES_IN_DUMP > dumpBytes) {
    throw new HoldfastError(
      'MANIFEST_INVALID',
      `The manifest ${stored.backup.manifestKey} says that a dump of ${dumpBytes} bytes holds ${entries} entries, which is impossible.`,
    );
  }
  const { rawBytes } = stored.entries;
  const options = { expectedSha256: stored.manifest.entriesSha256, rawBytes, mostRecords: entries, signal };
  yield* readEntries(verified, stored.entries.key, options);
  // Decompression stops at the end of the gzip file, and with it the reading: bytes after that end were not seen.
  if (!readToTheEnd) {
    throw new HoldfastError('OBJECT_CORRUPT', `The object ${stored.entries.key} has bytes after its end.`);
  }
}

/**
 * Called before entries are held in memory. A manifest that claims an impossible size is left to the reader, which
 * refuses it.
 *
 * @throws HoldfastError OUT_OF_MEMORY
 */
export function requireRoom(backups: readonly StoredBackup[]): void {
  const entries = backups.map((backup) => backup.entries).filter(({ rawBytes }) => rawBytes <= MOST_ENTRIES_BYTES);
  const bytes = entries.reduce((sum, { rawBytes }) => sum + rawBytes, 0);
  requireHeap(bytes * HEAP_OF_BYTE, `Holding the entries ${entries.map(({ key }) => key).join(' and ')}`);
}

/** All of them at once; errors as for {@link streamExpectedEntries}, and OUT_OF_MEMORY where they would not fit. */
export async function readExpectedEntries(
  stored: StoredBackup,
  context: Pick<BackupContext, 'store' | 'signal'>,
  progress?: (bytes: number) => void,
): Promise<Entry[]> {
  requireRoom([stored]);
  const entries: Entry[] = [];
  for await (const entry of streamExpectedEntries(stored, context, progress)) entries.push(entry);
  return entries;
}
