/**
 * Reads a dump once to learn what its entries are about, before any of it is restored: where it has segments, without
 * the rows of large tables.
 */
import { MIB } from '../../../core/amounts.js';
import { DumpReader, type DumpObserver } from '../../../dump/dump-reader.js';
import type { TableDataEntry } from '../../../dump/entry.js';
import type { EntryHeader } from '../../../dump/entry-header.js';
import type { Decode } from '../../../dump/text-encoding.js';
import type { BackupContext } from '../../operation/context.js';
import { PartialDump, SkippedRows } from '../../stored/partial-dump.js';
import { readDump } from '../../stored/read-verified.js';
import type { StoredBackup } from '../../stored/stored-backup.js';
import { isSetting } from './is-setting.js';
import { outlineEntry, type OutlineEntry } from './outline-entry.js';

/** Statements longer than this are pieces of large objects, which are not searched for names. */
const MOST_STATEMENT_BYTES = 64 * MIB;

export interface Outline {
  /** In the dump's order. */
  readonly entries: readonly OutlineEntry[];
  /** How the dump is read without the large tables that are not chosen; undefined where all of it has to be. */
  readonly partial: PartialDump | undefined;
}

/**
 * What is read is checked against the manifest or the index of segments, so that damage in it is found before the target
 * is touched.
 *
 * @throws HoldfastError OBJECT_CORRUPT, DUMP_TRUNCATED, HOSTILE_DUMP …; the signal's error
 */
export async function readOutline(stored: StoredBackup, context: BackupContext): Promise<Outline> {
  const entries: OutlineEntry[] = [];
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
      const sibling = entries.at(-1);
      if (sibling?.ordinal === ordinal) entries.push({ ...sibling, header, entry });
      else entries.push(outlineEntry(ordinal, header, entry, current.statements, decode));
    },
  };
  const reader = new DumpReader(observer, undefined, stored.manifest.fingerprint.version);
  const partial = await PartialDump.open(stored, context);
  if (!partial) {
    await readDump(stored, reader, context);
    return { entries, partial };
  }
  for await (const piece of partial.read(() => false, context, progressOf(partial, stored, context))) {
    if (piece instanceof SkippedRows) {
      const ordinal = reader.skip(piece.entry);
      entries.push(outlineEntry(ordinal, headerOfRows(piece.entry), piece.entry, [], decode));
    } else reader.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
  }
  reader.end();
  return { entries, partial };
}

function headerOfRows({ type, schema, name, owner }: TableDataEntry): EntryHeader {
  return { data: true, type, schema, name, owner, tablespace: null };
}

function progressOf(partial: PartialDump, { manifest }: StoredBackup, { onProgress }: BackupContext) {
  const expectedBytes = partial.storedBytes(() => false);
  let bytes = 0;
  return (count: number) => {
    bytes += count;
    onProgress?.({ phase: 'check', database: manifest.database, bytes, expectedBytes });
  };
}
