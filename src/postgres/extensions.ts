/** The extensions of a database, and what would be lost with each one that cannot be installed. */
import type pg from 'pg';

export interface InstalledExtension {
  readonly name: string;
  readonly version: string;
  readonly schema: string;
  /**
   * Objects outside the extension that depend on its members, directly or through others, as `type schema.name`;
   * sorted, the first 1000.
   */
  readonly dependents: readonly string[];
}

const MOST_DEPENDENTS = 1000;

/**
 * Reads the extensions by name.
 *
 * The walk goes from an extension through its members to whatever depends on them. Parts that PostgreSQL keeps for an
 * object (a view's rule, a table's row type) are represented by that object. If another extension depends on this one,
 * both it and what depends on it are among the dependents.
 */
export async function readExtensions(client: pg.Client): Promise<InstalledExtension[]> {
  const { rows } = await client.query<{ name: string; version: string; schema: string; dependents: string[] }>(
    `SELECT e.extname::pg_catalog.text AS name, e.extversion AS version, n.nspname::pg_catalog.text AS schema,
            ARRAY(${DEPENDENTS}) AS dependents
       FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
      ORDER BY e.extname`,
  );
  return rows;
}

// Down: what depends on a reached object, and the members of a reached extension. Up: from an internal part to its
// owner.
const DEPENDENTS = `
  WITH RECURSIVE reached (classid, objid) AS (
    SELECT 'pg_catalog.pg_extension'::pg_catalog.regclass::pg_catalog.oid, e.oid
    UNION
    SELECT step.classid, step.objid
      FROM reached r
     CROSS JOIN LATERAL (
       SELECT d.classid, d.objid FROM pg_catalog.pg_depend d
        WHERE d.refclassid = r.classid AND d.refobjid = r.objid AND d.deptype IN ('n', 'a', 'i', 'e')
       UNION ALL
       SELECT d.refclassid, d.refobjid FROM pg_catalog.pg_depend d
        WHERE d.classid = r.classid AND d.objid = r.objid AND d.deptype = 'i'
     ) step
  )
  SELECT DISTINCT i.type || ' ' || i.identity
    FROM reached r
   CROSS JOIN LATERAL pg_catalog.pg_identify_object(r.classid, r.objid, 0) i
   WHERE (r.classid, r.objid) <> ('pg_catalog.pg_extension'::pg_catalog.regclass::pg_catalog.oid, e.oid)
     AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                      WHERE d.classid = r.classid AND d.objid = r.objid AND d.deptype IN ('e', 'i'))
     AND i.schema IS DISTINCT FROM 'pg_toast'
     AND i.type NOT IN ('default value', 'domain constraint', 'function of access method', 'operator of access method')
   ORDER BY 1 LIMIT ${MOST_DEPENDENTS}`;
