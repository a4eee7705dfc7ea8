/** PostgreSQL for tests: servers of one's own, the shared one, and a fresh database for each test. */
import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { findPrograms, type PostgresPrograms } from '../../src/postgres/client-programs.js';
import type { ThrowawayOptions, ThrowawayServer } from '../../src/postgres/throwaway/options.js';
import { startThrowawayServer } from '../../src/postgres/throwaway/throwaway-server.js';
import type { SharedServer } from './shared-server.js';

export type TestServer = ThrowawayServer;

/** A database of a test. */
export interface TestDatabase {
  readonly name: string;
  /** As libpq takes it, with the superuser: `postgres://postgres@/name?host=…&port=…`. */
  readonly url: string;
  /** The URL for another role. */
  urlFor(user: string): string;
  /** A connected client; `end()` closes it. */
  client(user?: string): Promise<pg.Client>;
  /** Runs one or more statements in a connection of their own, and returns the rows of the last. */
  query<Row extends pg.QueryResultRow = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Closes its clients and drops the database, with whatever is still connected. */
  end(): Promise<void>;
}

/**
 * The newest PostgreSQL with server programs.
 * @throws Error with what to install; tests never skip for want of a program
 */
export async function serverPrograms(): Promise<PostgresPrograms> {
  const all = await findPrograms({ env: process.env });
  const programs = all.filter((found) => found.has('initdb') && found.has('postgres')).at(-1);
  if (!programs) throw new Error('These tests need a PostgreSQL server: npm run setup -- --for test installs it.');
  return programs;
}

/** Starts a server for one file or test; the caller stops it. It takes publications, which need a higher WAL level. */
export async function startTestServer(options: Partial<ThrowawayOptions> = {}): Promise<TestServer> {
  return startThrowawayServer({
    programs: options.programs ?? (await serverPrograms()),
    maxLocksPerTransaction: 4096,
    maxConnections: 60,
    ...options,
    settings: { timezone: 'UTC', shared_buffers: '128MB', ...options.settings },
  });
}

/** The server that all integration tests of a run share. Roles and tablespaces in it are seen by other files. */
export function sharedServer(): SharedServer {
  return inject('postgres');
}

/**
 * Creates a database with a name that no other test has.
 *
 * @param server @default the shared server
 * @param sql run in it; the same text a second time is cloned from a template instead of run again
 * @param options `CREATE DATABASE` options, such as `TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`; not with `sql`
 */
export async function createDatabase(
  server: SharedServer = sharedServer(),
  sql?: string,
  options?: string,
): Promise<TestDatabase> {
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  const template = sql === undefined ? undefined : await templateFor(server, sql);
  const clause = options ?? `TEMPLATE ${template ?? 'template0'}`;
  await administer(server, `CREATE DATABASE ${name} ${clause}${copiedAsFiles(server)}`);
  return openDatabase(server, name);
}

/** Since PostgreSQL 15 a template is copied through the log unless told otherwise: twice the CPU time for one so small. */
function copiedAsFiles({ version }: SharedServer): string {
  return Number.parseInt(version, 10) >= 15 ? ' STRATEGY file_copy' : '';
}

/** The helper object for a database that is already there. */
export function openDatabase(server: SharedServer, name: string): TestDatabase {
  const clients = new Set<pg.Client>();
  const urlFor = (user: string) =>
    `postgres://${encodeURIComponent(user)}@/${encodeURIComponent(name)}?host=${encodeURIComponent(server.host)}&port=${server.port}`;
  return {
    name,
    url: urlFor(server.superuser),
    urlFor,
    client: async (user) => {
      const client = await connect(server, name, user);
      clients.add(client);
      return client;
    },
    query: (text, values) => query(server, name, text, values),
    end: async () => {
      await Promise.all([...clients].map((client) => client.end().catch(() => {})));
      await administer(server, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
    },
  };
}

/** One promise for each server and text, so that concurrent tests of a file build a template once. */
const templates = new Map<string, Promise<string>>();

function templateFor(server: SharedServer, sql: string): Promise<string> {
  const digest = createHash('sha256').update(sql).digest('hex').slice(0, 16);
  const name = `template_${process.pid}_${digest}`;
  const key = `${server.host} ${name}`;
  const known = templates.get(key);
  if (known) return known;
  const made = (async () => {
    await administer(server, `CREATE DATABASE ${name} TEMPLATE template0${copiedAsFiles(server)}`);
    await query(server, name, sql);
    return name;
  })();
  templates.set(key, made);
  return made;
}

/** One connection for each server, as a new one takes longer than most of what it is for. */
const administrators = new Map<string, Promise<pg.Client>>();

/** Runs a statement in the database `postgres`. */
async function administer(server: SharedServer, sql: string): Promise<void> {
  const key = `${server.host} ${server.port}`;
  let client = administrators.get(key);
  if (!client) {
    client = connect(server, 'postgres');
    administrators.set(key, client);
    const forget = () => void administrators.delete(key);
    // A server that ends takes its connection along, and another may begin in its place.
    client.then((connected) => {
      connected.on('end', forget);
      // Missing in its types: an idle connection keeps no process alive.
      (connected as unknown as { unref(): void }).unref();
    }, forget);
  }
  await (await client).query(sql);
}

async function connect(server: SharedServer, database: string, user = server.superuser): Promise<pg.Client> {
  const client = new pg.Client({ host: server.host, port: server.port, user, database });
  // DROP … WITH (FORCE) ends clients that a test left open.
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function query<Row extends pg.QueryResultRow>(
  server: SharedServer,
  database: string,
  sql: string,
  values?: unknown[],
): Promise<Row[]> {
  const client = await connect(server, database);
  try {
    // Several statements in one text give an array of results, which the types do not tell.
    const result = (await client.query<Row>(sql, values)) as pg.QueryResult<Row> | pg.QueryResult<Row>[];
    return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
  } finally {
    await client.end();
  }
}
