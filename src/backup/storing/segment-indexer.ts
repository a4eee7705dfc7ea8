/** Stores the index of a dump's segments while they are stored themselves. */
import type { Framing, Segment } from '../../dump/segments/segment.js';
import { openLinesWriter, type StoredLines } from '../../vault/formats/lines-writer.js';
import type { SegmentsRecord } from '../../vault/formats/segments.js';
import type { ObjectStore } from '../../vault/object-store.js';

export interface SegmentIndexer {
  readonly add: (segment: Segment) => void;
  /** Hands over the segments that have come since the last call. */
  drain(): Promise<void>;
  /** Ends the object; errors as for `ObjectStore.put`. */
  finish(): Promise<StoredLines>;
  /** Gives up: no object is left behind. Never fails. */
  abort(): Promise<void>;
}

/** The caller must end with `finish` or `abort`. */
export function openSegmentIndexer(
  store: ObjectStore,
  key: string,
  framing: Framing,
  signal: AbortSignal,
): SegmentIndexer {
  const writer = openLinesWriter<SegmentsRecord>(store, key, { signal });
  let records: SegmentsRecord[] = [{ kind: 'index', framing }];
  const drain = async () => {
    const batch = records;
    records = [];
    for (const record of batch) await writer.write(record);
  };
  return {
    add: (segment) => void records.push({ kind: 'segment', ...segment }),
    drain,
    finish: async () => {
      await drain();
      return writer.finish();
    },
    abort: () => writer.abort(),
  };
}
