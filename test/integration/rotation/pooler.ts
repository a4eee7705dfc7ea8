/** PgBouncer in front of a server: it asks the server for the passwords of users that it does not know. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../helpers/free-port.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import type { PasswordServer } from './password-server.js';

/** Where distributions put it, which is in root's PATH alone. */
const PATH_OF_DAEMONS = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };

export interface Pooler {
  /** Instead of the server's, in a secret. */
  readonly place: { readonly host: string; readonly port: number };
  stop(): Promise<void>;
}

/**
 * @param users passwords by user; then it knows those alone
 * @throws Error with what to install; tests never skip for want of a program
 */
export async function startPooler(
  server: PasswordServer,
  mode: 'session' | 'transaction',
  users?: Readonly<Record<string, string>>,
): Promise<Pooler> {
  const directory = temporaryDirectory();
  const port = await freePort();
  const { server: behind } = server;
  if (!users) {
    await server.query(
      'postgres',
      `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pooler') THEN
         CREATE ROLE pooler SUPERUSER LOGIN PASSWORD 'pooler'; END IF; END $$`,
    );
  }
  const known = users ?? { pooler: 'pooler' };
  writeFileSync(
    join(directory, 'users.txt'),
    Object.entries(known)
      .map(([name, password]) => `"${name}" "${password}"\n`)
      .join(''),
  );
  const file = join(directory, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
* = host=${behind.host} port=${behind.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(directory, 'users.txt')}
${users ? '' : 'auth_user = pooler\nauth_query = SELECT usename, passwd FROM pg_catalog.pg_shadow WHERE usename = $1\n'}pool_mode = ${mode}
server_reset_query = DISCARD ALL
default_pool_size = 2
server_login_retry = 0
ignore_startup_parameters = extra_float_digits
`,
  );
  chmodSync(directory, 0o755);
  // It refuses to run as root.
  const { user } = behind;
  if (user) for (const path of [directory, file, join(directory, 'users.txt')]) chownSync(path, user.uid, user.gid);
  const child = spawn('pgbouncer', [file], { stdio: ['ignore', 'pipe', 'pipe'], env: PATH_OF_DAEMONS, ...user });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const failed = new Promise<never>((_, reject) => {
    child.once('error', () =>
      reject(new Error('These tests need pgbouncer: npm run setup -- --for test installs it.')),
    );
    child.once('exit', (code) => reject(new Error(`pgbouncer ended with status ${code}: ${said}`)));
  });
  failed.catch(() => {});
  const ready = (async () => {
    while (!said.includes('process up')) await once(child.stderr, 'data');
  })();
  await Promise.race([ready, failed]);
  return {
    place: { host: '127.0.0.1', port },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
