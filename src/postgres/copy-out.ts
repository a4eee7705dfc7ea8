/**
 * Reads rows as the server writes them in COPY's text format.
 *
 * The driver's own parser makes an object of each row. Here the rows of one network read are moved together inside
 * its buffer and handed over at once: for narrow rows that takes less than half the CPU time of a stream over `pg`.
 */
import type { Socket } from 'node:net';
import type pg from 'pg';
import { HoldfastError, messageOf } from '../core/errors.js';
import { qualifiedName, quoteIdentifier } from './identifiers.js';

export interface CopySource {
  readonly schema: string;
  readonly name: string;
  /** In the order wanted. Empty: none, one empty line a row, as pg_dump writes a table without columns. */
  readonly columns: readonly string[];
}

/** Called synchronously with bytes that end anywhere; the buffer is valid only during the call. */
export type ChunkConsumer = (chunk: Buffer) => void;

/**
 * Runs `COPY schema.name (columns) TO STDOUT`.
 *
 * @returns the number of rows
 * @throws HoldfastError QUERY_FAILED with the server's message. Whatever `onChunk` throws, unchanged: the connection
 *   is then closed, because the rest of the rows would still come.
 */
export function copyTableOut(client: pg.Client, source: CopySource, onChunk: ChunkConsumer): Promise<number> {
  const columns = source.columns.map(quoteIdentifier).join(', ');
  const table = qualifiedName(source.schema, source.name);
  return copyOut(client, `COPY ${table}${columns && ` (${columns})`} TO STDOUT`, onChunk);
}

/** As {@link copyTableOut}, for a statement of the caller's own: `COPY (SELECT …) TO STDOUT`. */
export function copyOut(client: pg.Client, statement: string, onChunk: ChunkConsumer): Promise<number> {
  return new Promise((resolve, reject) => {
    const query = new CopyOutQuery(statement, onChunk, resolve, reject);
    // `pg` admits anything with `submit` and the handlers that it calls.
    client.query(query as unknown as Parameters<typeof client.query>[0] & { submit: (c: pg.Connection) => void });
  });
}

/** Message types of the protocol, by their first byte. */
const COPY_DATA = 0x64;
const COPY_OUT_RESPONSE = 0x48;
const COPY_DONE = 0x63;
/** What the server may put between rows: a setting that changed, a notice, a notification. */
const BETWEEN_ROWS: ReadonlySet<number> = new Set([0x53, 0x4e, 0x41]);
const HEADER = 5;

type DataListener = (chunk: Buffer) => void;

/** Takes the place of pg's parser on the socket from the statement to the end of the rows. */
class CopyOutQuery {
  private socket: Socket | undefined;
  private driverListener: DataListener | undefined;
  private readonly listener: DataListener = (chunk) => this.receive(chunk);
  private readonly header = Buffer.alloc(HEADER);
  private headerBytes = 0;
  private type = 0;
  /** Bytes of the current message that have not come yet. */
  private pending = 0;
  private rows = 0;
  private failure: Error | undefined;

  constructor(
    private readonly statement: string,
    private readonly onChunk: ChunkConsumer,
    private readonly resolve: (rows: number) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  submit(connection: { stream: Socket; query(text: string): void }): void {
    const listeners = connection.stream.listeners('data') as DataListener[];
    if (listeners.length !== 1) throw new Error('the connection is read by something else than the driver');
    this.socket = connection.stream;
    this.driverListener = listeners[0];
    this.socket.removeListener('data', this.driverListener as DataListener);
    this.socket.on('data', this.listener);
    connection.query(this.statement);
  }

  private receive(buffer: Buffer): void {
    let read = 0;
    let written = 0;
    let handBack = false;
    while (read < buffer.length) {
      if (this.pending > 0) {
        const length = Math.min(this.pending, buffer.length - read);
        if (this.type === COPY_DATA) {
          buffer.copyWithin(written, read, read + length);
          written += length;
        }
        read += length;
        this.pending -= length;
        continue;
      }
      // An error, or the end: the driver reads from here.
      if (this.headerBytes === 0 && !isOurs(buffer[read])) {
        handBack = true;
        break;
      }
      if (this.headerBytes === 0 && buffer.length - read >= HEADER) {
        this.begin(buffer, read);
        read += HEADER;
      } else {
        this.header[this.headerBytes++] = buffer[read++] ?? 0;
        if (this.headerBytes < HEADER) continue;
        this.begin(this.header, 0);
        this.headerBytes = 0;
      }
      if (this.type === COPY_DONE) {
        handBack = true;
        break;
      }
    }
    if (written > 0) this.deliver(buffer.subarray(0, written));
    if (handBack) this.giveBack(buffer.subarray(read));
  }

  private begin(header: Buffer, at: number): void {
    this.type = header[at] ?? 0;
    this.pending = header.readUInt32BE(at + 1) - 4;
  }

  private deliver(chunk: Buffer): void {
    if (this.failure) return;
    try {
      this.onChunk(chunk);
    } catch (error) {
      this.failure = error as Error;
      this.socket?.destroy();
      this.reject(this.failure);
    }
  }

  private giveBack(rest: Buffer): void {
    this.socket?.removeListener('data', this.listener);
    if (!this.driverListener) return;
    this.socket?.on('data', this.driverListener);
    if (rest.length > 0) this.driverListener(rest);
  }

  handleError(error: Error): void {
    const text = `Running ${this.statement}: ${messageOf(error)}.`;
    this.reject(this.failure ?? new HoldfastError('QUERY_FAILED', text, { cause: error }));
  }

  handleCommandComplete(message: { text: string }): void {
    this.rows = Number(/^COPY (\d+)/.exec(message.text)?.[1] ?? 0);
  }

  handleReadyForQuery(): void {
    this.resolve(this.rows);
  }

  // A statement that turns out to be no COPY … TO STDOUT: its result is of no interest.
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
  handleCopyData(): void {}
}

function isOurs(type: number | undefined): boolean {
  return type === COPY_DATA || type === COPY_OUT_RESPONSE || type === COPY_DONE || BETWEEN_ROWS.has(type ?? 0);
}
