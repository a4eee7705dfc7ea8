/** Reads dumps for tests: whole, in given pieces, and as a list of what the scanner saw. */
import { DumpReader } from '../../src/dump/dump-reader.js';
import type { DumpTotals, Entry } from '../../src/dump/entry.js';
import { RowHash } from '../../src/dump/row-hash.js';
import { SqlScanner } from '../../src/dump/sql-scanner.js';
import { HoldfastError, type ErrorCode } from '../../src/core/errors.js';

export interface ReadResult {
  readonly entries: Entry[];
  readonly totals: DumpTotals;
}

/** Reads a dump that comes in these pieces, each in the same memory. @throws HoldfastError as the reader does */
export function readPieces(pieces: Iterable<Buffer>): ReadResult {
  const entries: Entry[] = [];
  const reader = new DumpReader({ entry: (entry) => entries.push(entry) });
  let memory = Buffer.alloc(0);
  for (const piece of pieces) {
    if (memory.length < piece.length) memory = Buffer.alloc(piece.length);
    memory.fill('x').set(piece);
    reader.write(memory.subarray(0, piece.length));
  }
  return { entries, totals: reader.end() };
}

export function readDump(dump: string | Buffer): ReadResult {
  return readPieces([Buffer.from(dump as string)]);
}

/** What reading a dump is refused with; undefined when it is not. */
export function refusal(dump: string | Buffer, ...more: Buffer[]): ErrorCode | undefined {
  try {
    readPieces([Buffer.from(dump as string), ...more]);
    return undefined;
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    throw error;
  }
}

/**
 * What the scanner reports, one line an event: its kind and its text. Rows of a table are joined into one event.
 *
 * @param events is filled, so that the events before an error can be seen
 */
export function scanEvents(pieces: Iterable<Buffer>, events: string[] = []): string[] {
  const rowHash = new RowHash();
  let rows = '';
  const flush = () => {
    if (rows !== '') events.push(`rows ${rows}`);
    rows = '';
  };
  const event = (kind: string) => (text: Buffer) => {
    flush();
    events.push(`${kind} ${text.toString('latin1')}`);
  };
  const scanner = new SqlScanner({
    statement: event('statement'),
    comment: event('comment'),
    command: event('command'),
    rows: (chunk, start) => {
      const end = rowHash.consume(chunk, start);
      rows += chunk.toString('latin1', start, end < 0 ? chunk.length : end);
      return end;
    },
  });
  for (const piece of pieces) scanner.write(piece);
  scanner.end();
  flush();
  return events;
}

/** The pieces between these positions; positions may repeat, which makes empty pieces. */
export function cutAt(dump: Buffer, positions: readonly number[]): Buffer[] {
  const sorted = [0, ...positions.toSorted((a, b) => a - b), dump.length];
  // Copies: what a reader keeps of one piece must not depend on the memory of the next.
  return sorted.slice(1).map((end, index) => Buffer.from(dump.subarray(sorted[index], end)));
}
