/** A dump that others made, as it comes: a file, a folder of pg_dump's, a stream, or an object of a vault. */
import { createHash, type Hash } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { lstat, open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HoldfastError, messageOf } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';

const READ_BYTES = 1 << 20;

export interface ForeignFile {
  /** Without its folders, for messages and the manifest. */
  readonly name: string;
  /** Present for a folder of pg_dump's, which has no bytes of its own. */
  readonly folder?: string;
  /** Where it can be read again from its beginning. */
  readonly path?: string;
  /** Bytes, where they are known beforehand. */
  readonly size?: number;
  /** When it was last changed. */
  readonly changedAt?: Date;
  /** Its bytes, once. */
  read(): AsyncIterable<Uint8Array>;
}

/**
 * The file or folder at a path.
 *
 * @throws HoldfastError USAGE where there is none
 */
export async function openForeignFile(path: string): Promise<ForeignFile> {
  const found = await stat(path).catch((error: unknown) => {
    throw new HoldfastError('USAGE', `Reading ${quoted(path)} failed: ${messageOf(error)}.`, {
      hint: 'Give the path of a dump, or - for standard input.',
    });
  });
  const common = { name: basename(path), changedAt: found.mtime };
  if (found.isDirectory()) return { ...common, folder: path, read: () => nothing() };
  const read = () => createReadStream(path, { highWaterMark: READ_BYTES });
  return found.isFile() ? { ...common, path, size: found.size, read } : { ...common, read };
}

/** What comes from a stream, as standard input. */
export function foreignStream(name: string, stream: AsyncIterable<Uint8Array>): ForeignFile {
  return { name, read: () => stream };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** The files that pg_dump puts into a folder. */
const OWN_FILE = /^(?:toc\.dat|(?:blob_)?\d+\.dat(?:\.gz|\.lz4|\.zst)?|blobs(?:_\d+)?\.toc)$/;

/** Whether a name, without folders, is one that pg_dump gives. */
export function isOwnFile(name: string): boolean {
  return OWN_FILE.test(name);
}

export interface FolderSum {
  /** Of all its files. */
  readonly bytes: number;
  /** SHA-256 of the list of their SHA-256, as `sha256sum * | sha256sum` gives it. */
  readonly sha256: string;
}

/** Takes the files of a folder one after the other, and adds them up. */
export class FolderCopy {
  readonly #to: string;
  readonly #sums = new Map<string, string>();
  #bytes = 0;

  constructor(to: string) {
    this.#to = to;
  }

  has(name: string): boolean {
    return this.#sums.has(name);
  }

  /** @param name one that {@link isOwnFile} accepts */
  async add(name: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<void> {
    const hash = createHash('sha256');
    const path = join(this.#to, name);
    const count = (bytes: number) => (this.#bytes += bytes);
    await pipeline(hashed(content, hash, count), createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
    this.#sums.set(name, hash.digest('hex'));
  }

  sum(): FolderSum {
    const names = [...this.#sums.keys()].sort();
    const list = names.map((name) => `${this.#sums.get(name)}  ${name}\n`).join('');
    return { bytes: this.#bytes, sha256: createHash('sha256').update(list).digest('hex') };
  }
}

async function* hashed(
  content: AsyncIterable<Uint8Array>,
  hash: Hash,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    hash.update(piece);
    count(piece.length);
    yield piece;
  }
}

/**
 * Copies what pg_dump has put into a folder. A link among it could lead anywhere, so none is followed.
 *
 * @throws HoldfastError HOSTILE_DUMP for a link; DUMP_UNRECOGNIZED without a table of contents
 */
export async function copyFolder(folder: string, to: FolderCopy, signal: AbortSignal | undefined): Promise<void> {
  for (const name of (await readdir(folder)).filter(isOwnFile).sort()) {
    const path = join(folder, name);
    if (!(await lstat(path)).isFile()) {
      throw new HoldfastError(
        'HOSTILE_DUMP',
        `In the folder ${quoted(folder)}, ${name} is not a file but a link or a folder.`,
        {
          hint: 'pg_dump writes files only. If you made the link, give the folder that it leads to.',
        },
      );
    }
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      await to.add(name, file.createReadStream({ highWaterMark: READ_BYTES, autoClose: false }), signal);
    } finally {
      await file.close();
    }
  }
}
