/** How much a dump that others made may hold: a few bytes can inflate without end. */
import { formatBytes, MIB } from '../../core/amounts.js';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';

export interface ForeignLimits {
  /** Of plain SQL. */
  readonly maxBytes: number;
  /** How many bytes of plain SQL one byte of the file may stand for. */
  readonly maxRatio: number;
}

/** gzip reaches 1,032 with nothing but the same byte; rows of real tables rarely reach 50. */
export const DEFAULT_LIMITS: ForeignLimits = { maxBytes: 2 ** 40, maxRatio: 200 };

/** Below that the ratio does not matter. */
const HARMLESS_BYTES = 64 * MIB;

/**
 * Passes on what a file inflates to.
 *
 * @param read how many bytes of the file have been read
 * @throws HoldfastError DUMP_TOO_LARGE
 */
export async function* withinLimits(
  plain: AsyncIterable<Uint8Array>,
  { name, read, limits }: { readonly name: string; readonly read: () => number; readonly limits: ForeignLimits },
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const piece of plain) {
    bytes += piece.length;
    if (bytes > limits.maxBytes) {
      throw tooLarge(name, `it holds more than ${formatBytes(limits.maxBytes)} of plain SQL, the limit (--max-size)`);
    }
    if (bytes > HARMLESS_BYTES && bytes > read() * limits.maxRatio) {
      const found = `${formatBytes(read())} of it have become ${formatBytes(bytes)}`;
      throw tooLarge(name, `${found}, more than ${limits.maxRatio} times as much, the limit (--max-ratio)`);
    }
    yield piece;
  }
}

function tooLarge(name: string, fault: string): HoldfastError {
  return new HoldfastError('DUMP_TOO_LARGE', `Reading ${quoted(name)} was stopped: ${fault}.`);
}
