/** A stored dump, read as a check and a drill read it: by its segments, where it has an index of them. */
import type { BorderWatcher } from '../../dump/segments/border-watcher.js';
import { SegmentFollower } from '../../dump/segments/segment-follower.js';
import type { BackupContext } from '../operation/context.js';
import type { Contradiction } from './contradictions.js';
import { readSegments } from './read-segments.js';
import { readContent } from './read-verified.js';
import { readSegmentIndex } from './segment-index.js';
import type { StoredBackup } from './stored-backup.js';

export interface CheckedDump {
  /** The plain dump; errors as for `readContent`. */
  readonly content: AsyncIterable<Uint8Array>;
  /** For the reader of the dump. */
  readonly borders?: BorderWatcher;
  /** Where the dump contradicts its index; to be called when the reader has reached its end. */
  contradictions(): readonly Contradiction[];
}

/**
 * @param progress called with the number of stored bytes of each piece read
 * @throws HoldfastError as for `readSegmentIndex`
 */
export async function openCheckedDump(
  stored: StoredBackup,
  context: BackupContext,
  progress?: (bytes: number) => void,
): Promise<CheckedDump> {
  if (!stored.segments) return plainDump(stored, context, progress);
  const { store, env, signal } = context;
  const index = await readSegmentIndex(stored, stored.segments, context, progress);
  const follower = new SegmentFollower(index.segments);
  return {
    content: readSegments(store, stored.dump, index, { env, signal, progress }),
    borders: follower,
    contradictions: () =>
      follower.contradictions.map(({ segment, reason }) => ({
        type: 'SEGMENT',
        schema: null,
        name: String(segment),
        reason,
      })),
  };
}

/** The same without looking at an index. */
export function plainDump(
  { manifest, dump }: StoredBackup,
  { store, env, signal }: BackupContext,
  progress?: (bytes: number) => void,
): CheckedDump {
  const { method } = manifest.compression;
  return { content: readContent(store, dump, { method, env, signal, progress }), contradictions: () => [] };
}
