/** What a database holds beyond a fresh one: the "empty target" rule of a restore. */
import type pg from 'pg';

export interface ContentSummary {
  /** In the singular: `table`, `schema`, `large object` … */
  readonly kind: string;
  readonly count: number;
  /** The first five, by name. */
  readonly names: readonly string[];
}

/** OIDs from here on were not made by initdb (FirstNormalObjectId). */
const FIRST_OF_USERS = 16_384;

/** Catalog, class of the catalog, kind and name of each sort of object that can be in the way. */
const SOURCES: readonly { kind: string; catalog: string; name: string; schema?: string; where?: string }[] = [
  {
    kind: `'schema'`,
    catalog: 'pg_namespace',
    name: 'nspname',
    where: `o.nspname !~ '^pg_' AND o.nspname <> 'public'`,
  },
  {
    kind: `CASE o.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                          WHEN 'f' THEN 'foreign table' ELSE 'table' END`,
    catalog: 'pg_class',
    name: 'relname',
    schema: 'relnamespace',
    where: `o.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')`,
  },
  {
    kind: `'type'`,
    catalog: 'pg_type',
    name: 'typname',
    schema: 'typnamespace',
    where: `o.typtype IN ('b', 'c', 'd', 'e', 'r')`,
  },
  { kind: `'function'`, catalog: 'pg_proc', name: 'proname', schema: 'pronamespace' },
  { kind: `'operator'`, catalog: 'pg_operator', name: 'oprname', schema: 'oprnamespace' },
  { kind: `'operator family'`, catalog: 'pg_opfamily', name: 'opfname', schema: 'opfnamespace' },
  { kind: `'collation'`, catalog: 'pg_collation', name: 'collname', schema: 'collnamespace' },
  { kind: `'conversion'`, catalog: 'pg_conversion', name: 'conname', schema: 'connamespace' },
  { kind: `'text search configuration'`, catalog: 'pg_ts_config', name: 'cfgname', schema: 'cfgnamespace' },
  { kind: `'text search dictionary'`, catalog: 'pg_ts_dict', name: 'dictname', schema: 'dictnamespace' },
  { kind: `'text search parser'`, catalog: 'pg_ts_parser', name: 'prsname', schema: 'prsnamespace' },
  { kind: `'text search template'`, catalog: 'pg_ts_template', name: 'tmplname', schema: 'tmplnamespace' },
  { kind: `'access method'`, catalog: 'pg_am', name: 'amname' },
  {
    kind: `'cast'`,
    catalog: 'pg_cast',
    name: `pg_catalog.format('%s AS %s', o.castsource::pg_catalog.regtype, o.casttarget::pg_catalog.regtype)`,
  },
  { kind: `'extension'`, catalog: 'pg_extension', name: 'extname', where: `o.extname <> 'plpgsql'` },
  { kind: `'language'`, catalog: 'pg_language', name: 'lanname' },
  { kind: `'event trigger'`, catalog: 'pg_event_trigger', name: 'evtname' },
  { kind: `'publication'`, catalog: 'pg_publication', name: 'pubname' },
  {
    kind: `'subscription'`,
    catalog: 'pg_subscription',
    name: 'subname',
    where: 'o.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())',
  },
  { kind: `'foreign-data wrapper'`, catalog: 'pg_foreign_data_wrapper', name: 'fdwname' },
  { kind: `'foreign server'`, catalog: 'pg_foreign_server', name: 'srvname' },
  // The user may choose its number, so the OID says nothing about who created it.
  { kind: `'large object'`, catalog: 'pg_largeobject_metadata', name: 'o.oid::pg_catalog.text', where: 'true' },
];

/**
 * What makes a database non-empty, by kind; an empty array for one that a restore may fill.
 *
 * @param options `extensions`: whether they count, and the schemas that they are in. @default true
 */
export async function describeContents(
  client: pg.Client,
  { extensions = true }: { readonly extensions?: boolean } = {},
): Promise<ContentSummary[]> {
  const { rows } = await client.query<ContentSummary>(
    `SELECT kind, pg_catalog.count(*)::pg_catalog.int4 AS count,
            (pg_catalog.array_agg(name ORDER BY name))[1:5] AS names
       FROM (${SOURCES.map(select).join(' UNION ALL ')}) objects WHERE $1 OR NOT of_extension
      GROUP BY kind ORDER BY kind`,
    [extensions],
  );
  return rows;
}

function select(source: (typeof SOURCES)[number]): string {
  const plain = /\W/.test(source.name) ? source.name : `o.${source.name}`;
  const name = source.schema
    ? `pg_catalog.format('%I.%I', n.nspname, ${plain})`
    : /\W/.test(source.name)
      ? plain
      : `pg_catalog.quote_ident(${plain})`;
  const join = source.schema ? `JOIN pg_catalog.pg_namespace n ON n.oid = o.${source.schema}` : '';
  const conditions = [
    source.catalog === 'pg_largeobject_metadata' ? 'true' : `o.oid >= ${FIRST_OF_USERS}`,
    source.where ?? 'true',
    source.schema ? `n.nspname !~ '^pg_(toast|temp)'` : 'true',
    // A member of an extension comes and goes with it; those of plpgsql are in every database. An internal part (a row
    // type, the constructor of a range) is counted with its owner.
    `NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.deptype IN ('e', 'i') AND d.objid = o.oid
                    AND d.classid = 'pg_catalog.${source.catalog}'::pg_catalog.regclass)`,
  ];
  const ofExtension =
    source.catalog === 'pg_namespace'
      ? 'EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extnamespace = o.oid)'
      : `${source.catalog === 'pg_extension'}`;
  return `SELECT ${source.kind} AS kind, ${name} AS name, ${ofExtension} AS of_extension FROM pg_catalog.${source.catalog} o ${join} WHERE ${conditions.join(' AND ')}`;
}
