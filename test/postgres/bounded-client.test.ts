import { describe, expect, it } from 'vitest';
import { LARGEST_ANSWER, LARGEST_MESSAGE, MessageBound } from '../../src/postgres/bounded-client.js';

/** A message's type and length, which counts itself. */
function header(type: string, length: number): Buffer {
  const bytes = Buffer.alloc(5, type);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

const message = (type: string, body: number) => Buffer.concat([header(type, body + 4), Buffer.alloc(body)]);

describe('A7: what a server sends', () => {
  it('is followed from message to message, wherever the pieces end', () => {
    const bytes = Buffer.concat([message('D', 0), message('D', 7), message('C', 70_000), message('Z', 1)]);
    for (const size of [1, 2, 3, 4, 5, 6, 1000, bytes.length]) {
      const bound = new MessageBound();
      for (let at = 0; at < bytes.length; at += size) bound.pass(bytes.subarray(at, at + size));
      // A message begins here, if the end of the last one was found.
      expect(() => bound.pass(header('D', LARGEST_MESSAGE + 5))).toThrow(/one message of 16777221 bytes/);
    }
  });

  it('may be one message of the largest size, and none of a byte more', () => {
    new MessageBound().pass(header('D', LARGEST_MESSAGE + 4));
    const piecewise = new MessageBound();
    piecewise.pass(header('D', 0xffffffff).subarray(0, 4));
    expect(() => piecewise.pass(Buffer.of(0xff))).toThrow(
      expect.objectContaining({ code: 'QUERY_FAILED', message: expect.stringContaining('4294967295') as string }),
    );
  });

  it('may be a limited answer to one statement, and the same again to the next', () => {
    const bound = new MessageBound();
    const piece = message('D', LARGEST_MESSAGE - 5);
    const most = Math.floor(LARGEST_ANSWER / LARGEST_MESSAGE);
    for (let round = 0; round < 2; round++) {
      for (let sent = 0; sent < most; sent++) bound.pass(piece);
      bound.pass(message('Z', 1));
    }
    for (let sent = 0; sent < most; sent++) bound.pass(piece);
    expect(() => bound.pass(piece)).toThrow(/more than 536870912 bytes in answer to one statement/);
  });

  it('is no message where its length does not even count itself', () => {
    expect(() => new MessageBound().pass(header('D', 3))).toThrow(/not PostgreSQL's/);
  });
});
