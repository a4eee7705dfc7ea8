/**
 * What has been done to the members of extensions since their extension made them. A dump says CREATE EXTENSION, and
 * nothing about the members; only their privileges, and the rows of tables that an extension marks, are dumped.
 *
 * The catalog does not say who made an index or a trigger. But whatever the script of an extension makes, it makes in
 * one transaction with the entries that call objects its members, so these have the same xmin. What is younger than the
 * member's own entry, and of none of the transactions in which the extension got members or was updated, was made by
 * somebody else. A dump for pg_upgrade makes each member by itself, in a transaction of its own, and what belongs to it
 * later: then nothing can be told, and nothing is.
 */

/** `class` of the catalog, `oid` of the member, when it became one, and the transactions of its extension. */
const MEMBERS = `
  members AS (
    SELECT d.classid, d.objid, d.refobjid AS extension, d.xmin AS added
      FROM pg_catalog.pg_depend d
     WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
  ), scripts AS (
    SELECT m.extension, m.added AS xid FROM members m
    UNION ALL SELECT e.oid, e.xmin FROM pg_catalog.pg_extension e
  ), upgraded AS (
    SELECT m.extension FROM members m JOIN pg_catalog.pg_extension e ON e.oid = m.extension
     GROUP BY m.extension, e.xmin::pg_catalog.text
    HAVING pg_catalog.count(*) > 1 AND pg_catalog.count(DISTINCT m.added::pg_catalog.text) = pg_catalog.count(*)
       AND NOT pg_catalog.bool_or(m.added::pg_catalog.text = e.xmin::pg_catalog.text)
  ), made AS (
    SELECT m.* FROM members m WHERE m.extension NOT IN (SELECT u.extension FROM upgraded u)
  )`;

/** Whether a row of the catalog is younger than the member, and not of a script of its extension. */
const younger = (row: string) => `
  pg_catalog.age(${row}.xmin) < pg_catalog.age(m.added)
  AND NOT EXISTS (SELECT FROM scripts s WHERE s.extension = m.extension AND s.xid = ${row}.xmin)`;

const identity = (catalog: string) =>
  `(SELECT pg_catalog.concat(i.type, ' ', i.identity) FROM pg_catalog.pg_identify_object('pg_catalog.${catalog}'::pg_catalog.regclass, o.oid, 0) i)`;

/** Members whose own row was written again. A grant does that as well, and is dumped: those with one are left out. */
const rewritten = (catalog: string, acl: string | undefined) => `
  SELECT ${identity(catalog)} AS object FROM made m JOIN pg_catalog.${catalog} o ON o.oid = m.objid
    LEFT JOIN pg_catalog.pg_init_privs p ON p.classoid = m.classid AND p.objoid = m.objid AND p.objsubid = 0
   WHERE m.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND ${younger('o')}
     AND ${acl === undefined ? 'true' : `o.${acl} IS NOT DISTINCT FROM p.initprivs`}`;

/** What belongs to a member that is a relation. */
const partOf = (catalog: string, relation: string, where = 'true') => `
  SELECT ${identity(catalog)} AS object FROM made m JOIN pg_catalog.${catalog} o ON o.${relation} = m.objid
   WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND ${where} AND ${younger('o')}
     AND NOT EXISTS (SELECT FROM members k WHERE k.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND k.objid = o.oid)`;

/** A query for the column `object`. */
export const CHANGED_MEMBERS = `
  WITH ${MEMBERS}
  ${[
    rewritten('pg_proc', 'proacl'),
    rewritten('pg_operator', undefined),
    rewritten('pg_opclass', undefined),
    rewritten('pg_collation', undefined),
    rewritten('pg_ts_config', undefined),
    rewritten('pg_ts_dict', undefined),
    partOf('pg_trigger', 'tgrelid', 'NOT o.tgisinternal'),
    partOf('pg_constraint', 'conrelid'),
    partOf('pg_attrdef', 'adrelid'),
    partOf('pg_rewrite', 'ev_class'),
    partOf('pg_policy', 'polrelid'),
    // A column that has privileges of its own was written again for them, and they are dumped.
    `SELECT pg_catalog.format('column %s.%I', o.attrelid::pg_catalog.regclass, o.attname)
       FROM made m JOIN pg_catalog.pg_attribute o ON o.attrelid = m.objid
      WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.attnum > 0 AND NOT o.attisdropped
        AND o.attacl IS NULL AND ${younger('o')}`,
    `SELECT pg_catalog.concat('index ', o.indexrelid::pg_catalog.regclass)
       FROM made m JOIN pg_catalog.pg_index o ON o.indrelid = m.objid
      WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND ${younger('o')}
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.conindid = o.indexrelid AND c.contype IN ('p', 'u', 'x'))`,
    `SELECT pg_catalog.format('value %L of type %s', o.enumlabel, o.enumtypid::pg_catalog.regtype)
       FROM made m JOIN pg_catalog.pg_enum o ON o.enumtypid = m.objid
      WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND ${younger('o')}`,
  ].join(' UNION ALL ')}`;
