/** Opens a dump that others made, whatever its format and compression, as the plain SQL that it stands for. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { ARCHIVE_HEAD_BYTES, readArchiveHead, type ArchiveHead } from '../../dump/archive-head.js';
import { ArchiveWalk } from '../../dump/archive-walk.js';
import { decompress } from '../../dump/compression/decompress.js';
import type { PostgresPrograms } from '../../postgres/client-programs.js';
import { chooseRestore, openArchiveReader, type ArchiveReader } from '../../postgres/pg-restore.js';
import type { ConfinementWish } from '../../postgres/throwaway/confinement/measures.js';
import type { ForeignCompression } from '../../syntax/compression.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import { copyFolder, FolderCopy, isOwnFile } from './folder-copy.js';
import type { ForeignFile } from './foreign-file.js';
import { DEFAULT_LIMITS, withinLimits, type ForeignLimits } from './limits.js';
import { peek, type Peeked } from './peek.js';
import { HEAD_BYTES, recognize, unrecognized } from './recognize.js';
import { ByteReader, readTarHeader, TAR_BLOCK } from './tar.js';

export type Original = NonNullable<Manifest['original']>;

export interface OpenForeignOptions {
  /** The installations of PostgreSQL's programs, oldest first. */
  readonly installed: readonly PostgresPrograms[];
  /** The environment that programs are looked up in. */
  readonly env: NodeJS.ProcessEnv;
  /** Of pg_restore. @default 'required' */
  readonly confinement?: ConfinementWish | undefined;
  /** @default {@link DEFAULT_LIMITS} */
  readonly limits?: Partial<ForeignLimits> | undefined;
  /** Called with the bytes of each piece of the file. */
  readonly progress?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A dump that is read once; to be closed on every path. */
export interface OpenForeign {
  readonly name: string;
  readonly format: Original['format'];
  readonly compression: ForeignCompression;
  /** Of an archive. */
  readonly head: ArchiveHead | undefined;
  /**
   * The plain SQL. It ends normally only if the file has been read to its end and nothing is missing from it, as far as
   * the compression and pg_restore can tell.
   *
   * @throws HoldfastError from the iterator: DUMP_TRUNCATED, DUMP_TOO_LARGE, OBJECT_CORRUPT, ARCHIVE_UNREADABLE; what
   *   reading the file throws; the signal's error
   */
  readonly plain: AsyncIterable<Uint8Array>;
  /** What was read; to be asked for when {@link plain} has ended. */
  original(): Original;
  /** Removes what was made for it. Never fails. */
  close(): Promise<void>;
}

/**
 * @throws HoldfastError DUMP_UNRECOGNIZED saying what the file is instead; DUMP_TRUNCATED, DUMP_TOO_LARGE, HOSTILE_DUMP,
 *   OBJECT_CORRUPT of its beginning; PROGRAM_MISSING, CONFINEMENT_MISSING; the signal's error
 */
export async function openForeign(file: ForeignFile, options: OpenForeignOptions): Promise<OpenForeign> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  return file.folder === undefined
    ? openFile(file, { ...options, limits })
    : openFolder(file, file.folder, { ...options, limits });
}

type Options = OpenForeignOptions & { readonly limits: ForeignLimits };

async function openFile(file: ForeignFile, options: Options): Promise<OpenForeign> {
  const { name } = file;
  const meter = new Meter(file, options.progress);
  let compression: ForeignCompression = 'none';
  const within = (plain: AsyncIterable<Uint8Array>) =>
    withinLimits(plain, { name, read: () => meter.bytes, limits: options.limits });
  let peeked = await peek(meter.all(), HEAD_BYTES);
  try {
    let found = recognize(peeked.head, name);
    if (found.kind === 'compressed') {
      compression = found.compression;
      peeked = await peek(within(inflate(peeked.all, compression, name, options)), HEAD_BYTES);
      found = recognizeInside(peeked.head, compression, name);
    } else if (found.kind === 'plain') {
      peeked = await peek(within(peeked.all), HEAD_BYTES);
    }
    const common = { name, compression, limits: options.limits };
    if (found.kind === 'plain') {
      const { all } = peeked;
      const close = async () => void (await all.return());
      return {
        ...common,
        format: 'plain',
        head: undefined,
        plain: all,
        original: () => ({ name, format: 'plain', compression, ...meter.sum() }),
        close,
      };
    }
    if (found.kind === 'tarred') return await openTarred(peeked, { ...common, meter, within }, options);
    const { format, head } = found;
    const programs = chooseRestore(options.installed, head);
    const reader = await openReader(options);
    const { all } = peeked;
    return {
      ...{ ...common, format, head },
      plain: within(reader.read(programs, format, format === 'tar' ? wholeTar(all, name) : toItsEnd(all, name))),
      original: () => ({ name, format, compression, ...meter.sum() }),
      close: async () => {
        await all.return();
        await reader.close();
      },
    };
  } catch (error) {
    await peeked.close().catch(() => {});
    throw error;
  }
}

