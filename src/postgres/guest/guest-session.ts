/**
 * Our session beside pg_dump: it exports the snapshot that pg_dump reads in, and finds out whether the snapshot was
 * good. It is a guest: **whenever it waits for anybody, it holds no lock, and while it holds a lock, it waits for
 * nobody**. A lock of ours that lasted until pg_dump has its own could get a foreign waiter between the two: a TRUNCATE
 * waits for us, pg_dump waits behind the TRUNCATE, we wait for pg_dump, and everybody else waits behind all three. That
 * ring runs through our own process, so the server sees no deadlock in it. Locks on catalogs count too (VACUUM FULL).
 *
 * pg_dump takes its snapshot first and its locks afterwards, so a table that is truncated or rewritten in between has a
 * new file in which the snapshot sees no row. Instead of keeping others from it, we look: what the tables were in the
 * snapshot is compared with what they are once pg_dump holds its locks, when it can change no more.
 *
 * What a further session needs that reads in the same snapshot (a reader of large tables):
 *
 * 1. `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '…'` between the export and
 *    {@link GuestSession.endSnapshot}: later, nobody holds the snapshot open under that id.
 * 2. Locks only after pg_dump has all of its own (`settled` in `start-dump.ts`), and only with NOWAIT. A refused one
 *    means that somebody waits for pg_dump; waiting behind them closes the ring, as pg_dump waits for us to take its
 *    output. That table is left to pg_dump.
 * 3. Its process id for {@link GuestSession.waiters}, so that whoever waits for it counts for `--give-way`.
 */
import pg from 'pg';
import { sleep } from '../../core/cancellation.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { DatabaseAccess } from '../connection.js';
import { whileFull } from '../full-server.js';
import { changedTables, readTableStates, tablesBeingChanged, type TableStates } from './table-states.js';

export interface GuestOptions {
  /** pg_dump's patterns; all schemas when empty. */
  readonly schemas: readonly string[];
  /** How long to wait for whoever is changing a table, in milliseconds. */
  readonly lockWaitTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A session of somebody who waits for a lock that a session of ours holds, or awaits before them. */
export interface Waiter {
  readonly pid: number;
  /** The OID of the relation that they wait for, if it is one. */
  readonly relation: string | null;
}

/** pg_dump's session, as the server shows it. */
export interface DumpSession {
  readonly pid: number;
  /** How many of the tables that were asked for it has locked. */
  readonly locked: number;
}

/** How many times all tables that others are changing have to be free in the same moment, before that is given up. */
const ATTEMPTS = 10;
/** Tables in one LOCK TABLE. */
const BATCH = 500;

/** How long a session that was ended may take to be gone, and how often to look, in milliseconds. */
const PARTING_MS = 5_000;
const PARTING_POLL_MS = 10;

const LOCK_NOT_AVAILABLE = '55P03';
const IN_FAILED_TRANSACTION = '25P02';
const INSUFFICIENT_PRIVILEGE = '42501';
/** A name that is no table any more, or none that we may read: pg_dump is to say so, if it is one of its own. */
const NOT_LOCKABLE = new Set(['42P01', '3F000', INSUFFICIENT_PRIVILEGE, '42809']);
/** What servers that export no snapshot answer: not supported, read-only, not in the right state. */
const NO_SNAPSHOTS = new Set(['0A000', '25006', '55000']);

/** @throws HoldfastError CONNECT_FAILED …; the signal's error */
export async function openGuestSession(access: DatabaseAccess, options: GuestOptions): Promise<GuestSession> {
  const { lockWaitTimeoutMs: lockTimeoutMs, signal } = options;
  const client = await whileFull(() => access.connect({ lockTimeoutMs, readOnly: true, signal }), signal);
  return new GuestSession(client, access, options);
}

export class GuestSession {
  readonly #client: pg.Client;
  readonly #access: DatabaseAccess;
  readonly #options: GuestOptions;
  #ended: Promise<void> | undefined;

  constructor(client: pg.Client, access: DatabaseAccess, options: GuestOptions) {
    this.#client = client;
    this.#access = access;
    this.#options = options;
  }

