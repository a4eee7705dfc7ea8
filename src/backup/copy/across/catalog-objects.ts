/**
 * The objects of a copy as its catalog has them: what they are, whose they are, and who may do what with them. Where
 * another major has printed the copy's definitions, their text says none of that reliably.
 */
import type pg from 'pg';

/** One privilege that somebody was given: `grantor`, `grantee` (`undefined` for PUBLIC), its name, and the right to pass it on. */
export interface Privilege {
  readonly grantor: string;
  readonly grantee: string | undefined;
  readonly privilege: string;
  readonly grantable: boolean;
}

export interface CatalogObject {
  /** As in pg_dump's headers: `TABLE`, `FUNCTION`; for what has no entry of its own, such as a column, empty. */
  readonly type: string;
  /** `null` outside of schemas. */
  readonly schema: string | null;
  /** As in pg_dump's headers, without quotes: `orders`, `f(integer)`. */
  readonly name: string;
  /** As a GRANT names it: `TABLE shop.orders`; empty for kinds without privileges. */
  readonly target: string;
  /** For a column. */
  readonly column: string | null;
  readonly owner: string;
  /** The kind, as `acldefault` takes it. */
  readonly kind: string;
  /** `null`: what its kind has by default. */
  readonly acl: readonly Privilege[] | null;
  /** What it had when the server or an extension made it; `null`: what its kind has by default. */
  readonly initial: readonly Privilege[] | null;
  /** Whether a dump holds it: it is neither PostgreSQL's own nor of an extension. */
  readonly dumped: boolean;
}

/** What one row of the queries has. */
interface Row extends Omit<CatalogObject, 'acl' | 'initial'> {
  readonly acl: readonly string[] | null;
  readonly initial: readonly string[] | null;
}

/** `{owner=arwdDxt/owner,…}` as texts that are easy to take apart: no name holds such a character. */
const SEPARATOR = '\x01';

const exploded = (acl: string) => `
  CASE WHEN ${acl} IS NULL THEN NULL ELSE ARRAY(
    SELECT pg_catalog.concat_ws(pg_catalog.chr(1), pg_catalog.pg_get_userbyid(a.grantor),
             CASE a.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text END,
             a.privilege_type, a.is_grantable)
      FROM pg_catalog.aclexplode(${acl}) a) END`;

interface Kind {
  readonly catalog: string;
  /** Expressions over `o`, and `n` of its schema. */
  readonly type: string;
  readonly name: string;
  readonly owner: string;
  readonly schema?: string;
  readonly target?: string;
  readonly kind?: string;
  readonly acl?: string;
  readonly where?: string;
  /** What else makes it an object of a dump. */
  readonly dumped?: string;
}

const within = (column: string) => `pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(o.${column})`;

/** The types of a routine's arguments, as pg_dump names it in a header. */
const ARGUMENTS = `(SELECT COALESCE(pg_catalog.string_agg(pg_catalog.format_type(t.oid, NULL), ', ' ORDER BY t.position), '')
    FROM pg_catalog.unnest(o.proargtypes) WITH ORDINALITY t (oid, position))`;

