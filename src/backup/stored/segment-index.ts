/** The index of a dump's segments, read from the vault and checked against the manifest. */
import { HoldfastError } from '../../core/errors.js';
import { requireHeap } from '../../core/memory.js';
import type { Framing, Segment } from '../../dump/segments/segment.js';
import { bytesBefore } from '../../dump/segments/stored-segments.js';
import { readLines } from '../../vault/formats/lines-reader.js';
import { MOST_SEGMENTS_BYTES, segmentsFormat } from '../../vault/formats/segments.js';
import type { BackupContext } from '../operation/context.js';
import { readVerified } from './read-verified.js';
import type { ManifestPart, StoredBackup } from './stored-backup.js';

export interface SegmentIndex {
  readonly framing: Framing;
  /** In the order of the dump, without gaps; at least one. */
  readonly segments: readonly Segment[];
}

/** Bytes of heap per byte of a line. */
const HEAP_OF_BYTE = 3;

/**
 * @param part the one with the index
 * @param progress called with the number of bytes of each piece read
 * @throws HoldfastError OBJECT_CORRUPT, OBJECT_MISSING, VAULT_UNREADABLE, OUT_OF_MEMORY; the signal's error
 */
export async function readSegmentIndex(
  stored: StoredBackup,
  part: ManifestPart,
  { store, signal }: Pick<BackupContext, 'store' | 'signal'>,
  progress?: (bytes: number) => void,
): Promise<SegmentIndex> {
  const { key, rawBytes, rawSha256 } = part;
  requireHeap(Math.min(rawBytes, MOST_SEGMENTS_BYTES) * HEAP_OF_BYTE, `Holding the segments ${key}`);
  let readToTheEnd = false;
  const verified = {
    async *get() {
      yield* readVerified(store, part, { signal, progress });
      readToTheEnd = true;
    },
  };
  let framing: Framing | undefined;
  const segments: Segment[] = [];
  let line = 0;
  for await (const record of readLines(verified, key, segmentsFormat, {
    expectedSha256: rawSha256,
    rawBytes,
    signal,
  })) {
    line++;
    if ((record.kind === 'index') !== (line === 1)) throw corrupt(key, `line ${line} is a line of kind ${record.kind}`);
    if (record.kind === 'index') framing = record.framing;
    else segments.push(record);
  }
  // Decompression stops at the end of the gzip file, and with it the reading: bytes after that end were not seen.
  if (!readToTheEnd) throw corrupt(key, 'there are bytes after its end');
  if (framing === undefined || segments.length === 0) throw corrupt(key, 'it names no segments');
  const index = { framing, segments };
  const fault = faultOf(index, stored);
  if (fault !== undefined) throw corrupt(key, fault);
  return index;
}

/** Where the index does not describe a dump as the manifest has it. */
function faultOf({ framing, segments }: SegmentIndex, { manifest, dump }: StoredBackup): string | undefined {
  const { method } = manifest.compression;
  if (method !== (framing === 'deflate' ? 'gzip' : framing)) {
    return `its framing is ${framing}, and the manifest says that the dump is compressed with ${method}`;
  }
  let rawEnd = 0;
  let storedEnd = bytesBefore(framing);
  for (const [position, { rawOffset, rawBytes, storedOffset, storedBytes }] of segments.entries()) {
    if (rawOffset !== rawEnd || storedOffset !== storedEnd) {
      return `segment ${position + 1} does not begin where the one before it ends`;
    }
    rawEnd += rawBytes;
    storedEnd += storedBytes;
  }
  const { rawBytes } = manifest.totals;
  if (rawEnd !== rawBytes) return `its segments hold ${rawEnd} bytes, and the manifest says ${rawBytes}`;
  const fits = framing === 'none' ? storedEnd === dump.storedBytes : storedEnd < dump.storedBytes;
  return fits ? undefined : `its segments end at byte ${storedEnd} of the ${dump.storedBytes} of the dump`;
}

function corrupt(key: string, fault: string): HoldfastError {
  return new HoldfastError('OBJECT_CORRUPT', `Reading the segments ${key} failed: ${fault}.`);
}
