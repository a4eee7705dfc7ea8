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
import { identityOf } from './dumped-relations.js';

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

const isOf = (catalog: string) => `m.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass`;

/** Members whose own row was written again. A grant does that as well, and is dumped: those with one are left out. */
const rewritten = (catalog: string, acl: string | undefined) => `
  SELECT ${identityOf(catalog)} AS object FROM made m JOIN pg_catalog.${catalog} o ON o.oid = m.objid
    LEFT JOIN pg_catalog.pg_init_privs p ON p.classoid = m.classid AND p.objoid = m.objid AND p.objsubid = 0
   WHERE ${isOf(catalog)} AND ${younger('o')}
     AND ${acl === undefined ? 'true' : `o.${acl} IS NOT DISTINCT FROM p.initprivs`}`;

/** What belongs to a member that is a relation. */
const partOf = (catalog: string, relation: string, where = 'true') => `
  SELECT ${identityOf(catalog)} AS object FROM made m JOIN pg_catalog.${catalog} o ON o.${relation} = m.objid
   WHERE ${isOf('pg_class')} AND ${where} AND ${younger('o')}
     AND NOT EXISTS (SELECT FROM members k WHERE k.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND k.objid = o.oid)`;

/**
 * Catalogs whose rows are older than their membership if somebody added them: ALTER EXTENSION … ADD. A row that was
 * written again since then is found as such.
 */
const OLDER_THAN_ADDED = [
  ['pg_class', `o.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')`],
  ['pg_proc', 'true'],
  ['pg_type', 'true'],
  ['pg_operator', 'true'],
] as const;

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
    rewritten('pg_type', 'typacl'),
    rewritten('pg_language', 'lanacl'),
    rewritten('pg_foreign_data_wrapper', 'fdwacl'),
    rewritten('pg_cast', undefined),
    rewritten('pg_conversion', undefined),
    rewritten('pg_opfamily', undefined),
    rewritten('pg_namespace', 'nspacl'),
    partOf('pg_trigger', 'tgrelid', 'NOT o.tgisinternal'),
    partOf('pg_constraint', 'conrelid'),
    partOf('pg_attrdef', 'adrelid'),
    partOf('pg_rewrite', 'ev_class'),
    partOf('pg_policy', 'polrelid'),
    partOf('pg_statistic_ext', 'stxrelid'),
    // A column that has privileges of its own was written again for them, and they are dumped.
    `SELECT pg_catalog.format('column %s.%I', o.attrelid::pg_catalog.regclass, o.attname)
       FROM made m JOIN pg_catalog.pg_attribute o ON o.attrelid = m.objid
      WHERE ${isOf('pg_class')} AND o.attnum > 0 AND NOT o.attisdropped
        AND o.attacl IS NULL AND ${younger('o')}`,
    `SELECT pg_catalog.concat('index ', o.indexrelid::pg_catalog.regclass)
       FROM made m JOIN pg_catalog.pg_index o ON o.indrelid = m.objid
      WHERE ${isOf('pg_class')} AND ${younger('o')}
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.conindid = o.indexrelid AND c.contype IN ('p', 'u', 'x'))`,
    `SELECT pg_catalog.format('value %L of type %s', o.enumlabel, o.enumtypid::pg_catalog.regtype)
       FROM made m JOIN pg_catalog.pg_enum o ON o.enumtypid = m.objid
      WHERE ${isOf('pg_type')} AND ${younger('o')}`,
    // A table is written again by TRUNCATE too: what ALTER TABLE leaves is looked for. Its owner is nobody else by itself.
    `SELECT ${identityOf('pg_class')}
       FROM made m JOIN pg_catalog.pg_class o ON o.oid = m.objid JOIN pg_catalog.pg_extension e ON e.oid = m.extension
      WHERE ${isOf('pg_class')} AND ${younger('o')}
        AND (o.reloptions IS NOT NULL OR o.relrowsecurity OR o.relforcerowsecurity OR o.relreplident <> 'd'
             OR o.relowner NOT IN (e.extowner, 10))`,
    ...OLDER_THAN_ADDED.map(
      ([catalog, own]) =>
        `SELECT ${identityOf(catalog)} FROM made m JOIN pg_catalog.${catalog} o ON o.oid = m.objid
          WHERE ${isOf(catalog)} AND ${own} AND pg_catalog.age(o.xmin) > pg_catalog.age(m.added)`,
    ),
    `SELECT pg_catalog.concat('comment on ', pg_catalog.pg_describe_object(o.classoid, o.objoid, o.objsubid))
       FROM made m JOIN pg_catalog.pg_description o ON o.classoid = m.classid AND o.objoid = m.objid
      WHERE ${younger('o')}`,
    `SELECT pg_catalog.concat('security label on ', pg_catalog.pg_describe_object(o.classoid, o.objoid, o.objsubid))
       FROM made m JOIN pg_catalog.pg_seclabel o ON o.classoid = m.classid AND o.objoid = m.objid
      WHERE ${younger('o')}`,
    `SELECT pg_catalog.format('mapping of %s for %s', o.mapcfg::pg_catalog.regconfig, o.maptokentype)
       FROM made m JOIN pg_catalog.pg_ts_config_map o ON o.mapcfg = m.objid
      WHERE ${isOf('pg_ts_config')} AND ${younger('o')}`,
    ...(
      [
        ['pg_amop', 'amopfamily'],
        ['pg_amproc', 'amprocfamily'],
      ] as const
    ).map(
      ([catalog, family]) =>
        `SELECT ${identityOf(catalog)} FROM made m JOIN pg_catalog.${catalog} o ON o.${family} = m.objid
          WHERE ${isOf('pg_opfamily')} AND ${younger('o')}`,
    ),
    `SELECT pg_catalog.format('membership of %s in the publication %I', m.objid::pg_catalog.regclass, p.pubname)
       FROM members m JOIN pg_catalog.pg_publication_rel o ON o.prrelid = m.objid JOIN pg_catalog.pg_publication p ON p.oid = o.prpubid
      WHERE ${isOf('pg_class')}`,
  ].join(' UNION ALL ')}`;
