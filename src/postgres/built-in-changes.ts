/**
 * What has been done to PostgreSQL's own objects since initdb made them, or been added to its own tables and views. A
 * dump carries nothing of it but privileges, and neither does pg_upgrade.
 *
 * Text search is compared with what it is by default. For the rest, the catalog does not say what initdb has made, but
 * initdb creates `template0` as one of its last transactions, so what was written later has a higher xmin. Where
 * `template0` was made anew, or the cluster was upgraded, its own is high too: then nothing is found.
 */
import { identityOf } from './dumped-relations.js';

/**
 * Every built-in configuration sends words to the stemmer of its name (or to the English one), and everything else to
 * `simple`; every built-in dictionary but `simple` has a language as its only option, besides the stop words of the same.
 */
const TEXT_SEARCH = `
  SELECT pg_catalog.format('text search configuration pg_catalog.%I', c.cfgname) AS object FROM pg_catalog.pg_ts_config c
   WHERE c.oid < 16384 AND (
     (SELECT pg_catalog.count(*) FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg = c.oid) <> 19
     OR EXISTS (
       SELECT FROM pg_catalog.pg_ts_config_map m JOIN pg_catalog.pg_ts_dict d ON d.oid = m.mapdict
        WHERE m.mapcfg = c.oid AND (d.oid >= 16384 OR CASE
          WHEN c.cfgname = 'simple' OR m.maptokentype NOT IN (1, 2, 10, 11, 16, 17) THEN d.dictname <> 'simple'
          WHEN m.maptokentype IN (1, 11, 16) THEN d.dictname <> 'english_stem' AND d.dictname <> c.cfgname || '_stem'
          ELSE d.dictname <> c.cfgname || '_stem' END)))
  UNION ALL
  SELECT pg_catalog.format('text search dictionary pg_catalog.%I', d.dictname) FROM pg_catalog.pg_ts_dict d
   WHERE d.oid < 16384 AND CASE WHEN d.dictname = 'simple' THEN COALESCE(d.dictinitoption, '') <> ''
     ELSE COALESCE(d.dictinitoption, '') !~ pg_catalog.format('^language = ''?%1$s''?(, stopwords = ''?%1$s''?)?$', pg_catalog.regexp_replace(d.dictname, '_stem$', '')) END`;

/** No transaction of initdb comes near it. */
const MOST_OF_INITDB = 10_000;

const later = (row: string) => `${row}.xmin::pg_catalog.text::pg_catalog.int8 > b.xid`;

const notOfExtension = (catalog: string) =>
  `NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass
      AND d.objid = o.oid AND d.deptype = 'e')`;

/** Rows of the catalog that were written again. A grant does that as well, and is dumped: those with one are left out. */
const rewritten = (catalog: string, acl?: string) => `
  SELECT ${identityOf(catalog)} AS object FROM initdb b, pg_catalog.${catalog} o
    LEFT JOIN pg_catalog.pg_init_privs p ON p.classoid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND p.objoid = o.oid AND p.objsubid = 0
   WHERE o.oid < 16384 AND ${later('o')} AND ${notOfExtension(catalog)}
     AND ${acl === undefined ? 'true' : `o.${acl} IS NOT DISTINCT FROM p.initprivs`}`;

/** What belongs to a table or view of initdb's. */
const partOf = (catalog: string, relation: string, where = 'true') => `
  SELECT ${identityOf(catalog)} FROM initdb b, pg_catalog.${catalog} o WHERE o.${relation} BETWEEN 1 AND 16383 AND ${where}
     AND ${later('o')} AND ${notOfExtension(catalog)}`;

/** A query for the column `object`. */
export const CHANGED_BUILT_INS = `
  WITH initdb AS (
    SELECT d.xmin::pg_catalog.text::pg_catalog.int8 AS xid FROM pg_catalog.pg_database d
     WHERE d.datname = 'template0' AND d.xmin::pg_catalog.text::pg_catalog.int8 < ${MOST_OF_INITDB}
  )
  SELECT object FROM (${TEXT_SEARCH}) t
  UNION ${[
    rewritten('pg_proc', 'proacl'),
    rewritten('pg_operator'),
    rewritten('pg_opclass'),
    rewritten('pg_opfamily'),
    rewritten('pg_cast'),
    rewritten('pg_type', 'typacl'),
    rewritten('pg_conversion'),
    rewritten('pg_ts_config'),
    rewritten('pg_ts_dict'),
    partOf('pg_rewrite', 'ev_class'),
    partOf('pg_trigger', 'tgrelid', 'NOT o.tgisinternal'),
    partOf('pg_constraint', 'conrelid'),
    partOf('pg_policy', 'polrelid'),
    partOf('pg_attrdef', 'adrelid'),
    // A column that has privileges of its own was written again for them, and they are dumped.
    `SELECT pg_catalog.format('column %s.%I', o.attrelid::pg_catalog.regclass, o.attname)
       FROM initdb b, pg_catalog.pg_attribute o
      WHERE o.attrelid < 16384 AND o.attnum > 0 AND NOT o.attisdropped AND o.attacl IS NULL AND ${later('o')}`,
    `SELECT pg_catalog.concat('index ', o.indexrelid::pg_catalog.regclass) FROM initdb b, pg_catalog.pg_index o
      WHERE o.indrelid < 16384 AND ${later('o')}
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.conindid = o.indexrelid AND c.contype IN ('p', 'u', 'x'))`,
  ].join(' UNION ')}`;
