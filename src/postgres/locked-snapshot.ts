/**
 * A snapshot for pg_dump in which every table has its rows.
 *
 * Left to itself, pg_dump takes its snapshot first and its locks afterwards. A statement that truncates or rewrites a
 * table in between commits rows that the snapshot does not see, to a file that no longer holds the old ones: the table
 * is dumped empty although it never was. So the locks come first here, and the snapshot is handed over; LOCK TABLE
 * takes none.
 */
import pg from 'pg';
import { HoldfastError, messageOf } from '../core/errors.js';
import type { DatabaseAccess } from './connection.js';
import { IN_SELECTION, NO_MEMBER, RELATIONS } from './dumped-relations.js';
import { parseNamePattern } from '../syntax/sql/name-pattern.js';

export interface LockedSnapshot {
  /** For `pg_dump --snapshot`. */
  readonly id: string;
  /** Once pg_dump has locks of its own, or has ended. May be called again. */
  release(): Promise<void>;
}

export interface LockOptions {
  /** pg_dump's patterns; all schemas when empty. */
  readonly schemas: readonly string[];
  /** How long to wait for each lock, in milliseconds. */
  readonly lockWaitTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tables created between two checks are locked at the next; a database that keeps creating them exhausts the attempts.
 */
const ATTEMPTS = 5;
/** Tables in one LOCK TABLE. */
const BATCH = 500;

const LOCK_NOT_AVAILABLE = '55P03';
const UNDEFINED_TABLE = '42P01';
const INVALID_SCHEMA_NAME = '3F000';
/** What servers that export no snapshot answer: not supported, read-only, not in the right state. */
const NO_SNAPSHOTS = new Set(['0A000', '25006', '55000']);

/**
 * @returns `undefined` where the server exports no snapshots
 * @throws HoldfastError DUMP_FAILED when a lock is not acquired in time; CONNECT_FAILED …; the signal's error
 */
export async function openLockedSnapshot(
  access: DatabaseAccess,
  { schemas, lockWaitTimeoutMs, signal }: LockOptions,
): Promise<LockedSnapshot | undefined> {
  const client = await access.connect({ lockTimeoutMs: lockWaitTimeoutMs, readOnly: true, signal });
  const patterns = schemas.map((pattern) => parseNamePattern(pattern).name);
  let ended: Promise<void> | undefined;
  const release = () => (ended ??= client.end());
  try {
    let tables = await readTables(client, patterns);
    for (let attempt = 1; ; attempt += 1) {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      if (await lock(client, tables)) {
        const { rows } = await client.query<{ id: string }>('SELECT pg_catalog.pg_export_snapshot() AS id');
        const visible = await readTables(client, patterns);
        const locked = new Set(tables);
        if (attempt === ATTEMPTS || visible.every((table) => locked.has(table))) return { id: rows[0]!.id, release };
      } else if (attempt === ATTEMPTS) {
        throw new HoldfastError(
          'DUMP_FAILED',
          `Locking the tables of ${access.describe()}: tables are created and dropped too fast.`,
        );
      }
      await client.query('ROLLBACK');
      tables = await readTables(client, patterns);
    }
  } catch (error) {
    await release();
    const code = error instanceof pg.DatabaseError ? error.code : undefined;
    if (code !== undefined && NO_SNAPSHOTS.has(code)) return undefined;
    if (code === LOCK_NOT_AVAILABLE) throw lockedByOthers(access, lockWaitTimeoutMs, error);
    throw error;
  }
}

/** Quoted names, only of those that the role may read: the preflight has reported the others. */
async function readTables(client: pg.Client, schemas: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name FROM ${RELATIONS}
      WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND ${IN_SELECTION} AND ${NO_MEMBER}
        AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
      ORDER BY c.oid`,
    [schemas],
  );
  return rows.map(({ name }) => name);
}

/** @returns whether all of them are still there */
async function lock(client: pg.Client, tables: readonly string[]): Promise<boolean> {
  for (let from = 0; from < tables.length; from += BATCH) {
    const names = tables.slice(from, from + BATCH).map((table) => `ONLY ${table}`);
    try {
      await client.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
    } catch (error) {
      const code = error instanceof pg.DatabaseError ? error.code : undefined;
      if (code === UNDEFINED_TABLE || code === INVALID_SCHEMA_NAME) return false;
      throw error;
    }
  }
  return true;
}

function lockedByOthers(access: DatabaseAccess, waitedMs: number, error: unknown): HoldfastError {
  return new HoldfastError(
    'DUMP_FAILED',
    `Locking the tables of ${access.describe()}: ${messageOf(error)} (after ${waitedMs / 1000} s).`,
    {
      cause: error,
      hint: 'Somebody is altering or truncating a table, or waiting to: pg_locks and pg_stat_activity show who. Nothing was stored; run it again, or give it more time (--lock-wait-timeout).',
    },
  );
}
