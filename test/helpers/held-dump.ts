/** A dump that stands still at a byte of what the server sends. */
import { join } from 'node:path';
import { TcpProxy } from '../faults/harness/tcp-proxy.js';
import { sharedServer, type TestDatabase } from './postgres.js';

export interface HeldDump {
  /** Reaches the database through the proxy. */
  readonly url: string;
  /** Resolves when so many bytes have passed; no more do. */
  readonly held: Promise<void>;
  release(): void;
  stop(): Promise<void>;
}

/** @param bytes that pg_dump gets of a database of the shared server */
export async function holdDump(database: TestDatabase, bytes: number): Promise<HeldDump> {
  const { host, port, superuser } = sharedServer();
  const proxy = await TcpProxy.start(() => join(host, `.s.PGSQL.${port}`));
  let release = () => {};
  const released = new Promise<'go-on'>((resolve) => (release = () => resolve('go-on')));
  const held = new Promise<void>((resolve) => {
    const act = () => {
      resolve();
      return released;
    };
    proxy.arm({ direction: 'to-client', of: 'libpq', bytes, act });
  });
  return {
    url: `postgres://${superuser}@127.0.0.1:${proxy.port}/${database.name}`,
    held,
    release,
    stop: async () => {
      release();
      await proxy.stop();
    },
  };
}
