/**
 * The settings of a database that a restore or a drill has made (`ALTER DATABASE … SET`, `ALTER ROLE … IN DATABASE … SET`).
 *
 * They are in force before the load, as they are when a backup is restored by hand: a CHECK, a default or a materialized
 * view may read them, and `session_preload_libraries` brings code that definitions need. They are the owner's, so our own
 * sessions, psql's among them, begin by undoing what would change the meaning of our statements, or end them
 * (`startup-guard.ts`, `session-guard.ts`, `load-dump.ts`). After the load they are what the backup has, whatever
 * scripts of extensions have set meanwhile.
 */
import { messageOf } from '../../core/errors.js';
import { throwIfAborted } from '../../core/cancellation.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { withDatabaseName, type DatabaseStatement, type ParsedGlobals } from '../../postgres/parsed-globals.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import { applyStatements, type ApplyFailure } from './apply-globals.js';

/** They name libraries, and where one is missing nobody can connect. */
const PRELOADS: ReadonlySet<string> = new Set(['session_preload_libraries', 'local_preload_libraries']);

export class DatabaseSettings {
  readonly #target: DatabaseAccess;
  readonly #maintenance: DatabaseAccess;
  readonly #statements: readonly DatabaseStatement[];
  /** Those under which nobody could connect. */
  #barred: readonly ApplyFailure[] = [];

  /**
   * @param target the database, which exists and is empty
   * @param maintenance another database of its server
   */
  constructor(target: DatabaseAccess, maintenance: DatabaseAccess, globals: Pick<ParsedGlobals, 'database'>) {
    this.#target = target;
    this.#maintenance = maintenance;
    this.#statements = globals.database.filter(({ setting }) => setting !== undefined);
  }

  /**
   * Before the load. A setting that the server refuses may be one of an extension that the load brings: see
   * {@link settle}. Those that keep everybody from connecting are taken back.
   *
   * @throws HoldfastError as `connect` does
   */
  async apply(signal: AbortSignal | undefined): Promise<void> {
    if (this.#statements.length === 0) return;
    await this.#run(this.#statements, signal);
    const preloads = this.#statements.filter(({ setting }) => PRELOADS.has(setting ?? ''));
    if (preloads.length === 0) return;
    try {
      await (await this.#target.connect({ signal })).end();
    } catch (error) {
      throwIfAborted(signal);
      this.#barred = preloads.map((statement) => ({
        statement: this.#textOf(statement),
        message: `with it, nobody can connect: ${messageOf(error)}`,
      }));
      await this.#reset(signal);
      await this.#run(this.#kept(), signal);
    }
  }

  /**
   * After the load: they become what the backup has, and no other is left.
   *
   * @returns those that are not in force
   * @throws the connection's error when it is lost
   */
  async settle(signal: AbortSignal | undefined): Promise<ApplyFailure[]> {
    await this.#reset(signal);
    return [...this.#barred, ...(await this.#run(this.#kept(), signal))];
  }

  #kept(): DatabaseStatement[] {
    const barred = new Set(this.#barred.map(({ statement }) => statement));
    return this.#statements.filter((statement) => !barred.has(this.#textOf(statement)));
  }

  #textOf(statement: DatabaseStatement): string {
    return withDatabaseName(statement, this.#target.target.database);
  }

  async #run(statements: readonly DatabaseStatement[], signal: AbortSignal | undefined): Promise<ApplyFailure[]> {
    const client = await this.#maintenance.connect({ signal });
    try {
      return await applyStatements(
        client,
        statements.map((statement) => this.#textOf(statement)),
      );
    } finally {
      await client.end();
    }
  }

  /** What may not be reset stays, and is found by whoever compares. */
  async #reset(signal: AbortSignal | undefined): Promise<void> {
    const { database } = this.#target.target;
    const client = await this.#maintenance.connect({ signal });
    try {
      const { rows } = await client.query<{ role: string | null }>(
        `SELECT r.rolname::pg_catalog.text AS role
           FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
           LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
          WHERE d.datname = $1`,
        [database],
      );
      const name = quoteIdentifier(database);
      const statements = rows.map(({ role }) =>
        role === null
          ? `ALTER DATABASE ${name} RESET ALL`
          : `ALTER ROLE ${quoteIdentifier(role)} IN DATABASE ${name} RESET ALL`,
      );
      await applyStatements(client, statements);
    } finally {
      await client.end();
    }
  }
}
