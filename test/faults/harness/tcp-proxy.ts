/**
 * A TCP proxy before a PostgreSQL server that counts bytes, and does something at an exact one: it kills a process while
 * the stream stands still, or hurts the connection.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { clientOf, type Client } from './startup-packet.js';

export type Direction = 'to-server' | 'to-client';

/** What becomes of the connection that a rule stopped. */
export type Verdict = 'go-on' | 'reset' | 'end' | 'freeze';

/** Stops the stream at a byte, once. */
export interface Rule {
  readonly direction: Direction;
  /** Counts the connections of this client alone. @default all */
  readonly of?: Client | undefined;
  /** Of all counted connections together; the stream stands still when so many have passed. */
  readonly bytes: number;
  /** Freezes every other connection too, and those that come later. @default false */
  readonly freezeAll?: boolean;
  readonly act: () => Verdict | Promise<Verdict>;
}

interface Connection {
  readonly client: Socket;
  readonly server: Socket;
  of: Client | undefined;
  frozen: boolean;
  /** Stands still at a rule's byte. */
  held: boolean;
}

export class TcpProxy {
  readonly #listener: Server;
  readonly #connections = new Set<Connection>();
  readonly #passed = new Map<string, number>();
  #rule: Rule | undefined;
  #counted = 0;
  #allFrozen = false;
  /** Whether the rule has come to its byte. */
  struck = false;

  private constructor(socketPath: () => string) {
    this.#listener = createServer({ allowHalfOpen: true }, (client) => this.#accept(client, socketPath()));
  }

  /** @param socketPath of the server, asked for at each connection */
  static async start(socketPath: () => string): Promise<TcpProxy> {
    const proxy = new TcpProxy(socketPath);
    proxy.#listener.listen(0, '127.0.0.1');
    await once(proxy.#listener, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  arm(rule: Rule): void {
    this.#rule = rule;
    this.#counted = 0;
  }

  /** Bytes that went this way so far. @param of all by default */
  passed(direction: Direction, of?: Client): number {
    return this.#passed.get(`${direction} ${of ?? ''}`) ?? 0;
  }

  /** Connections whose client has not gone. */
  get openConnections(): number {
    return [...this.#connections].filter(({ client }) => !client.closed).length;
  }

  async stop(): Promise<void> {
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await closed;
  }

  #accept(client: Socket, socketPath: string): void {
    const server = connect({ path: socketPath, allowHalfOpen: true });
    const connection: Connection = { client, server, of: undefined, frozen: this.#allFrozen, held: false };
    this.#connections.add(connection);
    this.#pump(connection, 'to-server');
    this.#pump(connection, 'to-client');
    client.on('close', () => {
      server.destroy();
      this.#connections.delete(connection);
    });
    server.on('close', () => connection.frozen || client.destroy());
    for (const socket of [client, server]) socket.on('error', () => connection.frozen || close(connection));
    // A client of PostgreSQL's that has read all ends without a reset, and the server would wait for the stream to go on.
    client.on('end', () => connection.held && close(connection));
  }

  #pump(connection: Connection, direction: Direction): void {
    const [source, target] =
      direction === 'to-server' ? [connection.client, connection.server] : [connection.server, connection.client];
    let last = Promise.resolve();
    source.on('data', (chunk: Buffer) => {
      source.pause();
      last = this.#forward(connection, direction, target, chunk).then(
        () => void source.resume(),
        () => close(connection),
      );
    });
    source.on('end', () => void last.then(() => connection.frozen || target.end()));
  }

  async #forward(connection: Connection, direction: Direction, target: Socket, chunk: Buffer): Promise<void> {
    if (direction === 'to-server') connection.of ??= clientOf(chunk);
    const rule = this.#rule;
    let rest = chunk;
    if (rule && rule.direction === direction && (rule.of === undefined || rule.of === connection.of)) {
      const before = rule.bytes - this.#counted;
      this.#counted += chunk.length;
      if (chunk.length >= before) {
        this.#rule = undefined;
        await this.#write(connection, direction, target, chunk.subarray(0, before));
        rest = chunk.subarray(before);
        this.struck = true;
        connection.held = true;
        if (connection.client.readableEnded) close(connection);
        const verdict = await rule.act();
        connection.held = false;
        this.#allFrozen ||= rule.freezeAll === true;
        if (rule.freezeAll) for (const each of this.#connections) each.frozen = true;
        await carryOut(verdict, connection);
      }
    }
    await this.#write(connection, direction, target, rest);
  }

  async #write(connection: Connection, direction: Direction, target: Socket, bytes: Buffer): Promise<void> {
    // A frozen connection never says anything again, and takes no more.
    if (connection.frozen) await new Promise(() => {});
    if (bytes.length === 0 || target.destroyed) return;
    for (const key of [`${direction} `, `${direction} ${connection.of}`]) {
      this.#passed.set(key, (this.#passed.get(key) ?? 0) + bytes.length);
    }
    if (!target.write(bytes)) await Promise.race([once(target, 'drain'), once(target, 'close')]);
  }
}

async function carryOut(verdict: Verdict, connection: Connection): Promise<void> {
  if (connection.client.destroyed) return;
  switch (verdict) {
    case 'go-on':
      return;
    case 'freeze':
      connection.frozen = true;
      return;
    case 'reset':
      connection.client.resetAndDestroy();
      connection.server.destroy();
      return;
    case 'end': {
      // What was sent before leaves first.
      const ended = once(connection.client, 'finish');
      connection.client.end();
      await Promise.race([ended, once(connection.client, 'close')]);
      close(connection);
    }
  }
}

function close({ client, server }: Connection): void {
  client.destroy();
  server.destroy();
}
