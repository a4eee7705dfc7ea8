/** A PostgreSQL server that asks for passwords, as one of AWS's does; only its superuser gets in without. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import pg from 'pg';
import { startTestServer, type TestServer } from '../../helpers/postgres.js';
import { reloadConfiguration } from '../../helpers/reload.js';
import type { ThrowawayOptions } from '../../../src/postgres/throwaway/options.js';

export interface PasswordServer {
  readonly server: TestServer;
  /** A CREATEROLE role that is no superuser, as on RDS, and where it may sign in. */
  readonly administrator: {
    readonly username: string;
    readonly password: string;
    readonly host: string;
    readonly port: number;
  };
  /** Runs statements as the superuser and returns the rows of the last. */
  query<Row extends pg.QueryResultRow = Record<string, unknown>>(database: string, sql: string): Promise<Row[]>;
  /** A database whose owner is the administrator, as the master user's on RDS. */
  createDatabase(): Promise<string>;
  /** What a secret says of how to get there. */
  secretFields(database: string): { engine: 'postgres'; host: string; port: number; dbname: string };
  stop(): Promise<void>;
}

export async function startPasswordServer(options: Partial<ThrowawayOptions> = {}): Promise<PasswordServer> {
  const server = await startTestServer(options);
  const query: PasswordServer['query'] = async (database, sql) => {
    const client = new pg.Client(server.connection(database));
    // One that a crash cuts off says so a second time, to nobody.
    client.on('error', () => {});
    await client.connect();
    try {
      const result = (await client.query(sql)) as pg.QueryResult | pg.QueryResult[];
      return ((Array.isArray(result) ? result.at(-1) : result)?.rows ?? []) as never;
    } finally {
      await client.end();
    }
  };
  const rows = await query<{ hba_file: string }>('postgres', 'SHOW hba_file');
  await writeFile(
    rows[0]?.hba_file ?? '',
    `local all ${server.superuser} trust\nlocal all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n`,
  );
  await reloadConfiguration(server);
  const { host, port } = server;
  const administrator = { username: 'rds_admin', password: randomBytes(12).toString('hex'), host, port };
  await query('postgres', `CREATE ROLE rds_admin LOGIN CREATEROLE CREATEDB PASSWORD '${administrator.password}'`);
  return {
    server,
    administrator,
    query,
    async createDatabase() {
      const name = `app_${randomBytes(4).toString('hex')}`;
      await query('postgres', `CREATE DATABASE ${name} OWNER rds_admin`);
      await query(name, 'ALTER SCHEMA public OWNER TO rds_admin');
      return name;
    },
    secretFields: (dbname) => ({ engine: 'postgres', host: server.host, port: server.port, dbname }),
    stop: () => server.stop(),
  };
}
