/** Reads a stored dump through a reader of entries, and checks its bytes against the manifest. */
import type { DumpReader } from '../dump/dump-reader.js';
import type { BackupContext } from './context.js';
import { readContent } from './read-verified.js';
import type { StoredBackup } from './stored-backup.js';

/** @throws HoldfastError OBJECT_CORRUPT, OBJECT_MISSING, DUMP_TRUNCATED … of the dump; the signal's error */
export async function readDump(
  { manifest, dump }: StoredBackup,
  reader: DumpReader,
  { store, signal, env, onProgress }: BackupContext,
): Promise<void> {
  let storedBytes = 0;
  const progress = (bytes: number) => {
    storedBytes += bytes;
    const { database } = manifest;
    onProgress?.({ phase: 'check', database, bytes: storedBytes, expectedBytes: dump.storedBytes });
  };
  const content = readContent(store, dump, { method: manifest.compression.method, env, signal, progress });
  for await (const chunk of content) {
    reader.write(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }
  reader.end();
}
