/**
 * Follows an archive of pg_dump in custom format as it passes, to where it ends: pg_restore stops reading there, and says
 * nothing of what comes behind. As pg_backup_archiver.c and pg_backup_custom.c write it since PostgreSQL 9.0.
 */
import { ARCHIVE_MAGIC } from './archive-head.js';

/** Seconds to years of the moment when it was begun, and whether it was summer. */
const INTS_OF_TIME = 7;
/** Of the database, of the server's version and of pg_dump's. */
const TEXTS_OF_HEAD = 3;

const BLOCK_OF_ROWS = 1;
const BLOCK_OF_LARGE_OBJECTS = 3;

/** Bytes to look at, or to pass over. */
type Wish = { readonly take: number } | { readonly skip: number };

/** How far into an archive its bytes have come; `unknown` where they are not what pg_dump writes. */
export type ArchivePlace = 'inside' | 'at the end' | 'behind the end' | 'unknown';

/** To be fed all bytes of one archive in custom format. */
export class ArchiveWalk {
  readonly #walk = new Walk();
  readonly #steps = this.#walk.steps();
  #wish: Wish | undefined = this.#next(Buffer.alloc(0));
  #held = Buffer.alloc(0);
  #skipped = 0;

  get place(): ArchivePlace {
    return this.#walk.place;
  }

  feed(piece: Uint8Array): void {
    let bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    while (bytes.length > 0 && this.#wish) {
      if ('skip' in this.#wish) {
        const passed = Math.min(bytes.length, this.#wish.skip - this.#skipped);
        this.#skipped += passed;
        bytes = bytes.subarray(passed);
        if (this.#skipped < this.#wish.skip) return;
        this.#skipped = 0;
        this.#wish = this.#next(Buffer.alloc(0));
      } else {
        const missing = this.#wish.take - this.#held.length;
        const taken = bytes.subarray(0, missing);
        bytes = bytes.subarray(taken.length);
        this.#held = Buffer.concat([this.#held, taken]);
        if (this.#held.length < this.#wish.take) return;
        const held = this.#held;
        this.#held = Buffer.alloc(0);
        this.#wish = this.#next(held);
      }
    }
  }

  /** What the walk wants next that is more than nothing. */
  #next(answer: Buffer): Wish | undefined {
    for (let step = this.#steps.next(answer); !step.done; step = this.#steps.next(Buffer.alloc(0))) {
      if ('take' in step.value || step.value.skip > 0) return step.value;
    }
    return undefined;
  }
}

type Steps<Result> = Generator<Wish, Result, Buffer>;

class Walk {
  place: ArchivePlace = 'inside';
  #intBytes = 4;

  *steps(): Steps<void> {
    try {
      const blocks = yield* this.#contents();
      for (let block = 0; ; block += 1) {
        this.place = 'at the end';
        const kind = yield* this.#byte();
        const known = kind === BLOCK_OF_ROWS || kind === BLOCK_OF_LARGE_OBJECTS;
        this.place = known && block < blocks ? 'inside' : 'behind the end';
        if (this.place === 'behind the end') return;
        yield* this.#int();
        if (kind === BLOCK_OF_ROWS) yield* this.#chunks();
        else while ((yield* this.#int()) !== 0) yield* this.#chunks();
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.place = 'unknown';
    }
  }

  /** @returns how many entries have a block of data */
  *#contents(): Steps<number> {
    const head = yield { take: ARCHIVE_MAGIC.length + 6 };
    if (!head.subarray(0, ARCHIVE_MAGIC.length).equals(ARCHIVE_MAGIC)) throw new RangeError('no archive');
    const [major, minor = 0, , intBytes = 0, offsetBytes = 0, format] = head.subarray(ARCHIVE_MAGIC.length);
    if (major !== 1 || minor < 12 || format !== 1 || intBytes < 1 || intBytes > 6)
      throw new RangeError('another format');
    this.#intBytes = intBytes;
    // Since 1.15 the algorithm, before that the level.
    if (minor >= 15) yield* this.#byte();
    else yield* this.#int();
    for (let count = 0; count < INTS_OF_TIME; count += 1) yield* this.#int();
    yield* this.#texts(TEXTS_OF_HEAD);
    const entries = yield* this.#int();
    let blocks = 0;
    for (let entry = 0; entry < entries; entry += 1) {
      yield* this.#int();
      if ((yield* this.#int()) !== 0) blocks += 1;
      // Table's catalog and oid, tag and kind.
      yield* this.#texts(4);
      // Its section.
      yield* this.#int();
      // Definition, statements to drop and to copy, schema, tablespace, and since 1.14 the access method.
      yield* this.#texts(minor >= 14 ? 6 : 5);
      // Its kind of relation.
      if (minor >= 16) yield* this.#int();
      // Owner, and whether it has oids.
      yield* this.#texts(2);
      // What it depends on, to the first that is none.
      while (yield* this.#text());
      // Where its data are, which is not known while it is written to a pipe.
      yield { skip: 1 + offsetBytes };
    }
    return blocks;
  }

  *#chunks(): Steps<void> {
    for (let bytes = yield* this.#int(); bytes !== 0; bytes = yield* this.#int()) {
      if (bytes < 0) throw new RangeError('a chunk of less than nothing');
      yield { skip: bytes };
    }
  }

  *#byte(): Steps<number> {
    return (yield { take: 1 })[0] ?? 0;
  }

  /** Its sign comes first, then the bytes from the lowest. */
  *#int(): Steps<number> {
    const bytes = yield { take: 1 + this.#intBytes };
    const value = bytes.readUIntLE(1, this.#intBytes);
    return bytes[0] === 0 ? value : -value;
  }

  /** @returns whether there is one: an empty one is, one of a negative length is not */
  *#text(): Steps<boolean> {
    const length = yield* this.#int();
    if (length > 0) yield { skip: length };
    return length >= 0;
  }

  *#texts(count: number): Steps<void> {
    for (let text = 0; text < count; text += 1) yield* this.#text();
  }
}