/** Of pg_dump's kinds of objects, those that have an owner. */
const KINDS: readonly Kind[] = [
  {
    catalog: 'pg_namespace',
    type: `'SCHEMA'`,
    name: 'o.nspname',
    owner: 'o.nspowner',
    target: `'SCHEMA ' || pg_catalog.quote_ident(o.nspname)`,
    kind: `'n'`,
    acl: 'o.nspacl',
    where: `o.nspname !~ '^pg_t(oast|emp)'`,
  },
  {
    catalog: 'pg_class',
    schema: 'o.relnamespace',
    type: `CASE o.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END`,
    name: 'o.relname',
    owner: 'o.relowner',
    target: `CASE o.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || ${within('relname')}`,
    kind: `CASE o.relkind WHEN 'S' THEN 's' ELSE 'r' END`,
    acl: 'o.relacl',
    where: `o.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND o.relpersistence <> 't'`,
  },
  {
    catalog: 'pg_proc',
    schema: 'o.pronamespace',
    type: `CASE o.prokind WHEN 'a' THEN 'AGGREGATE' WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END`,
    name: `CASE WHEN o.prokind = 'a' AND o.pronargs = 0 THEN o.proname || '(*)' ELSE o.proname || '(' || ${ARGUMENTS} || ')' END`,
    owner: 'o.proowner',
    target: `CASE o.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || ${within('proname')} || '('
      || CASE o.prokind WHEN 'a' THEN ${ARGUMENTS} ELSE pg_catalog.pg_get_function_identity_arguments(o.oid) END || ')'`,
    kind: `'f'`,
    acl: 'o.proacl',
    // Not those that a range type has made.
    dumped: `NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype = 'i')`,
  },
  {
    catalog: 'pg_type',
    schema: 'o.typnamespace',
    type: `CASE o.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END`,
    name: 'o.typname',
    owner: 'o.typowner',
    target: `'TYPE ' || ${within('typname')}`,
    kind: `'T'`,
    acl: 'o.typacl',
    // Neither the types of rows and of arrays, nor multiranges, which come with their range.
    where: `o.typtype <> 'm' AND (o.typtype <> 'c' OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = o.typrelid AND c.relkind = 'c'))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.oid = o.typelem AND e.typarray = o.oid)`,
  },
  {
    catalog: 'pg_language',
    type: `'PROCEDURAL LANGUAGE'`,
    name: 'o.lanname',
    owner: 'o.lanowner',
    target: `'LANGUAGE ' || pg_catalog.quote_ident(o.lanname)`,
    kind: `'l'`,
    acl: 'o.lanacl',
  },
  {
    catalog: 'pg_largeobject_metadata',
    type: `'LARGE OBJECT'`,
    name: 'o.oid::pg_catalog.text',
    owner: 'o.lomowner',
    target: `'LARGE OBJECT ' || o.oid`,
    kind: `'L'`,
    acl: 'o.lomacl',
  },
  {
    catalog: 'pg_foreign_data_wrapper',
    type: `'FOREIGN DATA WRAPPER'`,
    name: 'o.fdwname',
    owner: 'o.fdwowner',
    target: `'FOREIGN DATA WRAPPER ' || pg_catalog.quote_ident(o.fdwname)`,
    kind: `'F'`,
    acl: 'o.fdwacl',
  },
  {
    catalog: 'pg_foreign_server',
    type: `'SERVER'`,
    name: 'o.srvname',
    owner: 'o.srvowner',
    target: `'FOREIGN SERVER ' || pg_catalog.quote_ident(o.srvname)`,
    kind: `'S'`,
    acl: 'o.srvacl',
  },
  ...(
    [
      ['pg_operator', 'OPERATOR', 'opr'],
      ['pg_opclass', 'OPERATOR CLASS', 'opc'],
      ['pg_opfamily', 'OPERATOR FAMILY', 'opf'],
      ['pg_collation', 'COLLATION', 'coll'],
      ['pg_conversion', 'CONVERSION', 'con'],
      ['pg_ts_dict', 'TEXT SEARCH DICTIONARY', 'dict'],
      ['pg_ts_config', 'TEXT SEARCH CONFIGURATION', 'cfg'],
      ['pg_statistic_ext', 'STATISTICS', 'stx'],
    ] as const
  ).map(([catalog, type, prefix]) => ({
    ...{ catalog, type: `'${type}'`, schema: `o.${prefix}namespace` },
    ...{ name: `o.${prefix}name`, owner: `o.${prefix}owner` },
    // An operator that another one names as its commutator or negator exists before it is defined.
    ...(catalog === 'pg_operator' && { where: 'o.oprcode <> 0' }),
    // CREATE OPERATOR CLASS makes one where it names none.
    ...(catalog === 'pg_opfamily' && { dumped: 'false' }),
  })),
  ...(
    [
      ['pg_event_trigger', 'EVENT TRIGGER', 'evt'],
      ['pg_publication', 'PUBLICATION', 'pub'],
    ] as const
  ).map(([catalog, type, prefix]) => ({
    ...{ catalog, type: `'${type}'`, name: `o.${prefix}name`, owner: `o.${prefix}owner` },
  })),
  {
    catalog: 'pg_subscription',
    type: `'SUBSCRIPTION'`,
    name: 'o.subname',
    owner: 'o.subowner',
    where: 'o.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())',
  },
];

