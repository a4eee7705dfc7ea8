/** What extensions of a drill's server reach: a language without bounds, and a client of PostgreSQL inside of it. */
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startThrowawayServer } from '../../../src/postgres/throwaway/throwaway-server.js';
import type { ThrowawayServer } from '../../../src/postgres/throwaway/options.js';
import { openDatabase, serverPrograms, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { requireExtension } from '../../helpers/required-extension.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

let server: ThrowawayServer;
let database: TestDatabase;
let connections = 0;
const listener = createServer(() => connections++);
let port: number;

beforeAll(async () => {
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  ({ port } = listener.address() as AddressInfo);
  server = await startThrowawayServer({ programs: await serverPrograms(), confinement: 'required' });
  database = openDatabase(server, 'postgres');
  await requireExtension(database, 'plpython3u');
  await requireExtension(database, 'dblink');
});
afterAll(async () => {
  listener.close();
  await server?.stop();
});

let made = 0;
/** Runs the body of a function as Python. @returns what it returns, or the exception in words */
async function python(body: string, where = database): Promise<string> {
  const name = `said_${++made}`;
  const indented = body
    .trim()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
  const text = `try:\n${indented}\nexcept BaseException as e:\n    return "%s: %s" % (type(e).__name__, e)`;
  await where.query(`CREATE FUNCTION ${name}() RETURNS text LANGUAGE plpython3u AS $python$\n${text}\n$python$`);
  const rows = await where.query<{ said: string }>(`SELECT ${name}() AS said`);
  return rows[0]?.said ?? '';
}

describe('plpython3u in a drill', () => {
  it('A4: opens no connection to a service on 127.0.0.1', async () => {
    const connect = `import socket\nsocket.create_connection(("127.0.0.1", ${port}), 5).close()\nreturn "connected"`;
    // It would, where nothing confines it.
    const open = await startThrowawayServer({ programs: server.programs });
    onTestFinished(() => open.stop());
    const there = openDatabase(open, 'postgres');
    await requireExtension(there, 'plpython3u');
    expect(await python(connect, there)).toBe('connected');
    await expect.poll(() => connections).toBe(1);
    expect(await python(connect)).toBe('PermissionError: [Errno 13] Permission denied');
    const metadata = `import urllib.request\nreturn str(urllib.request.urlopen("http://169.254.169.254/", timeout=5).status)`;
    expect(await python(metadata)).toMatch(/Permission denied/);
    expect(connections).toBe(1);
  });

  it("A4: reads no environment and no file of others, inside of the server's own process", async () => {
    const secret = join(temporaryDirectory(), 'secret');
    writeFileSync(secret, 'of-somebody-else', { mode: 0o644 });
    chmodSync(join(secret, '..'), 0o755);
    for (const path of [secret, `/proc/${process.pid}/environ`, '/proc/1/environ', '/proc/self/environ', '/etc/shadow'])
      expect(await python(`return open("${path}", "rb").read().hex()`), path).toMatch(
        /^(PermissionError|FileNotFoundError|ProcessLookupError)/,
      );
    expect(await python('import os\nreturn ",".join(sorted(os.environ))')).not.toMatch(/AWS_|HOLDFAST_|PGPASS/);
  });

  it('A4: writes no file outside, and signals no process of others', async () => {
    const open = temporaryDirectory();
    chmodSync(open, 0o777);
    expect(await python(`return str(open("${open}/marker", "w").write("x"))`)).toMatch(/^PermissionError/);
    expect(existsSync(join(open, 'marker'))).toBe(false);
    expect(await python(`import os\nos.kill(${process.pid}, 0)\nreturn "signaled"`)).toMatch(
      /^(PermissionError|ProcessLookupError)/,
    );
  });

  it('A4: makes no system call that gets around it, by ctypes', async () => {
    const call = (number: number) =>
      `import ctypes\nc = ctypes.CDLL(None, use_errno=True)\nc.syscall(${number}, 0, 0, 0, 0, 0, 0)\nreturn str(ctypes.get_errno())`;
    // io_uring_setup: ENOSYS. pidfd_getfd: EPERM.
    expect(await python(call(425))).toBe('38');
    expect(await python(call(438))).toBe('1');
  });
});

describe('dblink in a drill', () => {
  it('A4: reaches no server: neither by TCP nor by a socket, not even its own', async () => {
    const connect = (conninfo: string) => database.query(`SELECT dblink_connect('${conninfo}')`);
    const before = connections;
    await expect(
      connect(`hostaddr=127.0.0.1 port=${port} user=postgres dbname=postgres connect_timeout=5`),
    ).rejects.toMatchObject({
      detail: expect.stringContaining('could not create socket: Permission denied') as string,
    });
    const shared = sharedServer();
    for (const { host, port: number } of [shared, server])
      await expect(connect(`host=${host} port=${number} dbname=postgres user=postgres`)).rejects.toMatchObject({
        detail: expect.stringContaining('Permission denied') as string,
      });
    expect(connections).toBe(before);
  });
});
