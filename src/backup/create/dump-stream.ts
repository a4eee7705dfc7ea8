/**
 * The bytes of a dump, with the commit gate at their end: the stream ends normally only when pg_dump exited 0, its
 * closing line was seen and every entry was closed. Code that stores the stream must commit only then.
 */
import { abortError } from '../../core/cancellation.js';
import { describeExit } from '../../core/child-process.js';
import { HoldfastError } from '../../core/errors.js';
import type { DumpReader } from '../../dump/dump-reader.js';
import type { DumpTotals } from '../../dump/entry.js';
import { FULL_HINT, FULL_WORDS } from '../../postgres/full-server.js';
import type { DumpProcess } from './dump-process.js';
import { insertTables, type LargeTables } from './insert-tables.js';
import { cutInto, PendingBytes } from '../storing/pending-bytes.js';
import type { Piece } from '../../dump/segments/segment.js';
import type { SegmentCutter } from '../../dump/segments/segment-cutter.js';

export interface DumpStreamOptions {
  /** A started pg_dump in plain format. */
  readonly dump: DumpProcess;
  /** Tables whose rows it leaves out. */
  readonly large?: LargeTables | undefined;
  /** Sees every byte before it is passed on. */
  readonly reader: DumpReader;
  /** What the reader tells of borders: the ends of segments come out among the bytes. */
  readonly cutter: SegmentCutter;
  /**
   * Called before each piece of the stream, of so many bytes, and at its end; the stream continues when the returned
   * promise resolves.
   */
  readonly onBatch?: (bytes: number) => Promise<void> | void;
  /** Called when the dump is complete, before the stream ends. */
  readonly onComplete: (totals: DumpTotals) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Bytes that are collected before they are passed on. pg_dump writes a few kilobytes at a time, and every piece costs a
 * trip through all the stages after this one.
 */
const BATCH_BYTES = 128 << 10;

/** What to do about what pg_dump says. */
const HINTS: ReadonlyArray<readonly [words: RegExp, hint: string]> = [
  [
    // As text a value takes twice its bytes, and a row must fit into 1 GB.
    /invalid memory alloc request size|Cannot enlarge string buffer/i,
    'A value of more than about 500 MB does not fit into a line of text: octet_length(column) > 500000000 finds its row. ' +
      "Keep it as a large object, or leave the table's rows out (--exclude-table-data). No backup was stored.",
  ],
  [
    /LOCK TABLE/,
    'Somebody is altering, truncating or dropping a table, or waiting to: pg_locks and pg_stat_activity show who. Nothing was stored; run it again, or give it more time (--lock-wait-timeout).',
  ],
  [FULL_WORDS, `No backup was stored. ${FULL_HINT}`],
];

/**
 * @throws HoldfastError from the iterator: DUMP_FAILED with pg_dump's words, DUMP_TRUNCATED, DUMP_MALFORMED,
 *   HOSTILE_DUMP; the signal's error. pg_dump is gone after any of them, and when the consumer stops early.
 */
export async function* dumpStream(options: DumpStreamOptions): AsyncGenerator<Piece, void, undefined> {
  const { reader, cutter, large, signal } = options;
  const { child, output } = options.dump;
  let done = false;
  try {
    const pending = new PendingBytes();
    let batch = 0;
    for await (const chunk of large ? insertTables(output, reader, large) : output) {
      reader.write(chunk);
      pending.add(chunk);
      batch += chunk.length;
      if (batch < BATCH_BYTES) continue;
      await options.onBatch?.(batch);
      batch = 0;
      yield* cutInto(pending, cutter);
      yield* pending.takeTo(cutter.certain(reader.progress.rawBytes));
    }
    await options.onBatch?.(batch);
    const exit = await child.exited;
    if (signal?.aborted) throw abortError(signal);
    if (exit.code !== 0) {
      const words = child.stderr();
      throw new HoldfastError('DUMP_FAILED', `pg_dump ${describeExit(exit)}${words ? `: ${words}` : '.'}`, {
        hint: HINTS.find(([pattern]) => pattern.test(words))?.[1],
      });
    }
    const totals = reader.end();
    yield* cutInto(pending, cutter);
    options.onComplete(totals);
    done = true;
  } catch (error) {
    if (signal?.aborted) throw abortError(signal);
    throw error;
  } finally {
    if (!done) await child.stop();
  }
}