function queryOf({
  catalog,
  type,
  name,
  owner,
  schema,
  target,
  kind,
  acl,
  where = 'true',
  dumped = 'true',
}: Kind): string {
  const given = acl === undefined ? 'NULL' : exploded(acl);
  const initial = acl === undefined ? 'NULL' : exploded('i.initprivs');
  const self = `'pg_catalog.${catalog === 'pg_largeobject_metadata' ? 'pg_largeobject' : catalog}'::pg_catalog.regclass`;
  return `
    SELECT ${type} AS type, ${schema === undefined ? 'NULL' : 'n.nspname::pg_catalog.text'} AS schema, (${name})::pg_catalog.text AS name,
           ${target ?? `''`} AS target, NULL::pg_catalog.text AS "column", pg_catalog.pg_get_userbyid(${owner})::pg_catalog.text AS owner,
           ${kind ?? `''`} AS kind, ${given} AS acl, ${initial} AS initial,
           o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = ${self} AND d.objid = o.oid AND d.objsubid = 0 AND d.deptype = 'e')
             AND ${dumped} AS dumped
      FROM pg_catalog.${catalog} o
      ${schema === undefined ? '' : `JOIN pg_catalog.pg_namespace n ON n.oid = ${schema} AND n.nspname !~ '^pg_t(oast|emp)'`}
      LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = ${self} AND i.objoid = o.oid AND i.objsubid = 0
     WHERE ${where}`;
}

/** Columns have privileges of their own, and none by default. */
const COLUMNS = `
  SELECT '' AS type, n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name,
         'TABLE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS target, o.attname::pg_catalog.text AS "column",
         pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text AS owner, 'c' AS kind,
         ${exploded('o.attacl')} AS acl, ${exploded('i.initprivs')} AS initial, c.oid >= 16384 AS dumped
    FROM pg_catalog.pg_attribute o JOIN pg_catalog.pg_class c ON c.oid = o.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND i.objoid = c.oid AND i.objsubid = o.attnum
   WHERE NOT o.attisdropped AND (o.attacl IS NOT NULL OR i.initprivs IS NOT NULL)`;

/** @param client a session with an empty search_path */
export async function readObjects(client: pg.Client): Promise<CatalogObject[]> {
  const objects: CatalogObject[] = [];
  for (const query of [...KINDS.map(queryOf), COLUMNS]) {
    const { rows } = await client.query<Row>(query);
    for (const row of rows) objects.push({ ...row, acl: privilegesOf(row.acl), initial: privilegesOf(row.initial) });
  }
  return objects;
}

export interface DefaultPrivileges {
  readonly role: string;
  readonly schema: string | null;
  /** As `acldefault` takes it. */
  readonly kind: string;
  readonly acl: readonly Privilege[];
}

/** What ALTER DEFAULT PRIVILEGES has set. */
export async function readDefaultPrivileges(client: pg.Client): Promise<DefaultPrivileges[]> {
  const { rows } = await client.query<Omit<DefaultPrivileges, 'acl'> & { readonly acl: readonly string[] }>(
    `SELECT pg_catalog.pg_get_userbyid(o.defaclrole)::pg_catalog.text AS role, n.nspname::pg_catalog.text AS schema,
            CASE o.defaclobjtype WHEN 'S' THEN 's' ELSE o.defaclobjtype::pg_catalog.text END AS kind, ${exploded('o.defaclacl')} AS acl
       FROM pg_catalog.pg_default_acl o LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.defaclnamespace`,
  );
  return rows.map((row) => ({ ...row, acl: privilegesOf(row.acl) ?? [] }));
}

/** What each kind of objects has by default, as this server gives it; the owner is `''` in it. */
export async function readDefaults(client: pg.Client): Promise<ReadonlyMap<string, readonly Privilege[]>> {
  // The kinds of older servers are among those of newer ones: default privileges of large objects came with 18.
  const { rows } = await client.query<{ kind: string; acl: readonly string[] }>(
    `SELECT k.kind, ${exploded('pg_catalog.acldefault(k.kind::"char", r.oid)')} AS acl
       FROM pg_catalog.unnest('{r,s,f,l,L,n,F,S,T}'::pg_catalog.text[]) k (kind), pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER`,
  );
  const { rows: own } = await client.query<{ name: string }>('SELECT CURRENT_USER::pg_catalog.text AS name');
  const self = own[0]?.name ?? '';
  const anonymous = ({ grantor, grantee, ...rest }: Privilege): Privilege => ({
    ...rest,
    grantor: grantor === self ? '' : grantor,
    grantee: grantee === self ? '' : grantee,
  });
  return new Map(rows.map(({ kind, acl }) => [kind, (privilegesOf(acl) ?? []).map(anonymous)]));
}

function privilegesOf(acl: readonly string[] | null): Privilege[] | null {
  if (acl === null) return null;
  return acl.map((text) => {
    const [grantor = '', grantee = '', privilege = '', grantable] = text.split(SEPARATOR);
    return { grantor, grantee: grantee === '' ? undefined : grantee, privilege, grantable: grantable === 't' };
  });
}
