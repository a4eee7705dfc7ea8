/** A server with a database whose owner has set traps for everybody else's sessions. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { PostgresPrograms } from '../../../src/postgres/client-programs.js';
import { openDatabase, startTestServer, type TestDatabase, type TestServer } from '../../helpers/postgres.js';
import { eventually } from '../../helpers/processes.js';
import { runPsql } from '../../helpers/psql.js';

const FIXTURES = join(import.meta.dirname, '../../fixtures/sql');

/** What the owner of a database, or of a role, can set to change what statements mean, or to end them. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ['search_path', 'evil, pg_catalog'],
  ['standard_conforming_strings', 'off'],
  ['backslash_quote', 'on'],
  ['DateStyle', "'German, DMY'"],
  ['row_security', 'on'],
  ['default_transaction_read_only', 'on'],
  ['default_transaction_isolation', "'serializable'"],
  ['default_transaction_deferrable', 'on'],
  ['check_function_bodies', 'on'],
  ['quote_all_identifiers', 'on'],
  ['array_nulls', 'off'],
  ['transform_null_equals', 'on'],
  ['client_min_messages', 'error'],
  ['statement_timeout', '1'],
  ['lock_timeout', '1'],
  ['idle_in_transaction_session_timeout', '1'],
  ['idle_session_timeout', '1'],
];

const LOGIN_TRIGGER = `
  CREATE FUNCTION evil.on_login() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trap('login trigger'); END $$;
  ALTER FUNCTION evil.on_login() OWNER TO shop_owner;
  CREATE EVENT TRIGGER trapped_login ON login EXECUTE FUNCTION evil.on_login();
  ALTER EVENT TRIGGER trapped_login ENABLE ALWAYS`;

const WITHOUT_TRAPS =
  '-c role=none -c search_path=pg_catalog -c statement_timeout=0 -c idle_session_timeout=0 -c default_transaction_deferrable=off';

export interface TrappedServer {
  readonly server: TestServer;
  /** The trapped database, with sessions that have none of its settings. */
  readonly database: TestDatabase;
  /** Whose rights the traps got, and which they were; of all databases. */
  sprung(): Promise<string[]>;
  /** Leaves out of `sprung` what has sprung by now. */
  forget(): Promise<void>;
  /** What the traps have noted in a database. */
  marked(database?: string): Promise<unknown[]>;
  /** Every role with its attributes and memberships, as one text for each. */
  roles(): Promise<string[]>;
  /** Plants the same in a further database, made for it. */
  plant(name: string): Promise<TestDatabase>;
  stop(): Promise<void>;
}

export interface TrapOptions {
  /** @default the newest that is installed */
  readonly programs?: PostgresPrograms;
  /** A trigger of PostgreSQL 17 that runs whenever a session begins. @default false */
  readonly loginTrigger?: boolean;
}

export const OWNER = 'shop_owner';
export const DUMPER = 'shop_dumper';

export async function startTrappedServer({
  loginTrigger = false,
  ...options
}: TrapOptions = {}): Promise<TrappedServer> {
  const logs = mkdtempSync(join(tmpdir(), 'hf-log-'));
  chmodSync(logs, 0o777);
  const server = await startTestServer({
    ...options,
    settings: { logging_collector: 'on', log_directory: logs, log_filename: 'log', log_file_mode: '0644' },
  });
  const maintenance = openDatabase(server, 'postgres');
  await maintenance.query(
    `CREATE ROLE ${OWNER} LOGIN; CREATE ROLE ${DUMPER} LOGIN BYPASSRLS; GRANT pg_read_all_data TO ${DUMPER}`,
  );
  const names: string[] = [];
  const plant = async (name: string) => {
    names.push(name);
    await maintenance.query(`CREATE DATABASE ${name} OWNER ${OWNER} TEMPLATE template0`);
    const traps = await readFile(join(FIXTURES, 'traps.sql'), 'utf8');
    const planted = await runPsql(server, name, `\\set ON_ERROR_STOP on\n${traps}`, OWNER);
    if (planted.code !== 0) throw new Error(planted.stderr);
    const database = openDatabase(server, name);
    // Whatever session_replication_role is.
    await database.query(`CREATE EVENT TRIGGER trapped ON ddl_command_start EXECUTE FUNCTION evil.on_event();
      ALTER EVENT TRIGGER trapped ENABLE ALWAYS`);
    const set = SETTINGS.map(([setting, value]) => `SET ${setting} = ${value}`);
    if (loginTrigger) await database.query(LOGIN_TRIGGER);
    // From here on nobody connects there without them, but for sessions that say otherwise.
    for (const clause of set) await maintenance.query(`ALTER DATABASE ${name} ${clause}`);
    await maintenance.query(`ALTER DATABASE ${name} SET session_replication_role = replica`);
    await maintenance.query(`ALTER DATABASE ${name} SET role = ${OWNER}`);
    return database;
  };
  const database = await plant('shop');
  const quiet = SETTINGS.filter(([setting]) => setting !== 'search_path').map(
    ([setting, value]) => `SET ${setting} = ${value}`,
  );
  for (const clause of quiet) await maintenance.query(`ALTER ROLE ${DUMPER} ${clause}`);
  await maintenance.query(`ALTER ROLE ${DUMPER} SET search_path = evil, pg_catalog`);

  let forgotten = 0;
  const log = () => readdirSync(logs).flatMap((file) => readFileSync(join(logs, file), 'utf8').split('\n'));
  /** What was logged so far: the log is written by a process of its own, in order, so a line of ours comes last. */
  const noted = async () => {
    const last = `so far ${randomUUID()}`;
    await maintenance.query(`DO $$ BEGIN RAISE LOG '${last}'; END $$`);
    await eventually('the log is written', () => log().some((line) => line.includes(last)));
    return log().filter((line) => line.includes('hostile code: '));
  };
  return {
    server,
    database,
    plant,
    forget: async () => {
      forgotten = (await noted()).length;
    },
    sprung: async () => (await noted()).slice(forgotten),
    marked: async (name = 'shop') => {
      const client = new pg.Client({ ...server.connection(name), options: WITHOUT_TRAPS });
      await client.connect();
      const { rows } = await client.query<Record<string, string>>('SELECT what, who FROM evil.marker');
      await client.end();
      return rows;
    },
    roles: async () =>
      (
        await maintenance.query<{ role: string }>(
          `SELECT pg_catalog.row_to_json(r)::text || ARRAY(SELECT m.roleid::text || m.admin_option::text FROM pg_auth_members m
                   WHERE m.member = r.oid ORDER BY 1)::text AS role FROM pg_roles r ORDER BY rolname`,
        )
      ).map(({ role }) => role),
    stop: async () => {
      await server.stop();
      rmSync(logs, { recursive: true, force: true });
    },
  };
}
