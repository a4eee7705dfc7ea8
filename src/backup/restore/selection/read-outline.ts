/** Reads a dump once to learn what its entries are about, before any of it is restored. */
import { MIB } from '../../../core/amounts.js';
import { DumpReader, type DumpObserver } from '../../../dump/dump-reader.js';
import type { EntryHeader } from '../../../dump/entry-header.js';
import type { Decode } from '../../../dump/text-encoding.js';
import type { BackupContext } from '../../operation/context.js';
import { readDump } from '../../stored/read-verified.js';
import type { StoredBackup } from '../../stored/stored-backup.js';
import { isSetting } from './is-setting.js';
import { outlineEntry, type OutlineEntry } from './outline-entry.js';

/** Statements longer than this are pieces of large objects, which are not searched for names. */
const MOST_STATEMENT_BYTES = 64 * MIB;

/**
 * The entries of the dump in its order. The whole object is read and checked against the manifest, so that a damaged
 * backup is found before the target is touched.
 *
 * @throws HoldfastError OBJECT_CORRUPT, DUMP_TRUNCATED, HOSTILE_DUMP …; the signal's error
 */
export async function readOutline(stored: StoredBackup, context: BackupContext): Promise<OutlineEntry[]> {
  const outline: OutlineEntry[] = [];
  let ordinal = 0;
  let current: { header: EntryHeader; statements: Buffer[] } | undefined;
  let decode: Decode = (bytes) => Buffer.from(bytes).toString('utf8');
  const observer: DumpObserver = {
    header: (header, number) => {
      ordinal = number;
      current = { header, statements: [] };
    },
    statement: (text, header, decodeText) => {
      decode = decodeText;
      if (!header || !current || isSetting(text)) return;
      // A header with several readings is understood only by its statement.
      current.header = header;
      if (header.type === 'BLOBS' || text.length > MOST_STATEMENT_BYTES) return;
      // A copy: the piece belongs to the chunk, which would be kept as a whole.
      current.statements.push(Buffer.from(text));
    },
    entry: (entry) => {
      if (!current) return;
      // Large objects share headers, and with them their statements.
      const header = { ...current.header, type: entry.type, name: entry.name };
      const sibling = outline.at(-1);
      if (sibling?.ordinal === ordinal) outline.push({ ...sibling, header, entry });
      else outline.push(outlineEntry(ordinal, header, entry, current.statements, decode));
    },
  };
  const reader = new DumpReader(observer, undefined, stored.manifest.fingerprint.version);
  await readDump(stored, reader, context);
  return outline;
}
