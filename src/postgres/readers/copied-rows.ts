/**
 * The rows of a COPY, taken from the driver's socket and gathered into large pieces: the server sends a message for each
 * row, and to hand each on by itself costs more than all else that is done with it. What a proof reads of a copy comes
 * through pg-copy-streams, and so is a second opinion on the same rows.
 */
import type pg from 'pg';
import { giveBack, type BufferPool } from '../../core/buffer-pool.js';
import { HoldfastError } from '../../core/errors.js';
import { ReusingSocket } from '../../core/reusing-socket.js';

/** Takes the pieces. */
export interface RowSink {
  /** @param piece may end anywhere; to be given back to its pool @returns whether there is room for another */
  add(piece: Buffer): boolean;
  /** Resolves when there is room. */
  room(): Promise<void>;
}

export const PIECE_BYTES = 256 << 10;
/** Below it a loop is faster than a call. */
const SHORT = 64;
/** Of a message: its type, and its length, which counts itself and not the type. */
const TYPE = 1;
const HEADER = 5;
const COPY_DATA = 'd'.charCodeAt(0);

/**
 * A query for `client.query`: a text in which one statement is a COPY … TO STDOUT. While it runs, everything but the rows
 * is passed on to the driver.
 */
export class CopiedRows implements pg.Submittable {
  /**
   * Resolves when all statements have ended, with the number of rows that the server says it has sent; rejects with its
   * error, or that of the connection.
   */
  readonly ended: Promise<number>;
  readonly #text: string;
  readonly #sink: RowSink;
  #stream: DriverStream | undefined;
  /** The driver's reader, in whose place we read for as long as the query runs. */
  #driver: Listener = () => {};
  #running = false;
  #resolve: (rows: number) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #rows: number | undefined;

  readonly #pool: BufferPool;
  #piece: Buffer;
  #filled = 0;
  /** The message being read: its type; how much of its header has come, and the length in that; what is left of it. */
  #type = 0;
  #known = 0;
  #length = 0;
  #left = 0;

  /** @param pool of pieces of {@link PIECE_BYTES} */
  constructor(text: string, sink: RowSink, pool: BufferPool) {
    this.#text = text;
    this.#sink = sink;
    this.#pool = pool;
    this.#piece = pool.take();
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  submit(connection: pg.Connection): void {
    const stream = connection.stream as unknown as DriverStream;
    const [driver, ...others] = stream.listeners('data') as Listener[];
    if (!driver || others.length > 0) throw new HoldfastError('INTERNAL', 'The driver has no single reader.');
    this.#stream = stream;
    this.#driver = driver;
    this.#running = true;
    if (stream instanceof ReusingSocket) stream.taker = this.#onData;
    else stream.on('data', this.#onData);
    stream.removeListener('data', driver);
    (connection as unknown as { query(text: string): void }).query(this.#text);
  }

  handleCommandComplete({ text }: { readonly text?: string }): void {
    const [, rows] = /^COPY (\d+)$/.exec(text ?? '') ?? [];
    if (rows !== undefined) this.#rows = Number(rows);
  }

  handleReadyForQuery(): void {
    this.#handBack();
    if (this.#filled > 0) this.#pass();
    giveBack(this.#piece);
    if (this.#rows === undefined) this.#reject(new HoldfastError('INTERNAL', 'The server has counted no rows.'));
    else this.#resolve(this.#rows);
  }

  handleError(error: unknown): void {
    this.#handBack();
    this.#reject(error);
  }

  #handBack(): void {
    if (!this.#running) return;
    this.#running = false;
    const stream = this.#stream;
    if (stream instanceof ReusingSocket) stream.taker = undefined;
    stream?.on('data', this.#driver);
    stream?.removeListener('data', this.#onData);
  }

  readonly #onData: Listener = (chunk) => {
    try {
      for (let at = 0; at < chunk.length;) {
        if (!this.#running) return this.#toDriver(chunk, at, chunk.length);
        at = this.#left > 0 && this.#type === COPY_DATA ? this.#takeRows(chunk, at) : this.#passOver(chunk, at);
      }
    } catch (error) {
      // Nobody is there to catch it.
      this.#stream?.destroy(error as Error);
    }
  };

  /** @returns where the rows end, or the chunk does */
  #takeRows(chunk: Buffer, start: number): number {
    let at = start;
    // In variables of its own, as this is done for each row.
    let left = this.#left;
    let filled = this.#filled;
    let piece = this.#piece;
    for (;;) {
      const count = Math.min(left, chunk.length - at, PIECE_BYTES - filled);
      if (count < SHORT)
        for (let index = 0; index < count; index++) piece[filled + index] = chunk[at + index] as number;
      else piece.set(chunk.subarray(at, at + count), filled);
      at += count;
      filled += count;
      left -= count;
      if (filled === PIECE_BYTES) {
        this.#filled = filled;
        this.#pass();
        piece = this.#piece;
        filled = 0;
      }
      if (at === chunk.length) break;
      if (left > 0) continue;
      // The next message, if it is another row and all of its header is there.
      if (chunk.length - at < HEADER || chunk[at] !== COPY_DATA) break;
      left = contentOf(chunk.readUInt32BE(at + TYPE));
      at += HEADER;
    }
    this.#left = left;
    this.#filled = filled;
    return at;
  }

  /** Reads a header, and hands what is no row to the driver. @returns where the message ends, or the chunk does */
  #passOver(chunk: Buffer, start: number): number {
    let at = start;
    if (this.#left === 0) {
      if (this.#known === 0) this.#type = chunk[at] as number;
      for (; this.#known < HEADER && at < chunk.length; at++) {
        this.#length = this.#known < TYPE ? 0 : this.#length * 256 + (chunk[at] as number);
        this.#known++;
      }
      if (this.#known === HEADER) {
        this.#known = 0;
        this.#left = contentOf(this.#length);
      }
    }
    if (this.#type === COPY_DATA) return at;
    const end = Math.min(chunk.length, at + this.#left);
    this.#left -= end - at;
    this.#toDriver(chunk, start, end);
    return end;
  }

  /** A copy: it may keep what it gets, and the chunk is used again. */
  #toDriver(chunk: Buffer, start: number, end: number): void {
    this.#driver(Buffer.from(chunk.subarray(start, end)));
  }

  #pass(): void {
    const piece = this.#piece.subarray(0, this.#filled);
    giveBack(this.#piece.subarray(this.#filled));
    this.#piece = this.#pool.take();
    this.#filled = 0;
    if (this.#sink.add(piece)) return;
    const stream = this.#stream;
    stream?.pause();
    void this.#sink.room().then(() => stream?.resume());
  }
}

type Listener = (chunk: Buffer) => void;

/** What is used of the driver's socket. */
interface DriverStream {
  listeners(event: 'data'): unknown[];
  on(event: 'data', listener: Listener): unknown;
  removeListener(event: 'data', listener: Listener): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(error: Error): unknown;
}

/** @param length of a message, as its header has it */
function contentOf(length: number): number {
  const content = length - (HEADER - TYPE);
  if (content >= 0) return content;
  throw new HoldfastError('QUERY_FAILED', `The server sends a message of ${length} bytes, which PostgreSQL does not.`);
}
