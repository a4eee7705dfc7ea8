/** The sessions that read large tables beside pg_dump, from their first connection to their last word. */
import type { DatabaseAccess } from '../connection.js';
import { isFull } from '../full-server.js';
import { lookUpTables, readLargeTables, type LargeTable, type TableChoice } from './large-tables.js';
import { openReader, type ReaderSession } from './reader-session.js';
import { TableReaders } from './table-readers.js';

/** Before it a query cannot be confined to some pages of a table. */
const PAGES_SINCE = 140_000;

export interface PoolOptions {
  /** How many sessions. */
  readonly jobs: number;
  readonly encoding: string;
  readonly versionNum: number;
  readonly signal: AbortSignal;
  /** @default TableReaders' own */
  readonly unitPages?: number | undefined;
}

/**
 * @returns with as many sessions as the server takes; undefined where it takes none
 * @throws HoldfastError CONNECT_FAILED …; the signal's error
 */
export async function openReaderPool(access: DatabaseAccess, options: PoolOptions): Promise<ReaderPool | undefined> {
  const opening = Array.from({ length: options.jobs }, () => openReader(access, options));
  const opened = await Promise.allSettled(opening);
  const sessions = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failure = opened.find((one) => one.status === 'rejected' && !isFull(one.reason));
  if (failure?.status !== 'rejected') return sessions.length === 0 ? undefined : new ReaderPool(sessions, options);
  for (const session of sessions) await session.end();
  throw failure.reason;
}

export class ReaderPool {
  readonly #sessions: readonly ReaderSession[];
  readonly #options: PoolOptions;
  #readers: TableReaders | undefined;

  constructor(sessions: readonly ReaderSession[], options: PoolOptions) {
    this.#sessions = sessions;
    this.#options = options;
  }

  /** How many sessions there are. */
  get size(): number {
    return this.#sessions.length;
  }

  /** Their processes at the server. */
  get pids(): readonly number[] {
    return this.#sessions.flatMap(({ pid }) => pid ?? []);
  }

  /** The tables to read, as they are now. */
  async choose(choice: TableChoice): Promise<LargeTable[]> {
    await this.letGo();
    return this.#first.within((client) => readLargeTables(client, choice));
  }

  /**
   * Begins to read in an exported snapshot, which must still be open.
   *
   * @returns the chosen tables that it has under their names, as it has them
   */
  async begin(snapshot: string, choice: TableChoice, chosen: readonly LargeTable[]): Promise<LargeTable[]> {
    await Promise.all(this.#sessions.map((session) => session.begin(snapshot)));
    return this.#first.within((client) => lookUpTables(client, choice, chosen));
  }

  /**
   * Locks the tables in all sessions, without waiting for anybody.
   *
   * @returns those that are not locked: somebody waits for pg_dump there, and would be waited for
   */
  async lock(tables: readonly LargeTable[]): Promise<readonly LargeTable[]> {
    const refused = await Promise.all(this.#sessions.map((session) => session.lock(tables)));
    return [...new Set(refused.flat())];
  }

  /** Holds no lock any more, and no snapshot. */
  async letGo(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.letGo()));
  }

  /** Begins to read the tables, which all sessions have locked. */
  async read(tables: readonly LargeTable[]): Promise<TableReaders> {
    const split = this.#options.versionNum >= PAGES_SINCE;
    const pages = split ? await this.#first.countPages(tables) : undefined;
    const measured = tables.map((table) => ({ table, pages: pages && (pages.get(table.oid) ?? 0) }));
    return (this.#readers = new TableReaders(this.#sessions, measured, this.#options.unitPages));
  }

  /**
   * To be called when all has been read: a session that was gone in between could have let somebody empty its tables.
   *
   * @throws HoldfastError DUMP_FAILED
   */
  async requireAlive(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.requireAlive()));
  }

  /** May be called at any time, and again. Never fails. */
  async end(): Promise<void> {
    this.#readers?.stop();
    await Promise.all(this.#sessions.map((session) => session.end()));
  }

  get #first(): ReaderSession {
    return this.#sessions[0] as ReaderSession;
  }
}