function recognizeInside(head: Buffer, compression: string, name: string) {
  if (head.length === 0) throw unrecognized(name, `holds nothing, compressed by ${compression}`, EMPTY_HINT);
  const found = recognize(head, name);
  if (found.kind === 'compressed')
    throw unrecognized(name, `is compressed twice, by ${compression} and inside by ${found.compression}`);
  return found;
}

const EMPTY_HINT =
  'This is what a pipeline without pipefail stores when pg_dump could not even begin: find out why, and dump again.';

/** Counts and sums up the bytes of a file as they pass. */
class Meter {
  readonly #file: ForeignFile;
  readonly #progress: ((bytes: number) => void) | undefined;
  readonly #hash = createHash('sha256');
  bytes = 0;

  constructor(file: ForeignFile, progress: ((bytes: number) => void) | undefined) {
    this.#file = file;
    this.#progress = progress;
  }

  async *all(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of this.#file.read()) {
      this.#hash.update(piece);
      this.bytes += piece.length;
      this.#progress?.(piece.length);
      yield piece;
    }
  }

  sum(): Pick<Original, 'bytes' | 'sha256'> {
    return { bytes: this.bytes, sha256: this.#hash.copy().digest('hex') };
  }
}

/** Words of zlib, zstd and lz4 for a stream without an end. */
const CUT = /unexpected end of file|premature end|unfinished stream|read error/i;

/** Words of zstd for a frame that was made with --long, or that claims to be. */
const WIDE = /window (?:size|log) larger|too much memory/i;

async function* inflate(
  source: AsyncIterable<Uint8Array>,
  method: ForeignCompression,
  name: string,
  { env, signal }: Options,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* decompress(source, method, { env, signal });
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'OBJECT_CORRUPT') throw error;
    if (WIDE.test(error.message)) {
      const fault = `was compressed by ${method} with a window that takes more memory than Holdfast gives it`;
      throw unrecognized(name, fault, 'If you trust it, decompress it into a pipe: zstd -dc --long=31 FILE | holdfast import - …');
    } // prettier-ignore
    if (!CUT.test(error.message)) {
      throw new HoldfastError('OBJECT_CORRUPT', `Reading ${quoted(name)}: ${error.message}`, {
        cause: error,
        hint: 'The file was damaged, or something was appended to it.',
      });
    }
    throw new HoldfastError('DUMP_TRUNCATED', `${quoted(name)} was cut off: its ${method} stream has no end.`, {
      cause: error,
      hint: 'Whatever wrote or copied it has failed: use another one.',
    });
  }
}

function openReader({ confinement = 'required', signal }: Options): Promise<ArchiveReader> {
  return openArchiveReader({ confinement, signal });
}

