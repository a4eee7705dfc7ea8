/** Two sockets of this process that are connected with each other, one of them to be given to a child. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anySignal } from './cancellation.js';

/** Where no descriptor is left, the system may drop a connection without a word to either side. */
const PATIENCE_MS = 5_000;

/**
 * Through a directory that only this user can enter, and that is gone when it returns.
 *
 * @param ours not connected yet
 * @returns the other one, which is not read from
 * @throws the system's errors; an AbortError where the connection is not made, or is closed at once
 */
export async function connectPair(ours: Socket): Promise<Socket> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-'));
  const server = createServer({ pauseOnConnect: true });
  const closed = new AbortController();
  const onClose = () => closed.abort();
  ours.once('close', onClose);
  const signal = anySignal(closed.signal, AbortSignal.timeout(PATIENCE_MS));
  try {
    const path = join(directory, 'socket');
    server.listen(path);
    await once(server, 'listening');
    const accepted = once(server, 'connection', { signal }) as Promise<[Socket]>;
    ours.connect(path);
    const [[theirs]] = await Promise.all([accepted, once(ours, 'connect', { signal })]);
    return theirs;
  } finally {
    ours.off('close', onClose);
    server.close();
    await rm(directory, { recursive: true, force: true });
  }
}
