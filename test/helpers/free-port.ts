/** TCP ports for servers that cannot be asked to choose one themselves. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ListenOptions, type Server } from 'node:net';

/**
 * A TCP port of the loopback interface that nobody listens on, and that nobody else is given as long as this process
 * lives. A port that the system chooses and that is let go again would be free by luck: any connection may get it.
 *
 * @throws Error when none is left
 */
export async function freePort(): Promise<number> {
  const [lowest, highest] = [10_000, firstEphemeralPort() - 1];
  const count = highest - lowest + 1;
  // Processes begin at different places.
  let candidate = (process.pid * 37) % count;
  for (let tries = 0; tries < count; tries++, candidate = (candidate + 1) % count) {
    const port = lowest + candidate;
    const claim = await listening({ path: `\0holdfast-test-port-${port}` });
    if (!claim) continue;
    const probe = await listening({ port, host: '127.0.0.1' });
    if (probe) {
      probe.close();
      await once(probe, 'close');
      return port;
    }
    claim.close();
  }
  throw new Error(`No port from ${lowest} to ${highest} is free.`);
}

/** Below it are the ports that no outgoing connection is given. */
function firstEphemeralPort(): number {
  const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  return Math.max(Number(range.split(/\s+/)[0]), 12_000);
}

/** An abstract socket is gone with its process. @returns nothing where the place is taken */
async function listening(place: ListenOptions): Promise<Server | undefined> {
  const server = createServer();
  server.unref();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(place, () => resolve(server));
  });
}
