/** Reads stored objects and checks them against the manifest as they pass. */
import { createHash } from 'node:crypto';
import { MIB } from '../../core/amounts.js';
import { HoldfastError } from '../../core/errors.js';
import { decompress } from '../../dump/compression/decompress.js';
import type { DumpReader } from '../../dump/dump-reader.js';
import type { CompressionMethod } from '../../syntax/compression.js';
import type { ObjectStore } from '../../vault/object-store.js';
import type { BackupContext } from '../operation/context.js';
import type { StoredBackup } from './stored-backup.js';

/** A stored object, and what the manifest says about it. */
export interface StoredPart {
  readonly key: string;
  /** Bytes. */
  readonly storedBytes: number;
  /** Hex, of the stored bytes. */
  readonly sha256: string;
  /** Bytes of the content before compression. */
  readonly rawBytes: number;
  /** Hex, of the content before compression, where the manifest has it. */
  readonly rawSha256?: string | undefined;
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of each piece. */
  readonly progress?: ((bytes: number) => void) | undefined;
}

/**
 * The bytes of an object. Only after the last one is it known that all of them are right.
 *
 * @throws HoldfastError OBJECT_CORRUPT at the end of the stream when the size or SHA-256 differs; what the store throws
 */
export async function* readVerified(
  store: ObjectStore,
  part: StoredPart,
  options: ReadOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of store.get(part.key, { signal: options.signal })) {
    hash.update(chunk);
    bytes += chunk.length;
    options.progress?.(chunk.length);
    yield chunk;
  }
  if (bytes !== part.storedBytes) {
    throw corrupt(part.key, `has ${bytes} bytes, but the manifest says ${part.storedBytes}`);
  }
  if (hash.digest('hex') !== part.sha256) throw corrupt(part.key, 'does not have the SHA-256 that the manifest says');
}

/** The roles of a hundred thousand tenants take less; anything larger does not come from pg_dumpall. In bytes. */
const MOST_TEXT_BYTES = 256 * MIB;

/**
 * The decompressed content of an object, and no more of it than the manifest says: a few bytes can inflate without end.
 * Errors as for {@link readVerified}, and OBJECT_CORRUPT, which names the object, for what does not decompress.
 */
export async function* readContent(
  store: ObjectStore,
  part: StoredPart,
  options: ReadOptions & { readonly method: CompressionMethod; readonly env: NodeJS.ProcessEnv },
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    let bytes = 0;
    for await (const piece of decompress(readVerified(store, part, options), options.method, options)) {
      bytes += piece.length;
      if (bytes > part.rawBytes) {
        throw corrupt(part.key, `inflates to more than the ${part.rawBytes} bytes that the manifest says`);
      }
      yield piece;
    }
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'OBJECT_CORRUPT' || error.message.includes(part.key)) {
      throw error;
    }
    throw new HoldfastError('OBJECT_CORRUPT', `Reading ${part.key}: ${error.message}`, { cause: error });
  }
}

/**
 * A small gzip object as text; errors as for {@link readContent}, also when the content does not have the recorded
 * SHA-256.
 */
export async function readVerifiedText(
  store: ObjectStore,
  part: StoredPart,
  options: ReadOptions & { readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  if (part.rawBytes > MOST_TEXT_BYTES) {
    throw corrupt(
      part.key,
      `holds ${part.rawBytes} bytes according to its manifest; at most ${MOST_TEXT_BYTES} are allowed`,
    );
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(store, part, { ...options, method: 'gzip' })) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (part.rawSha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== part.rawSha256) {
    throw corrupt(part.key, 'has content that does not have the SHA-256 that the manifest says');
  }
  return bytes.toString('utf8');
}

function corrupt(key: string, what: string): HoldfastError {
  return new HoldfastError('OBJECT_CORRUPT', `The object ${key} ${what}.`);
}

/**
 * Reads a stored dump through a reader of entries, and checks its bytes against the manifest.
 *
 * @throws HoldfastError OBJECT_CORRUPT, OBJECT_MISSING, DUMP_TRUNCATED … of the dump; the signal's error
 */
export async function readDump(
  { manifest, dump }: StoredBackup,
  reader: DumpReader,
  { store, signal, env, onProgress }: BackupContext,
): Promise<void> {
  let storedBytes = 0;
  const progress = (bytes: number) => {
    storedBytes += bytes;
    const { database } = manifest;
    onProgress?.({ phase: 'check', database, bytes: storedBytes, expectedBytes: dump.storedBytes });
  };
  const content = readContent(store, dump, { method: manifest.compression.method, env, signal, progress });
  for await (const chunk of content) {
    reader.write(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }
  reader.end();
}
