/** Two sockets of this process that are connected with each other, one of them to be given to a child. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Through a directory that only this user can enter, and that is gone when it returns.
 *
 * @param ours not connected yet
 * @returns the other one, which is not read from
 * @throws the system's errors
 */
export async function connectPair(ours: Socket): Promise<Socket> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-'));
  const server = createServer({ pauseOnConnect: true });
  try {
    const path = join(directory, 'socket');
    server.listen(path);
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    ours.connect(path);
    const [[theirs]] = await Promise.all([accepted, once(ours, 'connect')]);
    return theirs;
  } finally {
    server.close();
    await rm(directory, { recursive: true, force: true });
  }
}