  /**
   * Begins a transaction and exports its snapshot for `pg_dump --snapshot`. Nothing is locked when it returns.
   *
   * The moment is chosen: nobody is just then truncating or rewriting a table. For whoever does, and for those that an
   * earlier attempt found changed, it waits; then their next change is as far away as it can be, which is what gives
   * pg_dump the time to lock a table that is truncated ten times a second.
   *
   * @param changed names of tables, as {@link changed} gives them
   * @returns `undefined` where the server exports no snapshots
   * @throws HoldfastError DUMP_FAILED when somebody keeps a table locked for too long; the signal's error
   */
  async exportSnapshot(changed: readonly string[] = []): Promise<string | undefined> {
    let busy = [...new Set([...changed, ...(await tablesBeingChanged(this.#client, this.#options.schemas))])];
    for (let attempt = 1; ; attempt += 1) {
      if (busy.length > 0) busy = await this.#waitForEach(busy);
      await this.#client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      try {
        return await this.#exportWhenFree(attempt < ATTEMPTS ? busy : []);
      } catch (error) {
        await this.#client.query('ROLLBACK');
        const code = codeOf(error);
        if (NO_SNAPSHOTS.has(code)) return undefined;
        if (code !== LOCK_NOT_AVAILABLE && !NOT_LOCKABLE.has(code)) throw error;
      }
    }
  }

  /** LOCK TABLE takes no snapshot, so it is taken by the last statement, in the moment in which all of them are free. */
  async #exportWhenFree(tables: readonly string[]): Promise<string> {
    const EXPORT = 'SELECT pg_catalog.pg_export_snapshot() AS id';
    if (tables.length === 0) return idOf(await this.#client.query(EXPORT));
    await this.#client.query('SAVEPOINT holdfast_free');
    for (let from = 0; from < tables.length; from += BATCH) {
      const names = tables.slice(from, from + BATCH).map((table) => `ONLY ${table}`);
      await this.#client.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE NOWAIT`);
    }
    // In one message: the locks are gone, and the snapshot is taken, before anybody who waited can do anything.
    const results = (await this.#client.query(
      `ROLLBACK TO SAVEPOINT holdfast_free; RELEASE SAVEPOINT holdfast_free; ${EXPORT}`,
    )) as unknown as pg.QueryResult[];
    return idOf(results.at(-1));
  }

  /** One after the other, so that nobody waits for us while we wait. @returns those that could be locked */
  async #waitForEach(tables: readonly string[]): Promise<string[]> {
    const free: string[] = [];
    for (const table of tables) {
      try {
        // On its own a statement is a transaction; LOCK TABLE wants one that is spelled out.
        await this.#client.query(`BEGIN; LOCK TABLE ONLY ${table} IN ACCESS SHARE MODE; COMMIT`);
        free.push(table);
      } catch (error) {
        await this.#client.query('ROLLBACK');
        if (codeOf(error) === LOCK_NOT_AVAILABLE) throw this.#lockedByOthers(error);
        if (!NOT_LOCKABLE.has(codeOf(error))) throw error;
      }
    }
    return free;
  }

  /** The tables of the dump, as the exported snapshot sees them; as they are now where there is none. */
  async readTables(): Promise<TableStates> {
    const { schemas } = this.#options;
    if (this.#client.getTransactionStatus() !== 'T') return readTableStates(this.#client, schemas);
    // The locks on the catalogs would otherwise last as long as the snapshot.
    await this.#client.query('SAVEPOINT holdfast_states');
    const states = await readTableStates(this.#client, schemas);
    await this.#client.query('ROLLBACK TO SAVEPOINT holdfast_states; RELEASE SAVEPOINT holdfast_states');
    return states;
  }

  /** After it, no further session can read in the snapshot; those that do go on. */
  async endSnapshot(): Promise<void> {
    if (this.#client.getTransactionStatus() !== 'I') await this.#client.query('ROLLBACK');
  }

  /**
   * The names of the tables that are not what they were. Final only while pg_dump holds its locks on all of them, and
   * after {@link endSnapshot}.
   */
  async changed(before: TableStates): Promise<string[]> {
    return changedTables(before, await this.readTables());
  }

  /**
   * The session that has this application_name, if this server has it and shows it.
   *
   * @param tables OIDs
   */
  async findDump(application: string, tables: readonly string[]): Promise<DumpSession | undefined> {
    // Without it, a transaction sees all sessions as they were when it first looked.
    await this.#client.query('SELECT pg_catalog.pg_stat_clear_snapshot()');
    const { rows } = await this.#client.query<DumpSession>(
      `SELECT a.pid, (SELECT pg_catalog.count(DISTINCT l.relation)::pg_catalog.int4 FROM pg_catalog.pg_lock_status() l
                       WHERE l.pid = a.pid AND l.granted AND l.locktype = 'relation' AND l.mode = 'AccessShareLock'
                         AND l.relation = ANY ($2::pg_catalog.oid[])) AS locked
         FROM pg_catalog.pg_stat_get_activity(NULL) a WHERE a.application_name = $1`,
      [application, [...tables]],
    );
    return rows[0];
  }

  /**
   * Who waits for one of these sessions, or for this one.
   *
   * @returns `undefined` where it cannot be asked just now: a statement before it was refused, and is about to be undone
   */
  async waiters(pids: readonly number[]): Promise<Waiter[] | undefined> {
    try {
      return await this.#readWaiters(pids);
    } catch (error) {
      if (codeOf(error) === IN_FAILED_TRANSACTION) return undefined;
      throw error;
    }
  }

  async #readWaiters(pids: readonly number[]): Promise<Waiter[]> {
    const { rows } = await this.#client.query<Waiter>(
      `SELECT l.pid, pg_catalog.min(l.relation::pg_catalog.text) AS relation FROM pg_catalog.pg_lock_status() l
        WHERE NOT l.granted AND l.pid <> ALL ($1::pg_catalog.int4[])
          AND pg_catalog.pg_blocking_pids(l.pid) && ($1::pg_catalog.int4[] || pg_catalog.pg_backend_pid())
        GROUP BY l.pid`,
      [[...pids]],
    );
    return rows;
  }

  /** Ends what another session of this role is doing, but not the session; nothing happens if it does nothing. */
  async cancel(pid: number): Promise<void> {
    await this.#client.query('SELECT pg_catalog.pg_cancel_backend($1)', [pid]).catch(refusalOnly);
  }

  /**
   * Ends another session of this role, and returns when the server has forgotten it: until then it has its locks, and
   * counts as a connection.
   */
  async terminate(pid: number): Promise<void> {
    await this.#client.query('SELECT pg_catalog.pg_terminate_backend($1)', [pid]).catch(refusalOnly);
    for (let waited = 0; waited < PARTING_MS; waited += PARTING_POLL_MS) {
      await this.#client.query('SELECT pg_catalog.pg_stat_clear_snapshot()');
      const { rowCount } = await this.#client.query('SELECT FROM pg_catalog.pg_stat_get_activity($1)', [pid]);
      if (rowCount === 0) return;
      await sleep(PARTING_POLL_MS, this.#options.signal);
    }
  }

  /** May be called again. */
  end(): Promise<void> {
    return (this.#ended ??= this.#client.end());
  }

  #lockedByOthers(error: unknown): HoldfastError {
    const seconds = this.#options.lockWaitTimeoutMs / 1000;
    return new HoldfastError(
      'DUMP_FAILED',
      `Waiting for the tables of ${this.#access.describe()}: ${messageOf(error)} (after ${seconds} s).`,
      {
        cause: error,
        hint: 'Somebody is altering or truncating a table, or waiting to: pg_locks and pg_stat_activity show who. Nothing was stored; run it again, or give it more time (--lock-wait-timeout).',
      },
    );
  }
}

/** Its program has been ended anyway. */
function refusalOnly(error: unknown): void {
  if (codeOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
}

function codeOf(error: unknown): string {
  return error instanceof pg.DatabaseError ? (error.code ?? '') : '';
}

function idOf(result: pg.QueryResult | undefined): string {
  return (result?.rows[0] as { id: string }).id;
}
