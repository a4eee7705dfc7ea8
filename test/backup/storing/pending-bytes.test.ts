import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PendingBytes } from '../../../src/backup/storing/pending-bytes.js';
import { BufferPool, giveBack } from '../../../src/core/buffer-pool.js';

const PIECE = 256 << 10;

/** Bytes that differ from place to place. */
function fill(buffer: Buffer, start: number): Buffer {
  for (let index = 0; index < buffer.length; index += 4)
    buffer.writeUInt32LE(start + index, Math.min(index, buffer.length - 4));
  return buffer;
}

it('come out as they came in, whatever their size, and though their memory is used again as soon as it may be', () => {
  const size = fc.oneof(fc.integer({ min: 4, max: 5000 }), fc.constant(65_536), fc.constant(PIECE));
  const step = fc.record({ size, pooled: fc.boolean(), take: fc.double({ min: 0, max: 1, noNaN: true }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const pending = new PendingBytes();
      const pool = new BufferPool(PIECE);
      const [came, went]: [Buffer[], Buffer[]] = [[], []];
      let end = 0;
      for (const { size: bytes, pooled, take } of steps) {
        const chunk = pooled && bytes === PIECE ? pool.take() : Buffer.alloc(bytes);
        came.push(Buffer.from(fill(chunk, end)));
        end += bytes;
        pending.add(chunk);
        if (!pooled && bytes < PIECE) chunk.fill(0xff);
        for (const piece of pending.takeTo(pending.start + Math.floor((end - pending.start) * take))) {
          went.push(Buffer.from(piece));
          piece.fill(0xff);
          giveBack(piece);
        }
      }
      for (const piece of pending.takeTo(end)) went.push(Buffer.from(piece));
      expect(Buffer.concat(went).equals(Buffer.concat(came))).toBe(true);
      expect(() => [...pending.takeTo(end + 1)]).toThrow('fewer bytes');
    }),
    { numRuns: 60 },
  );
});
