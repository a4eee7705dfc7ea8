import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import type pg from 'pg';
import { expect, it } from 'vitest';
import { BufferPool } from '../../../src/core/buffer-pool.js';
import { BoundedQueue } from '../../../src/postgres/readers/bounded-queue.js';
import { CopiedRows, PIECE_BYTES } from '../../../src/postgres/readers/copied-rows.js';

/** The driver's end of a connection: what reaches its own reader, and whether that is in place. */
class Connection {
  readonly stream = Object.assign(new EventEmitter(), {
    pause() {},
    resume() {},
    destroy: (error: Error) => void (this.failure = error),
  });
  readonly driver: Buffer[] = [];
  failure: Error | undefined;
  sent = '';

  constructor() {
    this.stream.on('data', (chunk: Buffer) => this.driver.push(Buffer.from(chunk)));
  }

  query(text: string): void {
    this.sent = text;
  }
}

function message(type: string, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string);
  const header = Buffer.alloc(5, type);
  header.writeUInt32BE(bytes.length + 4, 1);
  return Buffer.concat([header, bytes]);
}

async function copied(messages: readonly Buffer[], cuts: readonly number[]) {
  const connection = new Connection();
  const queue = new BoundedQueue(1 << 30);
  const rows = new CopiedRows('COPY t TO STDOUT', queue, new BufferPool(PIECE_BYTES));
  rows.submit(connection as unknown as pg.Connection);
  const wire = Buffer.concat(messages);
  const memory = Buffer.alloc(wire.length);
  let from = 0;
  for (const to of [...cuts.map((cut) => cut % (wire.length + 1)).sort((a, b) => a - b), wire.length]) {
    const chunk = memory.subarray(0, wire.copy(memory, 0, from, to));
    connection.stream.emit('data', chunk);
    chunk.fill(0xff);
    from = to;
  }
  rows.handleCommandComplete({ text: 'COPY 42' });
  rows.handleReadyForQuery();
  queue.end();
  const pieces: Buffer[] = [];
  for await (const piece of queue.take()) pieces.push(Buffer.from(piece));
  return { connection, text: Buffer.concat(pieces), counted: await rows.ended };
}

it('rows are gathered, and all else is left to the driver, wherever the bytes are cut', async () => {
  const row = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => message('d', Buffer.from(bytes)));
  const other = fc.constantFrom(
    message('N', 'a notice'),
    message('C', 'SAVEPOINT\0'),
    message('c', ''),
    message('H', '\0\0\0'),
  );
  const messages = fc.array(fc.oneof({ weight: 5, arbitrary: row }, other), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(messages, fc.array(fc.nat(), { maxLength: 12 }), async (sent, cuts) => {
      const { connection, text, counted } = await copied(sent, cuts);
      const isRow = (each: Buffer) => each[0] === 'd'.charCodeAt(0);
      expect(text.equals(Buffer.concat(sent.filter(isRow).map((each) => each.subarray(5))))).toBe(true);
      expect(Buffer.concat(connection.driver).equals(Buffer.concat(sent.filter((each) => !isRow(each))))).toBe(true);
      expect(counted).toBe(42);
      connection.stream.emit('data', Buffer.from('later'));
      expect(connection.driver.at(-1)?.toString()).toBe('later');
    }),
  );
});

it('rows longer than a piece, and many of them, are whole', async () => {
  const long = Buffer.alloc(3 * PIECE_BYTES + 7, 'abc');
  const { text } = await copied(
    [message('d', long), message('d', 'short'), message('d', long)],
    [100, 300_000, 300_001],
  );
  expect(text.equals(Buffer.concat([long, Buffer.from('short'), long]))).toBe(true);
});

it('a length that no message has ends the connection', async () => {
  const broken = message('d', 'row');
  broken.writeUInt32BE(3, 1);
  const { connection } = await copied([message('d', 'good'), broken], []);
  expect(connection.failure).toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringContaining('3 bytes') as string,
  });
});
