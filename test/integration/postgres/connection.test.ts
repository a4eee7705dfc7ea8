import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/core/errors.js';
import { runProcess } from '../../../src/core/child-process.js';
import { Secret } from '../../../src/core/secret.js';
import { conninfo } from '../../../src/syntax/libpq/connection-target.js';
import { parseConnectionUrl } from '../../../src/syntax/libpq/connection-url.js';
import { openAccess, type DatabaseAccess } from '../../../src/postgres/connection.js';
import { quoteIdentifier } from '../../../src/syntax/sql/identifiers.js';
import { freePort } from '../../helpers/free-port.js';
import { reloadConfiguration } from '../../helpers/reload.js';
import { serverPrograms, startTestServer, type TestServer } from '../../helpers/postgres.js';
import { bareEnvironment } from './access.js';

const PASSWORD = `it's a "secret" \\ ü`;
const ODD_DATABASE = `a'b="c" \\d %20 é=f`;

let server: TestServer;
let directory: string;
let port: number;

/** A server on TCP with TLS, a password for one role, and pg_hba lines that tell the ways in apart. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-tls-'));
  makeCertificates(directory);
  port = await freePort();
  server = await startTestServer({ port, settings: { listen_addresses: '127.0.0.1' } });
  for (const name of ['server.crt', 'server.key']) {
    const target = join(server.host, name);
    await writeFile(target, await readFile(join(directory, name)), { mode: 0o600 });
    if (server.user) await chown(target, server.user.uid, server.user.gid);
  }
  const superuser = await access(`postgres://postgres@/postgres?host=${server.host}&port=${port}`);
  const client = await superuser.connect();
  await client.query(`CREATE ROLE app LOGIN PASSWORD ${client.escapeLiteral(PASSWORD)}`);
  await client.query('CREATE ROLE plain_only LOGIN; CREATE ROLE tls_only LOGIN; CREATE ROLE barred LOGIN');
  await client.query(`CREATE DATABASE ${quoteIdentifier(ODD_DATABASE)}`);
  const { rows } = await client.query<{ hba_file: string }>('SHOW hba_file');
  await writeFile(
    rows[0]?.hba_file ?? '',
    `local all app scram-sha-256
     local all all trust
     hostnossl all plain_only 127.0.0.1/32 trust
     hostssl all tls_only 127.0.0.1/32 trust
     host all app 127.0.0.1/32 scram-sha-256
     host all barred 127.0.0.1/32 reject\n`,
  );
  await client.query(`ALTER SYSTEM SET ssl_cert_file = '${join(server.host, 'server.crt')}'`);
  await client.query(`ALTER SYSTEM SET ssl_key_file = '${join(server.host, 'server.key')}'`);
  await client.query('ALTER SYSTEM SET ssl = on');
  await client.end();
  await reloadConfiguration(server);
});
afterAll(async () => {
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** An authority, and a server certificate for `localhost` by it. */
function makeCertificates(where: string): void {
  const openssl = (...args: string[]) => {
    const result = spawnSync('openssl', args, { cwd: where, encoding: 'utf8' });
    if (result.status !== 0)
      throw new Error(`openssl is needed for this test: ${result.error?.message ?? result.stderr}`);
  };
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=Test CA');
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
  openssl(
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'server.crt',
    '-days',
    '2',
  );
  openssl('req', '-x509', ...key, '-keyout', 'other.key', '-out', 'other.crt', '-days', '2', '-subj', '/CN=Other CA');
}

const url = (user: string, query = '', host = '127.0.0.1') => `postgres://${user}@${host}:${port}/postgres${query}`;

function access(text: string, env: NodeJS.ProcessEnv = {}): Promise<DatabaseAccess> {
  return openAccess({
    target: parseConnectionUrl(text),
    authentication: { kind: 'default' },
    env: { ...bareEnvironment, ...env },
  });
}

