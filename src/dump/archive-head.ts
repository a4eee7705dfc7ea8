/** The beginning of an archive of pg_dump (custom, and the table of contents of tar and directory), as pg_backup_archiver.c has it. */

export type ArchiveFormat = 'custom' | 'tar' | 'directory';

export interface ArchiveHead {
  /** `[1, 14]`: of the archive's own format, not of PostgreSQL. */
  readonly version: readonly [major: number, minor: number];
  /** `tar` also in the folder of a dump in directory format: pg_dump writes both tables of contents alike. */
  readonly format: ArchiveFormat;
  /** When it was begun, by the clock and in the time zone of where pg_dump ran; `undefined` for an impossible moment. */
  readonly createdAt: string | undefined;
  readonly database: string;
  /** As in `15.18 (Debian …)`. */
  readonly serverVersion: string;
  readonly dumpVersion: string;
}

export const ARCHIVE_MAGIC = Buffer.from('PGDMP');
const FORMATS: ReadonlyMap<number, ArchiveFormat> = new Map([
  [1, 'custom'],
  [3, 'tar'],
  [5, 'directory'],
]);
/** A name has at most 63 bytes, a version a few words. */
const MOST_TEXT_BYTES = 1024;

/** How many bytes of an archive hold its head, at most. */
export const ARCHIVE_HEAD_BYTES = 4096;

/** @returns `undefined` for bytes that no pg_dump since PostgreSQL 9.0 writes */
export function readArchiveHead(bytes: Buffer): ArchiveHead | undefined {
  if (!bytes.subarray(0, ARCHIVE_MAGIC.length).equals(ARCHIVE_MAGIC)) return undefined;
  const reader = new HeadReader(bytes, ARCHIVE_MAGIC.length);
  try {
    const [major, minor] = [reader.byte(), reader.byte()];
    reader.byte();
    reader.intBytes = reader.byte();
    reader.byte();
    const format = FORMATS.get(reader.byte());
    if (major !== 1 || minor < 12 || format === undefined) return undefined;
    // Since 1.15 the algorithm, before that the level.
    if (minor >= 15) reader.byte();
    else reader.int();
    const [second, minute, hour, day, month, year] = [0, 1, 2, 3, 4, 5].map(() => reader.int()) as Six;
    // Whether it was summer.
    reader.int();
    const moment = new Date(Date.UTC(year + 1900, month, day, hour, minute, second));
    const createdAt = Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
    const [database, serverVersion, dumpVersion] = [reader.text(), reader.text(), reader.text()];
    return { version: [major, minor], format, createdAt, database, serverVersion, dumpVersion };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

type Six = [number, number, number, number, number, number];

class HeadReader {
  intBytes = 4;
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  /** Its sign comes first, then the bytes from the lowest. */
  int(): number {
    if (this.intBytes < 1 || this.intBytes > 6) throw new RangeError('no size of an integer');
    const sign = this.byte();
    const value = this.#bytes.readUIntLE(this.#at, this.intBytes);
    this.#at += this.intBytes;
    return sign === 0 ? value : -value;
  }

  text(): string {
    const length = this.int();
    if (length < 0) return '';
    if (length > MOST_TEXT_BYTES || this.#at + length > this.#bytes.length)
      throw new RangeError('a text without an end');
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }
}
