/**
 * The driver, with a bound on what it takes from a server. It keeps a message whole in memory, and the rows of an answer
 * until the last has come; and what fails in it while it reads would end the process, as nobody is there to catch it.
 * Both are for the server to decide, and with it for the code of a dump: a value of a catalog can be of a gigabyte.
 *
 * COPY is not bounded: its rows pass by in pieces, and the driver does not see them (`CopiedRows` and pg-copy-streams read
 * the socket).
 */
import pg from 'pg';
import { HoldfastError, messageOf } from '../core/errors.js';
import { ReusingSocket } from '../core/reusing-socket.js';

/** One row of a query of ours, or one error or notice: names, definitions and settings. */
export const LARGEST_MESSAGE = 16 * 1024 * 1024;
/** All that comes until the server is ready for the next statement. */
export const LARGEST_ANSWER = 512 * 1024 * 1024;

const HEADER = 5;
const READY_FOR_QUERY = 'Z'.charCodeAt(0);

/**
 * A client that is not connected yet. Whatever of a server's answer it does not take ends its connection.
 *
 * @param reusing whether its socket is a {@link ReusingSocket}; where there is TLS, it is none
 */
export function boundedClient(config: pg.ClientConfig, reusing = false): pg.Client {
  const stream = reusing && !config.ssl ? { stream: () => new ReusingSocket() } : {};
  const client = new pg.Client({ ...config, ...stream });
  const connection = client.connection as unknown as DriverConnection;
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = (stream) => {
    attach(stream);
    guard(stream);
  };
  return client;
}

/** What of the driver's connection is no part of its types. Called for the socket, and for the TLS session on it. */
interface DriverConnection {
  attachListeners(stream: DriverStream): void;
}

type DriverStream = NodeJS.EventEmitter & { destroy(error: Error): void };
type DataListener = (chunk: Buffer) => void;

/** Replaces the driver's listener by one around it: pg-copy-streams expects that there is one, and puts it back. */
function guard(stream: DriverStream): void {
  const [read, ...others] = stream.listeners('data') as DataListener[];
  if (!read || others.length > 0) {
    throw new HoldfastError('INTERNAL', `The driver has ${others.length + Number(read !== undefined)} readers.`);
  }
  const bound = new MessageBound();
  stream.removeListener('data', read);
  stream.on('data', (chunk: Buffer) => {
    try {
      bound.pass(chunk);
      read(chunk);
    } catch (error) {
      stream.destroy(
        error instanceof HoldfastError
          ? error
          : new HoldfastError('QUERY_FAILED', `Reading the server's answer failed: ${messageOf(error)}.`, {
              cause: error,
            }),
      );
    }
  });
}

/** Follows the messages of a server, which come in pieces that end anywhere. */
export class MessageBound {
  readonly #header = Buffer.alloc(HEADER);
  /** How much of the header is there. */
  #known = 0;
  /** What is still to come of the message. */
  #rest = 0;
  #answer = 0;

  /** @throws HoldfastError QUERY_FAILED */
  pass(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#rest > 0) {
        const taken = Math.min(this.#rest, chunk.length - at);
        this.#rest -= taken;
        at += taken;
        continue;
      }
      const taken = chunk.copy(this.#header, this.#known, at, at + HEADER - this.#known);
      this.#known += taken;
      at += taken;
      if (this.#known === HEADER) this.#begin();
    }
  }

  #begin(): void {
    this.#known = 0;
    // The length counts itself, and not the type.
    const length = this.#header.readUInt32BE(1);
    this.#rest = length - (HEADER - 1);
    if (this.#rest < 0) throw tooMuch(`Its answer is not PostgreSQL's: a message of ${length} bytes`);
    if (this.#rest > LARGEST_MESSAGE) {
      throw tooMuch(`It sends one message of ${length} bytes, and none of more than ${LARGEST_MESSAGE} is read`);
    }
    this.#answer = this.#header[0] === READY_FOR_QUERY ? 0 : this.#answer + HEADER + this.#rest;
    if (this.#answer > LARGEST_ANSWER) {
      throw tooMuch(`It sends more than ${LARGEST_ANSWER} bytes in answer to one statement`);
    }
  }
}

function tooMuch(what: string): HoldfastError {
  return new HoldfastError('QUERY_FAILED', `Reading the server's answer failed: ${what}.`, {
    hint: 'The connection was ended. No query of Holdfast needs that much: look for what the database keeps in its catalogs.',
  });
}