/** Whether the session uses TLS, or how connecting failed. */
async function tlsOf(text: string, env: NodeJS.ProcessEnv = {}): Promise<boolean | string> {
  try {
    const client = await (await access(text, env)).connect();
    const { rows } = await client.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    await client.end();
    return rows[0]?.ssl ?? 'no row';
  } catch (error) {
    return error instanceof HoldfastError ? `${error.code}: ${error.message}` : `uncoded: ${String(error)}`;
  }
}

/** The same of PostgreSQL's own psql, in the environment that a child gets. */
async function tlsOfPsql(text: string): Promise<boolean | string> {
  const it = await access(text);
  const programs = await serverPrograms();
  const args = ['-XAtw', '-d', conninfo(it.target), '-c', 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'];
  const run = runProcess({ command: programs.program('psql'), args, env: await it.childEnvironment() });
  return run.then(
    ({ stdout }) => stdout.trim() === 't',
    (error: Error) => error.message,
  );
}

describe('sslmode', () => {
  it.each([
    ['tls_only', 'disable', /AUTHENTICATION_FAILED/],
    ['tls_only', 'allow', true],
    ['tls_only', 'prefer', true],
    ['tls_only', 'require', true],
    ['plain_only', 'disable', false],
    ['plain_only', 'allow', false],
    ['plain_only', 'prefer', false],
    ['plain_only', 'require', /AUTHENTICATION_FAILED/],
  ] as const)('lets %s in under %s as libpq does', async (user, mode, expected) => {
    const text = url(user, `?sslmode=${mode}`);
    const ours = await tlsOf(text);
    if (typeof expected === 'boolean') expect(ours).toBe(expected);
    else expect(ours).toMatch(expected);
    const theirs = await tlsOfPsql(text);
    expect(typeof theirs === 'boolean' ? theirs : 'refused').toBe(typeof expected === 'boolean' ? expected : 'refused');
  });

  it.each([
    ['verify-ca', 'ca.crt', '127.0.0.1', true],
    ['verify-ca', 'other.crt', '127.0.0.1', /CONNECT_FAILED/],
    ['verify-full', 'ca.crt', 'localhost', true],
    ['verify-full', 'ca.crt', '127.0.0.1', /CONNECT_FAILED.*altnames|CONNECT_FAILED.*IP/],
    ['verify-full', 'other.crt', 'localhost', /CONNECT_FAILED/],
    // libpq's compatibility rule: a root certificate turns require into verify-ca.
    ['require', 'other.crt', '127.0.0.1', /CONNECT_FAILED/],
    ['require', 'ca.crt', '127.0.0.1', true],
    ['verify-full', 'missing.crt', 'localhost', /URL_INVALID.*root certificate/],
    ['verify-full', 'system', 'localhost', /CONNECT_FAILED/],
  ] as const)('under %s with %s to %s does as libpq does', async (mode, file, host, expected) => {
    const root = file === 'system' ? file : join(directory, file);
    const text = url('tls_only', `?sslmode=${mode}&sslrootcert=${root}&hostaddr=127.0.0.1`, host);
    const ours = await tlsOf(text);
    if (typeof expected === 'boolean') expect(ours).toBe(expected);
    else expect(ours).toMatch(expected);
    // psql 15 takes "system" for a file name, and refuses as well.
    expect(await tlsOfPsql(text)).toEqual(expected === true ? true : expect.any(String));
  });

  it('takes the mode and the root certificate from the environment', async () => {
    const env = { PGSSLMODE: 'verify-ca', PGSSLROOTCERT: join(directory, 'other.crt') };
    expect(await tlsOf(url('tls_only'), env)).toMatch(/CONNECT_FAILED/);
    expect(await tlsOf(url('tls_only', '?sslmode=require&sslrootcert=/none'), env)).toBe(true);
  });
});

describe('passwords', () => {
  const asApp = async (options: { text?: string; env?: NodeJS.ProcessEnv; password?: string }) => {
    const it = await openAccess({
      target: parseConnectionUrl(options.text ?? url('app')),
      authentication: options.password
        ? { kind: 'password', password: new Secret(options.password) }
        : { kind: 'default' },
      env: { ...bareEnvironment, ...options.env },
    });
    const client = await it.connect();
    await client.end();
    return it;
  };

  it('come from the URL, PGPASSWORD, a password file, or the caller', async () => {
    const passfile = join(directory, 'passfile');
    const escaped = PASSWORD.replaceAll('\\', '\\\\').replaceAll(':', '\\:');
    await writeFile(passfile, `# comment\nother:*:*:*:wrong\n127.0.0.1:${port}:postgres:app:${escaped}\n`, {
      mode: 0o600,
    });
    await asApp({ text: `postgres://app:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres` });
    await asApp({ env: { PGPASSWORD: PASSWORD } });
    await asApp({ env: { PGPASSFILE: passfile } });
    await asApp({ password: PASSWORD, env: { PGPASSWORD: 'wrong' } });
  });

  it('are missing or wrong: AUTHENTICATION_FAILED, which names everything but the password', async () => {
    const wrong = await asApp({ password: 'hunter2' }).catch((error: unknown) => error as HoldfastError);
    expect(wrong).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    expect((wrong as HoldfastError).message).toBe(
      `Connecting to app@127.0.0.1:${port}/postgres: password authentication failed for user "app".`,
    );
    await expect(asApp({})).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: `Connecting to app@127.0.0.1:${port}/postgres: the server asks for a password, and none was given.`,
    });
  });

  it('are not read from a password file that others may read, and the error says so', async () => {
    const open = join(directory, 'open-passfile');
    await writeFile(open, `*:*:*:*:${PASSWORD}\n`);
    await chmod(open, 0o644);
    await expect(asApp({ env: { PGPASSFILE: open } })).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining(`chmod 0600 ${open}`) as string,
    });
  });

  it('reach a child through its environment alone', async () => {
    const it = await asApp({
      password: PASSWORD,
      env: { PGUSER: 'x', PGOPTIONS: '', AWS_SECRET_ACCESS_KEY: 'y', PGTZ: 'z' },
    });
    const env = await it.childEnvironment();
    expect(env).toEqual({
      ...bareEnvironment,
      PGAPPNAME: 'holdfast',
      PGCONNECT_TIMEOUT: '30',
      PGPASSWORD: PASSWORD,
    });
    expect(conninfo(it.target)).not.toContain('secret');
    const programs = await serverPrograms();
    const args = ['-XAtw', '-d', conninfo(it.target), '-c', 'SELECT current_user'];
    expect((await runProcess({ command: programs.program('psql'), args, env })).stdout).toBe('app\n');
  });

  it("and settings of our own environment's PGOPTIONS stay out of our sessions", async () => {
    const before = process.env.PGOPTIONS;
    process.env.PGOPTIONS = '-c default_transaction_read_only=on';
    try {
      const client = await (await asApp({ password: PASSWORD })).connect();
      const { rows } = await client.query('SHOW default_transaction_read_only');
      await client.end();
      expect(rows).toEqual([{ default_transaction_read_only: 'off' }]);
    } finally {
      if (before === undefined) delete process.env.PGOPTIONS;
      else process.env.PGOPTIONS = before;
    }
  });

  it('can be demanded to be bound to the TLS channel', async () => {
    const env = { PGPASSWORD: PASSWORD };
    expect(await tlsOf(url('app', '?channel_binding=require'), env)).toBe(true);
    expect(await tlsOf(url('app', '?channel_binding=require&sslmode=disable'), env)).toMatch(
      /AUTHENTICATION_FAILED.*channel_binding/,
    );
    expect(await tlsOf(url('tls_only', '?channel_binding=require'), env)).toMatch(
      /AUTHENTICATION_FAILED.*channel_binding/,
    );
  });
});

