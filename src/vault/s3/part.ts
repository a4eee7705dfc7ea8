/**
 * One part of an upload while it is filled and until the store has confirmed it: it must remain available to be sent
 * again. Up to 48 MiB it is kept in memory, above that in a file.
 */
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { GIB, MIB } from '../../core/amounts.js';
import { HoldfastError, messageOf, systemCodeOf } from '../../core/errors.js';
import { Crc64 } from './crc64.js';
import { MAX_MEMORY_PART_BYTES } from './part-sizes.js';

/** Bytes of one read from a file. */
const READ_BYTES = MIB;

/** Where the bytes of a part are. */
interface PartStorage {
  write(chunk: Uint8Array, position: number): Promise<void> | void;
  /** A new view of the first `size` bytes, for one attempt to send them. */
  read(size: number): Buffer | Readable;
  release(): Promise<void>;
}

/** Takes bytes until it is full, and provides them as many times as they have to be sent. */
export class Part {
  readonly crc = new Crc64();
  readonly #storage: PartStorage;
  readonly #capacity: number;

  constructor(storage: PartStorage, capacity: number) {
    this.#storage = storage;
    this.#capacity = capacity;
  }

  /** Bytes in it. */
  get size(): number {
    return this.crc.bytes;
  }

  /** Bytes that it still takes. */
  get room(): number {
    return this.#capacity - this.size;
  }

  /** Takes at most `room` bytes. @throws HoldfastError VAULT_UNWRITABLE when they do not fit on the disk */
  async fill(chunk: Uint8Array): Promise<void> {
    const written = this.#storage.write(chunk, this.size);
    this.crc.update(chunk);
    // Memory needs no waiting, and there are millions of chunks.
    if (written) await written;
  }

  /** Calls `send` with the bytes: a buffer, or a stream that is closed afterwards. */
  async sendWith<T>(send: (body: Buffer | Readable) => Promise<T>): Promise<T> {
    const body = this.#storage.read(this.size);
    try {
      return await send(body);
    } finally {
      if (!Buffer.isBuffer(body)) body.destroy();
    }
  }

  /** Returns its memory or removes its file. Nothing may be sent afterwards. Never fails. */
  release(): Promise<void> {
    return this.#storage.release().catch(() => {});
  }
}

/** Makes the parts of one upload; memory returned by one part serves the next. */
export class PartFactory {
  readonly #directory: string;
  /** Unused buffers. Without them, each part's memory would wait for the garbage collector. */
  #spare: Buffer[] = [];

  /** @param directory for parts that are too large for memory. @default the system's temporary directory */
  constructor(directory: string = tmpdir()) {
    this.#directory = directory;
  }

  async create(capacity: number): Promise<Part> {
    if (capacity > MAX_MEMORY_PART_BYTES) {
      this.#spare = [];
      return new Part(await openFile(this.#directory, capacity), capacity);
    }
    const buffer = this.#spare.pop();
    // Buffers of the previous size are no longer useful.
    if (buffer && buffer.length < capacity) this.#spare = [];
    return new Part(
      this.#memory(buffer && buffer.length >= capacity ? buffer : Buffer.allocUnsafeSlow(capacity)),
      capacity,
    );
  }

  #memory(buffer: Buffer): PartStorage {
    return {
      write: (chunk, position) => buffer.set(chunk, position),
      read: (size) => buffer.subarray(0, size),
      release: async () => {
        await Promise.resolve();
        this.#spare.push(buffer);
      },
    };
  }
}

/** A file without a name: nobody else can open it, and it is gone with the process, however that ends. */
async function openFile(directory: string, capacity: number): Promise<PartStorage> {
  const path = join(directory, `holdfast-part-${process.pid}-${randomBytes(6).toString('hex')}`);
  const attempt = async <T>(step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (error) {
      throw diskError(directory, capacity, error);
    }
  };
  const handle: FileHandle = await attempt(() => open(path, 'wx+', 0o600));
  try {
    await attempt(() => unlink(path));
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    write: (chunk, position) =>
      attempt(async () => {
        for (let at = 0; at < chunk.byteLength;) {
          at += (await handle.write(chunk, at, chunk.byteLength - at, position + at)).bytesWritten;
        }
      }),
    // Not a stream of `fs`: destroying one closes the file, and the part may have to be sent again.
    read: (size) => Readable.from(readPieces(handle, size), { objectMode: false }),
    release: () => handle.close(),
  };
}

async function* readPieces(handle: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size;) {
    const piece = Buffer.allocUnsafe(Math.min(READ_BYTES, size - at));
    const { bytesRead } = await handle.read(piece, 0, piece.length, at);
    if (bytesRead === 0) throw new Error('the part is shorter than what was written to it');
    at += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}

function diskError(directory: string, capacity: number, error: unknown): HoldfastError {
  const full = ['ENOSPC', 'EDQUOT'].includes(systemCodeOf(error) ?? '');
  const gib = (capacity / GIB).toFixed(1);
  return new HoldfastError(
    'VAULT_UNWRITABLE',
    `Keeping a part of a very large upload in ${directory} until it is stored failed: ${messageOf(error)}.`,
    {
      cause: error,
      hint: full
        ? `Uploads of this size need room for two parts of ${gib} GiB there: free it, or set TMPDIR to a directory on a larger disk.`
        : 'Set TMPDIR to a directory that can be written to.',
    },
  );
}
