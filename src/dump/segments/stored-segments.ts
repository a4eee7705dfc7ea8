/** The last stage of a dump that is stored in segments: notes where each of them comes to lie. */
import { createHash } from 'node:crypto';
import { SegmentEnd, type Framing, type Piece, type Segment } from './segment.js';

/** Bytes of a stored dump before its first segment: the header of the gzip member that holds all of them. */
export function bytesBefore(framing: Framing): number {
  return framing === 'deflate' ? 10 : 0;
}

/** Passes on the stored bytes, and calls `onSegment` for each segment when its last byte has been passed on. */
export async function* noteSegments(
  pieces: AsyncIterable<Piece>,
  framing: Framing,
  onSegment: (segment: Segment) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const start = bytesBefore(framing);
  let offset = 0;
  let storedOffset = start;
  let hash = createHash('sha256');
  for await (const piece of pieces) {
    if (piece instanceof SegmentEnd) {
      onSegment({
        ...piece.content,
        storedOffset,
        storedBytes: offset - storedOffset,
        sha256: hash.digest('hex'),
      });
      storedOffset = offset;
      hash = createHash('sha256');
      continue;
    }
    const skipped = Math.max(0, start - offset);
    if (skipped < piece.length) hash.update(skipped === 0 ? piece : piece.subarray(skipped));
    offset += piece.length;
    yield piece;
  }
}
