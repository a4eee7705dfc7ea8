/**
 * What one of the pair owns, the other must be able to alter and drop as well, but PostgreSQL has one owner for each
 * object. Where the user in use owns anything, its alternate becomes a member of it and acts as it (`SET role`) from
 * the first moment of each session: the two are then the same to every object, old and new.
 *
 * Memberships cannot go both ways, so the owner stays the owner. What the other one came to own all the same (a session
 * that ran SET ROLE NONE forgets whom it acts as) would be out of reach after the next rotation: that is refused, with
 * the statement that fixes it.
 */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import type { AdministratorWork } from './administrator.js';
import type { RoleFacts } from './role-facts.js';

/** Objects of the connected database and shared ones that a role owns; those of its living sessions do not count. */
export async function ownsObjects(client: pg.Client, role: RoleFacts): Promise<boolean> {
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

/**
 * Lets `target` act as `source`, which owns objects.
 *
 * @throws HoldfastError ROTATION_REFUSED where `source` is itself a member of `target`
 */
export async function actAsOwner(work: AdministratorWork, source: RoleFacts, target: RoleFacts): Promise<void> {
  const { rows } = await work.client.query<{ opposite: boolean }>(
    `SELECT pg_catalog.pg_has_role($1::pg_catalog.oid, $2::pg_catalog.oid, 'MEMBER') AS opposite`,
    [source.oid, target.oid],
  );
  const [owner, other] = [quoteIdentifier(source.name), quoteIdentifier(target.name)];
  if (rows[0]?.opposite) {
    throw new HoldfastError(
      'ROTATION_REFUSED',
      `The user ${owner} owns objects in the database "${work.facts.database}", which ${other} could not alter after the rotation: ${owner} acts as ${other}, and what it creates should belong to ${other}.`,
      { hint: `Run in that database, with the rights of both: REASSIGN OWNED BY ${owner} TO ${other};` },
    );
  }
  await work.run(`making "${target.name}" act as "${source.name}"`, [
    `GRANT ${owner} TO ${other}`,
    `ALTER ROLE ${other} SET role TO ${owner}`,
  ]);
}
