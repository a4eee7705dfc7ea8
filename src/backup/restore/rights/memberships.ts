/** Memberships that the restoring role gives itself for the length of a restore, and takes back in the end. */
import type pg from 'pg';
import { messageOf } from '../../../core/errors.js';
import type { DatabaseAccess } from '../../../postgres/connection.js';
import { quoteIdentifier } from '../../../syntax/sql/identifiers.js';

/** SQL that makes the session's role a member, and SQL after which its memberships are what they were. */
export interface Membership {
  readonly role: string;
  readonly grant: string;
  readonly revoke: string;
}

/**
 * @param client acts as the role
 * @param roles that it may make itself a member of
 */
export async function planMemberships(
  client: pg.Client,
  roles: readonly string[],
  versionNum: number,
): Promise<Membership[]> {
  // Since 16 the same membership may be there once for each grantor, and says by itself what it is good for.
  const apart = versionNum >= 160_000;
  const { rows } = apart
    ? await client.query<{ role: string; inherit: boolean; set: boolean }>(
        `SELECT pg_catalog.pg_get_userbyid(m.roleid)::pg_catalog.text AS role, m.inherit_option AS inherit, m.set_option AS set
           FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles me ON me.oid = m.member AND me.oid = m.grantor
          WHERE me.rolname = CURRENT_USER`,
      )
    : { rows: [] };
  const before = new Map(rows.map((row) => [row.role, row]));
  return roles.map((role) => {
    const name = quoteIdentifier(role);
    const own = before.get(role);
    return {
      role,
      grant: `GRANT ${name} TO CURRENT_USER${apart ? ' WITH INHERIT TRUE, SET TRUE' : ''};`,
      revoke: own
        ? `GRANT ${name} TO CURRENT_USER WITH INHERIT ${own.inherit}, SET ${own.set};`
        : `REVOKE ${name} FROM CURRENT_USER;`,
    };
  });
}

/**
 * For what follows the commit of a restore: inside of its transaction nobody else sees the memberships, and they are gone
 * with it whatever happens. Those here are committed.
 */
export class CommittedMemberships {
  readonly #access: DatabaseAccess;
  readonly #memberships: readonly Membership[];
  #taken = false;

  constructor(access: DatabaseAccess, memberships: readonly Membership[]) {
    this.#access = access;
    this.#memberships = memberships;
  }

  /** @returns a note if the role could not become a member: what follows may lack rights, and says so */
  async take(signal: AbortSignal | undefined): Promise<string[]> {
    if (this.#memberships.length === 0) return [];
    this.#taken = true;
    try {
      await this.#run(({ grant }) => grant, signal);
      return [];
    } catch (error) {
      return [`The restoring role could not become a member of the owners again: ${messageOf(error)}`];
    }
  }

  /** Takes no signal, as it also runs after an abort. @returns a note with the SQL if they may still be there */
  async giveBack(): Promise<string[]> {
    if (!this.#taken) return [];
    this.#taken = false;
    try {
      await this.#run(({ revoke }) => revoke, undefined);
      return [];
    } catch (error) {
      const sql = this.#memberships.map(({ revoke }) => revoke).join(' ');
      return [`The memberships for the restore could not be taken back: ${messageOf(error)}. Run as that role: ${sql}`];
    }
  }

  async #run(statement: (membership: Membership) => string, signal: AbortSignal | undefined): Promise<void> {
    const client = await this.#access.connect({ signal });
    try {
      await client.query('BEGIN');
      for (const membership of this.#memberships) await client.query(statement(membership));
      await client.query('COMMIT');
    } finally {
      await client.end();
    }
  }
}
