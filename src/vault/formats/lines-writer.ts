/** Storing records as they come: record → JSON line → gzip → store, with little memory for any number of them. */
import { createHash } from 'node:crypto';
import { createGzip, type Gzip } from 'node:zlib';
import { HoldfastError } from '../../core/errors.js';
import type { ObjectStore, PutOptions, StoredObject } from '../object-store.js';

/** Bytes of lines that are collected before they are compressed. */
const BATCH_BYTES = 64 << 10;

export interface StoredLines {
  readonly object: StoredObject;
  readonly lines: number;
  /** Bytes before compression. */
  readonly rawBytes: number;
  /** SHA-256 before compression, hex. */
  readonly rawSha256: string;
}

export interface LinesWriter<Line> {
  /** Takes the next record; resolves when there is room for another. Throws what the store threw. */
  write(record: Line): Promise<void>;
  /** Ends the object: only now does it come into being. Errors as for `ObjectStore.put`. */
  finish(): Promise<StoredLines>;
  /** Gives up: no object is left behind. Never fails; harmless after the end. */
  abort(): Promise<void>;
}

/**
 * Begins to store records under `key`. The caller must end with `finish` or `abort`.
 *
 * @param options as for `ObjectStore.put`
 */
export function openLinesWriter<Line>(store: ObjectStore, key: string, options: PutOptions = {}): LinesWriter<Line> {
  const gzip = createGzip({ chunkSize: BATCH_BYTES });
  const hash = createHash('sha256');
  let failure: { readonly error: unknown } | undefined;
  let count = 0;
  let rawBytes = 0;
  let pending = '';

  // Its error reaches the caller through the store, which reads it; without this it would end the process as well.
  gzip.on('error', () => {});
  const stored = store.put(key, gzip as AsyncIterable<Uint8Array>, options);
  stored.catch((error: unknown) => {
    failure = { error };
    // Wakes a writer that is waiting for room.
    gzip.destroy();
  });

  const flush = async () => {
    const batch = Buffer.from(pending);
    pending = '';
    hash.update(batch);
    rawBytes += batch.length;
    if (failure) throw failure.error;
    if (gzip.write(batch)) return;
    await roomOrEnd(gzip);
    // Read again: the wait may have ended with a failure.
    const after = failure as { readonly error: unknown } | undefined;
    if (after) throw after.error;
  };

  return {
    async write(record) {
      if (failure) throw failure.error;
      pending += `${JSON.stringify(record)}\n`;
      count++;
      if (pending.length >= BATCH_BYTES) await flush();
    },
    async finish() {
      if (pending !== '') await flush();
      gzip.end();
      const object = await stored;
      return { object, lines: count, rawBytes, rawSha256: hash.digest('hex') };
    },
    async abort() {
      gzip.destroy(new HoldfastError('INTERRUPTED', 'What was being stored was given up.'));
      await stored.catch(() => {});
    },
  };
}

/** Resolves when `gzip` accepts more or has been destroyed. */
function roomOrEnd(gzip: Gzip): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      gzip.off('drain', done).off('close', done);
      resolve();
    };
    gzip.on('drain', done).on('close', done);
    if (gzip.destroyed) done();
  });
}
