/**
 * A session that reads large tables in pg_dump's snapshot, and writes their rows as pg_dump would: with its settings,
 * its role, its encoding and the same options at the start.
 */
import pg from 'pg';
import type { BufferPool } from '../../core/buffer-pool.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import { quoteLiteral } from '../../syntax/sql/identifiers.js';
import type { DatabaseAccess } from '../connection.js';
import { CopiedRows, type RowSink } from './copied-rows.js';
import type { LargeTable } from './large-tables.js';

/** The pages of a table from `from` to before `to`; without an end to that of the table. */
export interface PageRange {
  readonly from: number;
  readonly to: number | undefined;
}

/** Where rows go. */
export interface ReadTarget {
  readonly sink: RowSink;
  /** Of pieces of `PIECE_BYTES`. */
  readonly pool: BufferPool;
}

/** Somebody has it, or waits for it; or it is gone, is something else now, or may not be read any more. */
const NOT_LOCKED = new Set(['55P03', '42P01', '3F000', '42809', '42501']);

/**
 * What pg_dump sets and every session of ours does not. Rows come in the order of the heap, by one process, and no plan
 * but a scan of the pages is of use.
 */
const SETTINGS = `SET extra_float_digits TO 3; SET IntervalStyle TO postgres; SET synchronize_seqscans TO off;
  SET jit TO off; SET max_parallel_workers_per_gather TO 0; SET enable_seqscan TO off`;

const LET_GO = 'ROLLBACK TO SAVEPOINT holdfast_reader; RELEASE SAVEPOINT holdfast_reader';

/** @throws HoldfastError CONNECT_FAILED …; the signal's error */
export async function openReader(
  access: DatabaseAccess,
  options: { readonly encoding: string; readonly signal: AbortSignal },
): Promise<ReaderSession> {
  const client = await access.connect({ readOnly: true, bulk: true, signal: options.signal });
  try {
    await client.query(`SET client_encoding TO ${quoteLiteral(options.encoding)}; ${SETTINGS}`);
    return new ReaderSession(client);
  } catch (error) {
    await client.end();
    throw error;
  }
}

export class ReaderSession {
  readonly #client: pg.Client;
  #ended: Promise<void> | undefined;

  constructor(client: pg.Client) {
    this.#client = client;
  }

  /** Of the server's process. */
  get pid(): number | undefined {
    return (this.#client as unknown as { processID: number | null }).processID ?? undefined;
  }

  /** Ends its transaction, and with it all its locks. */
  async letGo(): Promise<void> {
    if (this.#client.getTransactionStatus() !== 'I') await this.#client.query('ROLLBACK');
  }

  /** Begins to read in an exported snapshot. */
  async begin(id: string): Promise<void> {
    await this.letGo();
    await this.#client.query(
      `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT ${quoteLiteral(id)}`,
    );
  }

  /** What `work` takes of locks is let go. */
  async within<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    if (this.#client.getTransactionStatus() === 'I') return work(this.#client);
    await this.#client.query('SAVEPOINT holdfast_reader');
    const result = await work(this.#client);
    await this.#client.query(LET_GO);
    return result;
  }

  /**
   * Locks tables for the rest of the transaction, except those for which it would have to wait.
   *
   * @returns those that are not locked
   */
  async lock(tables: readonly LargeTable[]): Promise<readonly LargeTable[]> {
    if (tables.length === 0) return [];
    const names = tables.map(({ qualified }) => `ONLY ${qualified}`);
    await this.#client.query('SAVEPOINT holdfast_lock');
    try {
      await this.#client.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE NOWAIT`);
      await this.#client.query('RELEASE SAVEPOINT holdfast_lock');
      return [];
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || !NOT_LOCKED.has(error.code ?? '')) throw error;
      await this.#client.query('ROLLBACK TO SAVEPOINT holdfast_lock; RELEASE SAVEPOINT holdfast_lock');
    }
    if (tables.length === 1) return tables;
    const half = Math.ceil(tables.length / 2);
    return [...(await this.lock(tables.slice(0, half))), ...(await this.lock(tables.slice(half)))];
  }

  /** How many pages each of some tables that are locked has now, by OID: no row of the snapshot is beyond. */
  async countPages(tables: readonly LargeTable[]): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.#client.query<{ oid: string; pages: number }>(
      `SELECT oid, (pg_catalog.pg_relation_size(oid::pg_catalog.oid) / pg_catalog.current_setting('block_size')::pg_catalog.int8)::pg_catalog.float8 AS pages
         FROM pg_catalog.unnest($1::pg_catalog.text[]) AS t (oid)`,
      [tables.map(({ oid }) => oid)],
    );
    return new Map(rows.map(({ oid, pages }) => [oid, pages]));
  }

  /**
   * Reads the rows of a table, or of some of its pages, in the order of the heap and as COPY writes them. The locks that
   * the query takes on the table's indexes are let go with it.
   *
   * @returns the number of rows that the server has counted
   * @throws HoldfastError DUMP_FAILED with the server's words
   */
  async read(table: LargeTable, range: PageRange, { sink, pool }: ReadTarget): Promise<number> {
    const copy = `COPY (${queryFor(table, range)}) TO STDOUT`;
    const rows = new CopiedRows(`SAVEPOINT holdfast_reader; ${copy}; ${LET_GO}`, sink, pool);
    this.#client.query(rows);
    try {
      return await rows.ended;
    } catch (error) {
      throw new HoldfastError('DUMP_FAILED', `Reading the rows of ${table.qualified}: ${messageOf(error)}.`, {
        cause: error,
      });
    }
  }

  /** @throws HoldfastError DUMP_FAILED when the session is not the one any more that has locked its tables */
  async requireAlive(): Promise<void> {
    try {
      await this.#client.query('SELECT');
      if (this.#client.getTransactionStatus() === 'T') return;
    } catch (error) {
      throw lost(messageOf(error), error);
    }
    throw lost('its transaction has ended');
  }

  /** May be called again. Never fails. */
  end(): Promise<void> {
    return (this.#ended ??= this.#client.end().catch(() => {}));
  }

  /** Cuts the connection, whatever it is doing. */
  cut(): void {
    this.#client.connection.stream.destroy();
  }
}

function queryFor({ qualified, columns }: LargeTable, { from, to }: PageRange): string {
  const conditions = [
    ...(from > 0 ? [`ctid >= '(${from},0)'::pg_catalog.tid`] : []),
    ...(to === undefined ? [] : [`ctid < '(${to},0)'::pg_catalog.tid`]),
  ];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `SELECT ${columns} FROM ONLY ${qualified}${where}`;
}

function lost(reason: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'DUMP_FAILED',
    `Reading large tables: a session that held its tables locked is gone (${reason}), so nobody knows whether they were emptied while they were read. No backup was stored.`,
    { cause },
  );
}
