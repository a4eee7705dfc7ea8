/**
 * The first statements of each of our sessions: nothing that a database's owner can set or create may influence it.
 *
 * The owner of a database chooses its search_path, and with it whose `=` a superuser's query calls. With an empty one,
 * functions and operators come only from pg_catalog. Relations and types are still looked up in the session's temporary
 * schema first (a login trigger can fill it), so our SQL names the schema of each.
 */
import type pg from 'pg';
import { HoldfastError } from '../core/errors.js';

/** How long a session waits for a lock that its statements need, in milliseconds. */
const LOCK_TIMEOUT_MS = 30_000;

export interface GuardOptions {
  /** Milliseconds; 0 waits forever. @default 30000 */
  readonly lockTimeoutMs?: number;
  /** Whether its transactions may only read, as befits a guest at the source. @default false */
  readonly readOnly?: boolean;
  /** Whether foreign tables may be reached: ANALYZE does, with their owners' rights. @default false */
  readonly foreignTables?: boolean;
}

/** Sent in its own message: a server parses all of a message's statements under the settings from before it. */
export const EMPTY_SEARCH_PATH = `SELECT pg_catalog.set_config('search_path', '', false)`;

/** @throws the server's error */
export async function emptySearchPath(client: pg.Client): Promise<void> {
  await client.query(EMPTY_SEARCH_PATH);
}

/** Settings of a role or database that would end our session or change what its statements mean. */
const SETTINGS: Readonly<Record<string, string>> = {
  // A session that holds an exported snapshot idles for hours.
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  transform_null_equals: 'off',
  array_nulls: 'on',
  quote_all_identifiers: 'off',
  DateStyle: 'ISO, MDY',
  // Rotation reads in warnings which grants had no effect.
  client_min_messages: 'notice',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  // An error is better than missing rows, or running a policy's functions.
  row_security: 'off',
  session_replication_role: 'origin',
};

/** The settings that in our sessions no longer have the values from the server, the database or the role. */
export const OVERRIDDEN_SETTINGS: ReadonlySet<string> = new Set(Object.keys(SETTINGS));

interface GuardRow {
  /** Of the role that signed in. */
  readonly superuser: boolean;
  /** The one that the session acts as; `none` for the one that signed in. */
  readonly role: string;
  readonly event_triggers: string | null;
  readonly pid: number;
}

/**
 * Sets up the session. Goes through pg_settings, so that settings which a version does not know or the role may not
 * change are left alone.
 *
 * @param where for messages
 * @param options `ownRole`: the user's own options say which role the session acts as, so it is kept
 * @returns the role that the session started as because of a setting that the startup options did not override
 * @throws HoldfastError SESSION_UNSAFE for a superuser's session in which other users' code could run
 */
export async function guardSession(
  client: pg.Client,
  where: string,
  options: GuardOptions & { readonly ownRole: boolean },
): Promise<string | undefined> {
  let row = await setUp(client, options);
  let foreignRole: string | undefined;
  if (row && row.role !== 'none' && !options.ownRole) {
    foreignRole = row.role;
    await client.query(`SELECT pg_catalog.set_config('role', 'none', false)`);
    // A superuser may set more than the other role might.
    row = await setUp(client, options);
  }
  if (!row?.superuser) return foreignRole;
  if (row.pid !== (client as unknown as { processID: number | null }).processID) {
    throw unsafe(where, 'a connection pooler is in front of the server and may give each statement another session');
  }
  if (row.event_triggers === 'on') {
    throw unsafe(
      where,
      'the settings that a session starts with, including event_triggers=off, do not reach the server',
    );
  }
  return foreignRole;
}

async function setUp(client: pg.Client, options: GuardOptions): Promise<GuardRow | undefined> {
  const settings = {
    ...SETTINGS,
    lock_timeout: String(options.lockTimeoutMs ?? LOCK_TIMEOUT_MS),
    default_transaction_read_only: options.readOnly ? 'on' : 'off',
    // None of our queries reads a view or a foreign table, but what was a table a moment ago may have become one.
    restrict_nonsystem_relation_kind: options.foreignTables ? 'view' : 'view, foreign-table',
  };
  const { rows } = await client.query<GuardRow>(
    `SELECT (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = session_user) AS superuser,
            pg_catalog.current_setting('role') AS role,
            pg_catalog.current_setting('event_triggers', true) AS event_triggers,
            pg_catalog.pg_backend_pid() AS pid,
            (SELECT pg_catalog.count(pg_catalog.set_config(s.name, v.value, false))
               FROM pg_catalog.pg_settings s
               JOIN ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS v (name, value)
                 ON v.name = s.name
              WHERE s.context = 'user' OR s.context = 'superuser' AND pg_catalog.current_setting('is_superuser') = 'on') AS set`,
    [Object.keys(settings), Object.values(settings)],
  );
  return rows[0];
}

function unsafe(where: string, reason: string): HoldfastError {
  return new HoldfastError(
    'SESSION_UNSAFE',
    `Connecting to ${where}: the role is a superuser, and ${reason}. Code of a database's owner could run with superuser rights.`,
  );
}
