/**
 * Stands between clients and a PostgreSQL server and notes what they send, as it goes over the wire: the parameters that
 * a session starts with, and the text of each statement (messages Query and Parse), in their order.
 */
import { chmodSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { SharedServer } from './shared-server.js';
import { temporaryDirectory } from './temporary-directory.js';

export interface RecordedSession {
  /** `user`, `database`, `application_name`, `options` … */
  readonly startup: Readonly<Record<string, string>>;
  readonly texts: string[];
}

export interface WireRecorder {
  /** In place of the server: the directory of a socket. */
  readonly server: SharedServer;
  /** All sessions in the order in which they were begun; those that the server refused have no text. */
  readonly sessions: readonly RecordedSession[];
  stop(): Promise<void>;
}

export interface RecorderOptions {
  /** Answers to the server's messages pass through it; a pooler has keys of its own. */
  readonly alterKey?: boolean;
  /** Refuse sessions with `options`, as poolers do. */
  readonly refuseOptions?: boolean;
}

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;

export async function startWireRecorder(target: SharedServer, options: RecorderOptions = {}): Promise<WireRecorder> {
  const host = temporaryDirectory();
  // Clients that run as another user have to reach the socket.
  chmodSync(host, 0o755);
  const sessions: RecordedSession[] = [];
  const open = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = createConnection(join(target.host, `.s.PGSQL.${target.port}`));
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', end);
      socket.on('close', () => open.delete(socket));
    }
    const reader = new ClientReader((session) => sessions.push(session));
    client.on('data', (chunk: Buffer) => {
      reader.read(chunk);
      if (options.refuseOptions && reader.session?.startup.options !== undefined) client.end(REFUSAL);
      else upstream.write(chunk);
    });
    let keyed = false;
    upstream.on('data', (chunk: Buffer) => {
      const at = options.alterKey && !keyed ? chunk.indexOf(KEY_DATA) : -1;
      if (at >= 0) {
        keyed = true;
        chunk.writeInt32BE(1, at + KEY_DATA.length);
      }
      client.write(chunk);
    });
    client.on('end', () => upstream.end());
    upstream.on('end', () => client.end());
  });
  const path = join(host, `.s.PGSQL.${target.port}`);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  chmodSync(path, 0o777);
  return {
    server: { ...target, host },
    sessions,
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The head of BackendKeyData: the process's number follows. */
const KEY_DATA = Buffer.from([0x4b, 0, 0, 0, 12]);

/** PgBouncer's words. */
const REFUSAL = errorMessage({ S: 'FATAL', V: 'FATAL', C: '08P01', M: 'unsupported startup parameter: options' });

function errorMessage(fields: Readonly<Record<string, string>>): Buffer {
  const body = Buffer.from(
    `${Object.entries(fields)
      .map(([kind, value]) => `${kind}${value}\0`)
      .join('')}\0`,
  );
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** Reads what a client sends, in pieces of any size. */
class ClientReader {
  session: RecordedSession | undefined;
  #rest = Buffer.alloc(0);

  constructor(private readonly onSession: (session: RecordedSession) => void) {}

  read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      // Messages before the session has begun have no letter in front.
      const head = this.session ? 1 : 0;
      if (this.#rest.length < head + 4) return;
      const length = this.#rest.readInt32BE(head) + head;
      if (this.#rest.length < length) return;
      const message = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      if (this.session) this.#note(this.session, message);
      else this.#begin(message);
    }
  }

  #begin(message: Buffer): void {
    const code = message.readInt32BE(4);
    if (code === SSL_REQUEST || code === GSS_REQUEST || code === CANCEL_REQUEST) return;
    const words = message.toString('utf8', 8).split('\0');
    const startup: Record<string, string> = {};
    for (let at = 0; words[at]; at += 2) startup[words[at] as string] = words[at + 1] ?? '';
    this.session = { startup, texts: [] };
    this.onSession(this.session);
  }

  #note({ texts }: RecordedSession, message: Buffer): void {
    const letter = String.fromCharCode(message[0] ?? 0);
    if (letter === 'Q') texts.push(message.toString('utf8', 5, message.indexOf(0, 5)));
    if (letter !== 'P') return;
    const from = message.indexOf(0, 5) + 1;
    texts.push(message.toString('utf8', from, message.indexOf(0, from)));
  }
}
