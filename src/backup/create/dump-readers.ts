/** The readers of large tables beside one pg_dump, through all of its attempts: what they read, and when there are none. */
import { messageOf } from '../../core/errors.js';
import type { LargeTable, TableChoice } from '../../postgres/readers/large-tables.js';
import { openReaderPool, type ReaderPool } from '../../postgres/readers/reader-pool.js';
import type { BackupRequest } from './backup-request.js';
import type { Source } from './inspect-source.js';
import type { LargeTables } from './insert-tables.js';
import { resolveJobs } from './resolve-jobs.js';

/** A pooler, or a name that leads to several servers, may take a session elsewhere than the one that exported it. */
export const SNAPSHOT_UNKNOWN = /invalid snapshot identifier|snapshot "[^"]*" does not exist/;

/** 32 MiB of the usual size: below it, a table is read before another session has begun. */
const LARGE_PAGES = 4096;

export interface DumpReadersOptions {
  readonly signal: AbortSignal;
  /** Told why fewer sessions read than were asked for, or none. */
  readonly warn: (sentence: string) => void;
}

/** Until {@link open}, and after {@link close}, there are none: every method then has nothing to do. */
export class DumpReaders {
  readonly #request: BackupRequest;
  readonly #source: Source;
  readonly #options: DumpReadersOptions;
  #pool: ReaderPool | undefined;
  /** Large tables that are left to pg_dump. */
  readonly #left = new Set<string>();

  constructor(request: BackupRequest, source: Source, options: DumpReadersOptions) {
    this.#request = request;
    this.#source = source;
    this.#options = options;
  }

  /** Whether there are any. */
  get any(): boolean {
    return this.#pool !== undefined;
  }

  /** Their processes at the server. */
  get pids(): readonly number[] {
    return this.#pool?.pids ?? [];
  }

  /** Opens as many sessions as are wanted and may be had. Errors as for `openReaderPool`. */
  async open(): Promise<void> {
    const wanted = resolveJobs(this.#request.jobs);
    if (wanted === 1) return;
    // One is pg_dump's, and one is the guest session's.
    const jobs = Math.min(wanted, (this.#source.connectionLimit ?? Infinity) - 2);
    const { encoding, versionNum } = this.#source.facts;
    const { signal } = this.#options;
    const { unitPages } = this.#request.largeTables ?? {};
    if (jobs >= 1) {
      this.#pool = await openReaderPool(this.#request.access, { jobs, encoding, versionNum, signal, unitPages });
    }
    const size = this.#pool?.size ?? 0;
    if (size < wanted) {
      this.#options.warn(
        `Of the ${wanted} sessions that should read large tables (jobs), ${size} could be opened: the role, the database or the server has no more connections.`,
      );
    }
  }

  /** The tables to read, before there is a snapshot. */
  async choose(): Promise<readonly LargeTable[]> {
    const tables = (await this.#pool?.choose(this.#choice)) ?? [];
    return tables.filter(({ qualified }) => !this.#left.has(qualified));
  }

  /**
   * Begins to read in the exported snapshot, which must still be open.
   *
   * @returns the chosen tables as it has them; without those that were altered in between. None where the sessions are at
   *   another server: they are closed
   */
  async begin(snapshot: string, chosen: readonly LargeTable[]): Promise<readonly LargeTable[]> {
    if (chosen.length === 0) return [];
    try {
      return (await this.#pool?.begin(snapshot, this.#choice, chosen)) ?? [];
    } catch (error) {
      if (!SNAPSHOT_UNKNOWN.test(messageOf(error))) throw error;
      await this.close('A session reached a different server than the one before it, or a pooler');
      return [];
    }
  }

  get #choice(): TableChoice {
    const { schemas, excludeTableData, largeTables } = this.#request;
    const { programs, facts } = this.#source;
    return {
      schemas,
      excludeTableData,
      minPages: largeTables?.minPages ?? LARGE_PAGES,
      sameMajor: Math.floor(programs.versionNum / 10_000) === Math.floor(facts.versionNum / 10_000),
      encoding: facts.encoding,
    };
  }

  /** @returns those that are not locked, because somebody waits for pg_dump there */
  async lock(tables: readonly LargeTable[]): Promise<readonly LargeTable[]> {
    return (await this.#pool?.lock(tables)) ?? [];
  }

  /** Holds no lock any more; tables that could not be read are not chosen again. */
  async letGo(unread: readonly LargeTable[]): Promise<void> {
    await this.#pool?.letGo();
    for (const { qualified } of unread) this.#left.add(qualified);
  }

  /** Begins to read tables that are locked. Where there are none to read, the sessions are closed. */
  async read(tables: readonly LargeTable[]): Promise<LargeTables | undefined> {
    const pool = this.#pool;
    if (pool && tables.length > 0) return { tables, readers: await pool.read(tables), pool };
    await this.close();
    return undefined;
  }

  /** From now on pg_dump reads everything. @param reason for a warning, where there was anything to close */
  async close(reason?: string): Promise<void> {
    const pool = this.#pool;
    // Whoever closes at the same time waits as well.
    await pool?.end();
    this.#pool = undefined;
    if (pool && reason !== undefined) this.#options.warn(`${reason}, so pg_dump reads all tables itself (jobs).`);
  }
}