async function openFolder(file: ForeignFile, folder: string, options: Options): Promise<OpenForeign> {
  const head = await headOfFolder(folder);
  const name = basename(folder);
  const programs = chooseRestore(options.installed, head);
  const reader = await openReader(options);
  try {
    const copy = new FolderCopy(reader.directory, name, options);
    await copyFolder(folder, copy);
    const { bytes, sha256 } = copy.sum();
    options.progress?.(bytes);
    return {
      ...{ name: file.name, format: 'directory', compression: 'none', head },
      plain: withinLimits(reader.read(programs, 'directory'), { name, read: () => bytes, limits: options.limits }),
      original: () => ({ name: file.name, format: 'directory', compression: 'none', bytes, sha256 }),
      close: () => reader.close(),
    };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function headOfFolder(folder: string): Promise<ArchiveHead> {
  const file = await open(join(folder, 'toc.dat')).catch(() => {
    throw unrecognized(folder, 'is a folder without toc.dat, so not one that pg_dump has written');
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(ARCHIVE_HEAD_BYTES), 0, ARCHIVE_HEAD_BYTES, 0);
    return requireFolderHead(buffer.subarray(0, bytesRead), folder);
  } finally {
    await file.close();
  }
}

function requireFolderHead(bytes: Buffer, name: string): ArchiveHead {
  const head = readArchiveHead(bytes);
  if (head && head.format !== 'custom') return head;
  throw unrecognized(name, 'has a toc.dat that is not the one of a dump in directory format');
}

/** A folder that somebody has put into a tar: unpacked by ourselves, since a tar can name any place of a disk. */
async function openTarred(
  peeked: Peeked,
  {
    name,
    compression,
    meter,
    within,
  }: {
    readonly name: string;
    readonly compression: ForeignCompression;
    readonly meter: Meter;
    readonly within: (plain: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
  },
  options: Options,
): Promise<OpenForeign> {
  const tar = new ByteReader(peeked.all);
  const reader = await openReader(options);
  let head: ArchiveHead | undefined;
  try {
    const copy = new FolderCopy(reader.directory, name, options);
    let folder: string | undefined;
    for (;;) {
      const block = await tar.exactly(TAR_BLOCK);
      if (block.length === 0 || block.every((byte) => byte === 0)) break;
      const member = readTarHeader(block);
      if (!member) throw unrecognized(name, 'is a tar with a member that has no valid header');
      // What says more about the next member (times, owners) is not needed.
      if (member.type === '5' || member.type === 'x' || member.type === 'g') {
        await skip(tar, member.size + padding(member.size), name);
        continue;
      }
      const path = member.name.replace(/^\.\//, '');
      const file = basename(path);
      if (member.type !== '0' || path.startsWith('/') || path.split('/').includes('..')) {
        throw new HoldfastError(
          'HOSTILE_DUMP',
          `${quoted(name)} is a tar with ${quoted(member.name)}, a link or a path out of its folder.`,
          {
            hint: 'A folder of pg_dump holds files only. Nothing was unpacked.',
          },
        );
      }
      const above = path.slice(0, -file.length);
      if (!isOwnFile(file)) {
        await skip(tar, member.size + padding(member.size), name);
        continue;
      }
      folder ??= above;
      if (above !== folder || copy.has(file))
        throw unrecognized(name, 'is a tar of several dumps', 'Unpack it, and give each by itself.');
      await copy.add(
        file,
        content(tar, member.size, name, (bytes) =>
          file === 'toc.dat' ? (head ??= requireFolderHead(bytes, name)) : undefined,
        ),
      );
      await skip(tar, padding(member.size), name);
    }
    if (!head) throw unrecognized(name, 'is a tar without a toc.dat of pg_dump');
    // The rest, if only of zeros: the file counts as read when it has been.
    while ((await tar.some(1 << 20)) !== undefined);
    const own = head;
    return {
      ...{ name, format: 'directory', compression, head: own },
      plain: within(reader.read(chooseRestore(options.installed, own), 'directory')),
      original: () => ({ name, format: 'directory', compression, ...meter.sum() }),
      close: () => reader.close(),
    };
  } catch (error) {
    await tar.close().catch(() => {});
    await reader.close();
    throw error;
  }
}

/** Members fill whole blocks. */
function padding(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;
}

/**
 * A tar as it is, if it is whole: pg_restore waits forever, and busily, for the rest of a member that was cut off.
 *
 * @throws HoldfastError DUMP_TRUNCATED; what a file is called that no pg_dump has written
 */
async function* wholeTar(source: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array, void, undefined> {
  const tar = new ByteReader(source);
  try {
    for (;;) {
      const block = await tar.exactly(TAR_BLOCK);
      if (block.length === 0) throw cutTar(name, 'has no end');
      if (block.length < TAR_BLOCK) throw cutTar(name);
      const member = readTarHeader(block);
      if (!member && !isZero(block)) throw unrecognized(name, 'is a tar with a member that has no valid header');
      yield block;
      if (!member) break;
      for (let left = member.size + padding(member.size); left > 0;) {
        const piece = await tar.some(left);
        if (!piece) throw cutTar(name);
        left -= piece.length;
        yield piece;
      }
    }
    // pg_restore would go on behind the end.
    for (let rest = await tar.some(1 << 20); rest; rest = await tar.some(1 << 20)) {
      if (!isZero(rest)) throw unrecognized(name, 'is a tar with something behind its end');
      yield rest;
    }
  } finally {
    await tar.close();
  }
}

/**
 * An archive in custom format as it is, if nothing follows it: pg_restore would not read that.
 *
 * @throws HoldfastError DUMP_UNRECOGNIZED
 */
async function* toItsEnd(source: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array, void, undefined> {
  const walk = new ArchiveWalk();
  for await (const piece of source) {
    walk.feed(piece);
    if (walk.place === 'behind the end') {
      throw unrecognized(
        name,
        'is an archive with something behind its end',
        'If it is two archives in one file, give each by itself. Otherwise find out what was appended to it.',
      );
    }
    yield piece;
  }
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

async function* content(
  tar: ByteReader,
  size: number,
  name: string,
  first: (bytes: Buffer) => void,
): AsyncGenerator<Uint8Array> {
  const head = await tar.exactly(Math.min(size, ARCHIVE_HEAD_BYTES));
  first(head);
  yield head;
  for (let left = size - head.length; left > 0;) {
    const piece = await tar.some(left);
    if (!piece) throw cutTar(name);
    left -= piece.length;
    yield Buffer.from(piece);
  }
  if (head.length < Math.min(size, ARCHIVE_HEAD_BYTES)) throw cutTar(name);
}

async function skip(tar: ByteReader, bytes: number, name: string): Promise<void> {
  for (let left = bytes; left > 0;) {
    const piece = await tar.some(left);
    if (!piece) throw cutTar(name);
    left -= piece.length;
  }
}

function cutTar(name: string, how = 'ends within a member'): HoldfastError {
  return new HoldfastError('DUMP_TRUNCATED', `${quoted(name)} was cut off: the tar ${how}.`, {
    hint: 'Whatever wrote or copied it has failed: use another one.',
  });
}
