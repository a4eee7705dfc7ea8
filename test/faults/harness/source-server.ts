/** A PostgreSQL server with databases to back up. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { findPrograms } from '../../../src/postgres/client-programs.js';
import type { ThrowawayServer } from '../../../src/postgres/throwaway/options.js';
import { startThrowawayServer } from '../../../src/postgres/throwaway/throwaway-server.js';

const SHOP = readFileSync(join(import.meta.dirname, '../../fixtures/sql/shop.sql'), 'utf8');

/** One of most things, and 1.3 MB of rows. */
export const SOURCE = 'shop';
/** As {@link SOURCE}, and so many rows that an uncompressed dump takes three parts of an upload. */
export const LARGE_SOURCE = 'large_shop';

export interface SourceServer {
  readonly server: ThrowawayServer;
  readonly socketPath: string;
  /** Through the socket, or through a proxy at a TCP port of this machine. */
  url(database: string, port?: number): string;
  query(database: string, sql: string): Promise<pg.QueryResultRow[]>;
  stop(): Promise<void>;
}

/** Starts a server with the database {@link SOURCE}. */
export async function startSourceServer(): Promise<SourceServer> {
  const programs = (await findPrograms({ env: process.env })).filter((found) => found.has('initdb')).at(-1);
  if (!programs) throw new Error('The faults need a PostgreSQL server: npm run setup -- --for test installs it.');
  const server = await startThrowawayServer({
    programs,
    maxConnections: 100,
    maxLocksPerTransaction: 1024,
    // What a killed backend takes along, the server must be able to recover.
    settings: { timezone: 'UTC', wal_level: 'replica', full_page_writes: 'on', shared_buffers: '64MB' },
  });
  const source: SourceServer = {
    server,
    socketPath: join(server.host, `.s.PGSQL.${server.port}`),
    url: (database, port) =>
      port === undefined
        ? `postgres://${server.superuser}@/${database}?host=${encodeURIComponent(server.host)}&port=${server.port}`
        : `postgres://${server.superuser}@127.0.0.1:${port}/${database}`,
    query: (database, sql) => query(server, database, sql),
    stop: () => server.stop(),
  };
  await source.query('postgres', `CREATE DATABASE ${SOURCE} TEMPLATE template0`);
  await source.query(SOURCE, SHOP);
  await source.query(SOURCE, `INSERT INTO shop.log SELECT now(), md5(n::text) FROM generate_series(1, 20000) n`);
  return source;
}

/** Adds {@link LARGE_SOURCE}. */
export async function addLargeSource(source: SourceServer): Promise<void> {
  await source.query('postgres', `CREATE DATABASE ${LARGE_SOURCE} TEMPLATE ${SOURCE}`);
  const sql = `INSERT INTO shop.log SELECT now(), repeat(md5(n::text), 20) FROM generate_series(1, 25000) n`;
  await source.query(LARGE_SOURCE, sql);
}

async function query(server: ThrowawayServer, database: string, sql: string): Promise<pg.QueryResultRow[]> {
  const client = new pg.Client(server.connection(database));
  client.on('error', () => {});
  await client.connect();
  try {
    const result = (await client.query(sql)) as pg.QueryResult | pg.QueryResult[];
    const last = Array.isArray(result) ? result.at(-1) : result;
    return (last?.rows ?? []) as pg.QueryResultRow[];
  } finally {
    await client.end();
  }
}
