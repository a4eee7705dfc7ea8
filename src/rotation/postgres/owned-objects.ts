/**
 * What the other one of a pair came to own by itself goes to the role that both act as: a session that was opened before
 * the pair was joined, or that ran SET ROLE NONE, creates objects that only it could alter.
 */
import type pg from 'pg';
import type { Logger } from '../../core/logger.js';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { requireOwnEventTriggers } from '../../postgres/event-triggers.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import { asAdministrator, isLockTimeout, type AdministratorWork } from './administrator.js';
import { endRotationSession } from './rotation-session.js';
import { readSessionFacts, type RoleFacts } from './role-facts.js';
import type { SharedRole } from './shared-role.js';
import { takeOwnPrivileges } from './own-privileges.js';

/** A change of an owner or a policy waits for whoever uses the table, and everyone else waits behind it. */
const LOCK_TIMEOUT = '5s';

/** Kinds of objects to come that the owner may use at once, should the other one create them as itself. */
const KINDS = ['TABLES', 'SEQUENCES', 'ROUTINES', 'TYPES', 'SCHEMAS'];

export interface SharingOptions {
  /** The administrator's session in the secret's database. */
  readonly client: pg.Client;
  /** Opens another one in another database of the server; it is ended here. */
  readonly connectTo: (database: string) => Promise<pg.Client>;
  readonly shared: SharedRole;
  /** Whether the other one is not in use: it then loses what it was granted by itself. */
  readonly cleanOther: boolean;
  readonly logger: Logger;
}

/**
 * In every database in which the other one has anything.
 *
 * @throws HoldfastError ROTATION_DENIED, ROTATION_FAILED, SESSION_UNSAFE
 */
export async function shareEverything(options: SharingOptions): Promise<void> {
  const { client, connectTo, shared } = options;
  await shareIn(client, options);
  for (const database of await otherDatabases(client, shared.other)) {
    try {
      const there = await connectTo(database);
      await shareIn(there, options).finally(() => endRotationSession(there));
    } catch (error) {
      // Whoever owns it decides about all this; whether the secret's own database goes on is not for them to say.
      if (!(error instanceof HoldfastError)) throw error;
      options.logger.warn(
        `In the database ${quoted(database)}, ${quoted(shared.other.name)} may keep what it was granted, and what it owns: ${error.message}`,
      );
    }
  }
}

async function shareIn(client: pg.Client, { shared, cleanOther, logger }: SharingOptions): Promise<void> {
  const { owner, other } = shared;
  const facts = await readSessionFacts(client);
  await asAdministrator(client, facts, async (work) => {
    await client.query(`SET LOCAL lock_timeout TO '${LOCK_TIMEOUT}'`);
    if (await ownsObjects(client, other)) await handOver(work, shared, logger);
    if (cleanOther) {
      for (const problem of await takeOwnPrivileges(work, other, owner)) logger.warn(problem);
    }
  });
}

async function handOver(work: AdministratorWork, { owner, other }: SharedRole, logger: Logger): Promise<void> {
  const { client, facts } = work;
  const doing = `giving ${quoted(owner.name)} what ${quoted(other.name)} owns in the database ${quoted(facts.database)}`;
  await requireOwnEventTriggers(client, doing[0]?.toUpperCase() + doing.slice(1));
  await work.borrow(owner.name);
  await work.borrow(other.name);
  const [to, from] = [quoteIdentifier(owner.name), quoteIdentifier(other.name)];
  await work.run(
    doing,
    KINDS.map((kind) => `ALTER DEFAULT PRIVILEGES FOR ROLE ${from} GRANT ALL ON ${kind} TO ${to}`),
  );
  const error = await work.attempt(() => work.run(doing, [`REASSIGN OWNED BY ${from} TO ${to}`]));
  if (error) {
    if (!isLockTimeout(error)) throw error;
    // Whoever holds the lock is a session of the user whose password is to be replaced.
    logger.warn(`${error.message} It is tried again at the end, and at the next rotation.`);
    return;
  }
  logger.info(`${quoted(owner.name)} now owns what ${quoted(other.name)} had created in ${facts.database}.`);
}

/** Objects of the connected database and shared ones that a role owns; those of its living sessions do not count. */
async function ownsObjects(client: pg.Client, role: RoleFacts): Promise<boolean> {
  const { rows } = await client.query<{ owns: boolean }>(
    `SELECT EXISTS (
       SELECT FROM pg_catalog.pg_shdepend s
        WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = $1 AND s.deptype = 'o'
          AND s.dbid IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
          AND s.classid NOT IN ('pg_catalog.pg_default_acl'::pg_catalog.regclass,
                                'pg_catalog.pg_user_mapping'::pg_catalog.regclass)
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c
                           WHERE s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = s.objid
                             AND c.relpersistence = 't')
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n
                           WHERE s.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND n.oid = s.objid
                             AND n.nspname ~ '^pg_(toast_)?temp_')) AS owns`,
    [role.oid],
  );
  return rows[0]?.owns ?? false;
}

/** The databases besides the connected one in which something depends on a role. */
async function otherDatabases(client: pg.Client, role: RoleFacts): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT d.datname::pg_catalog.text AS name
       FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_database d ON d.oid = s.dbid
      WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = $1
        AND d.datname <> pg_catalog.current_database() AND d.datallowconn ORDER BY 1`,
    [role.oid],
  );
  return rows.map(({ name }) => name);
}
