/** A dump in directory format, copied for pg_restore: its own files only, and each table's rows to their end. */
import { createHash, type Hash } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { decompress } from '../../dump/compression/decompress.js';
import type { ForeignCompression } from '../../syntax/compression.js';
import { withinLimits, type ForeignLimits } from './limits.js';

const READ_BYTES = 1 << 20;

/** The files that pg_dump puts into a folder. */
const OWN_FILE = /^(?:toc\.dat|(?:blob_)?\d+\.dat(?:\.gz|\.lz4|\.zst)?|blobs(?:_\d+)?\.toc)$/;

/** Whether a name, without folders, is one that pg_dump gives. */
export function isOwnFile(name: string): boolean {
  return OWN_FILE.test(name);
}

/** The rows of one table. */
const ROWS_FILE = /^\d+\.dat(|\.gz|\.lz4|\.zst)$/;

const METHODS: Readonly<Record<string, ForeignCompression>> = { '.gz': 'gzip', '.lz4': 'lz4', '.zst': 'zstd' };

/** What pg_dump writes behind the rows of a COPY, and behind the statements of --inserts or of a table without rows. */
const COPY_END = '\\.\n\n\n';
const INSERT = 'INSERT INTO ';

async function endsAsRows(plain: AsyncIterable<Uint8Array>): Promise<boolean> {
  let begin = '';
  let end = '';
  for await (const piece of plain) {
    const text = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    if (begin.length < INSERT.length) begin += text.toString('latin1', 0, INSERT.length);
    end = (end + text.toString('latin1', Math.max(0, text.length - 8))).slice(-8);
  }
  if (end === COPY_END || end.endsWith(`\n${COPY_END}`)) return true;
  return begin.startsWith(INSERT) ? end.endsWith(';\n\n\n') : begin === '\n\n';
}

/** How the files of a folder are read. */
export interface FolderOptions {
  /** The environment that programs are looked up in. */
  readonly env: NodeJS.ProcessEnv;
  readonly limits: ForeignLimits;
  readonly signal?: AbortSignal | undefined;
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
  readonly #name: string;
  readonly #options: FolderOptions;
  readonly #sums = new Map<string, string>();
  #bytes = 0;

  /**
   * @param to the folder that they go to
   * @param name of the dump, for messages
   */
  constructor(to: string, name: string, options: FolderOptions) {
    this.#to = to;
    this.#name = name;
    this.#options = options;
  }

  has(name: string): boolean {
    return this.#sums.has(name);
  }

  /**
   * @param name one that {@link isOwnFile} accepts
   * @throws HoldfastError DUMP_TRUNCATED for a table's rows without their end: pg_restore would take what follows for rows
   */
  async add(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const { signal } = this.#options;
    const hash = createHash('sha256');
    const path = join(this.#to, name);
    const count = (bytes: number) => (this.#bytes += bytes);
    await pipeline(hashed(content, hash, count), createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
    this.#sums.set(name, hash.digest('hex'));
    const extension = ROWS_FILE.exec(name)?.[1];
    if (extension !== undefined && !(await endsAsRows(this.#plain(path, extension)))) {
      throw new HoldfastError(
        'DUMP_TRUNCATED',
        `${quoted(this.#name)} was cut off: ${name} does not end as the rows of a table do.`,
        { hint: 'Whatever wrote or copied it has failed: use another one.' },
      );
    }
  }

  async *#plain(path: string, extension: string): AsyncGenerator<Uint8Array> {
    const stored = createReadStream(path, { highWaterMark: READ_BYTES });
    const method = METHODS[extension];
    if (!method) {
      yield* stored as AsyncIterable<Uint8Array>;
      return;
    }
    const { env, signal, limits } = this.#options;
    let read = 0;
    const counted = async function* () {
      for await (const piece of stored as AsyncIterable<Uint8Array>) {
        read += piece.length;
        yield piece;
      }
    };
    const plain = decompress(counted(), method, { env, signal });
    try {
      yield* withinLimits(plain, { name: this.#name, read: () => read, limits });
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'OBJECT_CORRUPT') throw error;
      throw new HoldfastError(
        'DUMP_TRUNCATED',
        `${quoted(this.#name)} is not whole: ${basename(path)} does not decompress: ${error.message}`,
        { cause: error, hint: 'Whatever wrote or copied it has failed: use another one.' },
      );
    }
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
export async function copyFolder(folder: string, to: FolderCopy): Promise<void> {
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
      await to.add(name, file.createReadStream({ highWaterMark: READ_BYTES, autoClose: false }));
    } finally {
      await file.close();
    }
  }
}