describe('connect', () => {
  it.each([
    [
      'nobody listens',
      () => `postgres://app@127.0.0.1:1/postgres`,
      'CONNECT_FAILED',
      /app@127\.0\.0\.1:1\/postgres: .*ECONNREFUSED/,
    ],
    [
      'the host is unknown',
      () => `postgres://app@no-such-host.invalid/postgres`,
      'CONNECT_FAILED',
      /no-such-host\.invalid/,
    ],
    [
      'there is no socket',
      () => `postgres://app@/postgres?host=/none&port=7`,
      'CONNECT_FAILED',
      /app@\/none:7\/postgres/,
    ],
    [
      'the database is missing',
      () => `postgres://postgres@/nope?host=${server.host}&port=${port}`,
      'DATABASE_MISSING',
      /database "nope" does not exist/,
    ],
    [
      'the role is missing',
      () => `postgres://ghost@/postgres?host=${server.host}&port=${port}`,
      'AUTHENTICATION_FAILED',
      /role "ghost" does not exist/,
    ],
    ['pg_hba.conf rejects', () => url('barred'), 'AUTHENTICATION_FAILED', /pg_hba\.conf rejects connection/],
  ])('says what is wrong when %s', async (_, text, code, message) => {
    const failure = await (await access(text())).connect().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HoldfastError);
    expect((failure as HoldfastError).code).toBe(code);
    expect((failure as HoldfastError).message).toMatch(message);
  });

  it('goes on to the next host when one does not answer, and to the one that can write', async () => {
    const both = await access(
      `postgres://plain_only@127.0.0.1:1,127.0.0.1:${port}/postgres?target_session_attrs=read-write`,
    );
    const client = await both.connect();
    await client.end();
    const standby = await access(url('plain_only', '?target_session_attrs=standby'));
    await expect(standby.connect()).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
  });

  it('reaches a database with an odd name, by itself and through a child, by the same target', async () => {
    const it = (await access(`postgres://postgres@/postgres?host=${server.host}&port=${port}`)).withDatabase(
      ODD_DATABASE,
    );
    const client = await it.connect();
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    await client.end();
    expect(rows[0]?.name).toBe(ODD_DATABASE);
    const programs = await serverPrograms();
    const args = ['-XAtw', '-d', conninfo(it.target), '-c', 'SELECT current_database()'];
    const run = await runProcess({ command: programs.program('psql'), args, env: await it.childEnvironment() });
    expect(run.stdout).toBe(`${ODD_DATABASE}\n`);
  });

  it('takes off the timeouts that the role has, and empties the search path', async () => {
    const superuser = await access(`postgres://postgres@/postgres?host=${server.host}&port=${port}`);
    const admin = await superuser.connect();
    await admin.query(`ALTER ROLE plain_only SET statement_timeout = '1s'; ALTER ROLE plain_only SET idle_in_transaction_session_timeout = '1s';
                       ALTER ROLE plain_only SET idle_session_timeout = '1s'; ALTER ROLE plain_only SET lock_timeout = '1s'`);
    await admin.end();
    const client = await (await access(url('plain_only'))).connect({ lockTimeoutMs: 1500, applicationName: 'drill' });
    const { rows } = await client.query<{ name: string; setting: string }>(
      `SELECT name, current_setting(name) AS setting FROM pg_settings WHERE name ~ '_timeout$|^search_path$|^application_name$'`,
    );
    await client.end();
    expect(Object.fromEntries(rows.map((row) => [row.name, row.setting]))).toMatchObject({
      statement_timeout: '0',
      idle_in_transaction_session_timeout: '0',
      idle_session_timeout: '0',
      lock_timeout: '1500ms',
      search_path: '',
      application_name: 'drill',
    });
  });

  it('is cut by the signal, while connecting and during a query', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address() as { port: number };
    const connecting = new AbortController();
    silent.once('connection', () => connecting.abort());
    const target = await access(`postgres://app@127.0.0.1:${address.port}/postgres`);
    await expect(target.connect({ signal: connecting.signal })).rejects.toMatchObject({ code: 'INTERRUPTED' });
    silent.close();

    const querying = new AbortController();
    const client = await (await access(url('plain_only'))).connect({ signal: querying.signal });
    const query = client.query('SELECT pg_sleep(60)');
    querying.abort();
    await expect(query).rejects.toThrow(/Connection terminated/);
  });
});
