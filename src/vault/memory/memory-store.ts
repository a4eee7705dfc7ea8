/** A vault in memory, for tests: the same contract as the real ones, gone with the process. */
import { createHash } from 'node:crypto';
import { abortError, throwIfAborted } from '../../core/cancellation.js';
import { systemClock, type Clock } from '../../core/clock.js';
import { HoldfastError } from '../../core/errors.js';
import { abortable } from '../../core/abortable.js';
import { MIB } from '../../core/amounts.js';
import { byteRange } from '../byte-range.js';
import { assertObjectKey } from '../../syntax/object-key.js';
import type { ObjectInfo, ObjectStore } from '../object-store.js';

/** Bytes of one chunk that `get` yields. */
const CHUNK_BYTES = MIB;

interface MemoryObject extends ObjectInfo {
  readonly bytes: Uint8Array;
}

/** Opens an empty vault in memory. @param clock of the store itself: determines when an object was stored */
export function openMemoryStore(clock: Clock = systemClock): ObjectStore {
  const objects = new Map<string, MemoryObject>();
  const assertFree = (key: string) => {
    if (!objects.has(key)) return;
    throw new HoldfastError('OBJECT_EXISTS', `Storing ${key} failed: an object with this key already exists.`);
  };

  return {
    url: 'memory:',

    async put(key, body, options = {}) {
      assertObjectKey(key);
      throwIfAborted(options.signal);
      assertFree(key);
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of abortable(body, options.signal)) {
        chunks.push(chunk);
        size += chunk.byteLength;
        options.onProgress?.(size);
      }
      // Another writer may have been faster; from here to the end there is no await.
      assertFree(key);
      const bytes = Buffer.concat(chunks);
      objects.set(key, { key, size, lastModified: clock.now(), bytes });
      return { key, size, sha256: createHash('sha256').update(bytes).digest('hex') };
    },

    // eslint-disable-next-line @typescript-eslint/require-await -- the interface is asynchronous, a map is not
    async *get(key, { range, signal } = {}) {
      assertObjectKey(key);
      const object = objects.get(key);
      throwIfAborted(signal);
      if (!object) {
        throw new HoldfastError('OBJECT_MISSING', `Reading ${key} failed: the vault has no such object.`);
      }
      const part = byteRange(range, object.size);
      for (let at = part?.start ?? 0; part && at <= part.end; at += CHUNK_BYTES) {
        if (signal?.aborted) throw abortError(signal);
        // A copy: a reader may change what it was given.
        yield Buffer.from(object.bytes.subarray(at, Math.min(at + CHUNK_BYTES, part.end + 1)));
      }
    },

    // eslint-disable-next-line @typescript-eslint/require-await -- as above
    async head(key) {
      assertObjectKey(key);
      return infoOf(objects.get(key));
    },

    // eslint-disable-next-line @typescript-eslint/require-await -- as above
    async *list(prefix, signal) {
      for (const key of [...objects.keys()].filter((key) => key.startsWith(prefix)).sort()) {
        throwIfAborted(signal);
        const info = infoOf(objects.get(key));
        if (info) yield info;
      }
    },

    // eslint-disable-next-line @typescript-eslint/require-await -- as above
    async delete(key) {
      assertObjectKey(key);
      objects.delete(key);
    },
  };
}

function infoOf(object: MemoryObject | undefined): ObjectInfo | undefined {
  return object && { key: object.key, size: object.size, lastModified: object.lastModified };
}
