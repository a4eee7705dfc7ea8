/** Queries for what a dump leaves out, by kind, each with the sentence that says so. */
import { IN_SELECTION, NO_MEMBER, RELATIONS } from './dumped-relations.js';
import { CHANGED_BUILT_INS } from './built-in-changes.js';
import { CHANGED_MEMBERS } from './extension-changes.js';

export interface OmissionQuery {
  /** Has one column, `object`. */
  readonly sql: string;
  /** Whether `$1` are the expressions for the chosen schemas. */
  readonly chosen?: true;
  readonly message: string;
  /** When it is left out. @default always */
  readonly when?: 'schemas' | 'all-schemas';
}

/** An object of the user: not made by initdb, no member of an extension and no inner part of another object. */
const own = (catalog: string) =>
  `o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass
     AND d.objid = o.oid AND d.deptype IN ('e', 'i'))`;

const identified = (catalog: string, where: string) =>
  `SELECT pg_catalog.concat(i.type, ' ', i.identity) AS object FROM pg_catalog.${catalog} o,
          pg_catalog.pg_identify_object('pg_catalog.${catalog}'::pg_catalog.regclass, o.oid, 0) i
    WHERE ${own(catalog)} AND ${where}`;

/** Catalogs of what lies in schemas, with the column that says in which. */
const IN_SCHEMAS = [
  ['pg_class', 'relnamespace', `o.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')`],
  ['pg_type', 'typnamespace', `o.typtype IN ('b', 'd', 'e', 'r') AND o.typelem = 0`],
  ['pg_proc', 'pronamespace', 'true'],
  ['pg_operator', 'oprnamespace', 'true'],
  ['pg_opclass', 'opcnamespace', 'true'],
  ['pg_opfamily', 'opfnamespace', 'true'],
  ['pg_collation', 'collnamespace', 'o.collencoding = -1'],
  ['pg_conversion', 'connamespace', 'true'],
  ['pg_ts_config', 'cfgnamespace', 'true'],
  ['pg_ts_dict', 'dictnamespace', 'true'],
  ['pg_ts_parser', 'prsnamespace', 'true'],
  ['pg_ts_template', 'tmplnamespace', 'true'],
] as const;

/** `pg_import_system_collations` fills pg_catalog with collations that look like the user's: `collencoding` is theirs. */
const systemSchemas = IN_SCHEMAS.map(([catalog, schema, where]) =>
  identified(
    catalog,
    `${where} AND o.${schema} IN ('pg_catalog'::pg_catalog.regnamespace, 'information_schema'::pg_catalog.regnamespace)`,
  ),
).join(' UNION ALL ');

const ROOTS = `
  WITH RECURSIVE chosen AS (
    SELECT c.oid, c.relkind FROM ${RELATIONS} WHERE c.relkind = 'p' AND ${IN_SELECTION}
  ), leaves (root, oid) AS (
    SELECT p.oid, p.oid FROM chosen p
    UNION SELECT l.root, i.inhrelid FROM leaves l JOIN pg_catalog.pg_inherits i ON i.inhparent = l.oid
  )
  SELECT DISTINCT ON (c.oid) c.oid::pg_catalog.text AS oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, pg_catalog.format('%I.%I', rn.nspname, r.relname) AS root,
         c.reltuples::pg_catalog.float8 AS estimate
    FROM leaves l JOIN pg_catalog.pg_class c ON c.oid = l.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class r ON r.oid = l.root JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
   WHERE c.relkind IN ('r', 'f') AND NOT (${IN_SELECTION})
   ORDER BY c.oid, l.root`;

/** Leaves of partitioned tables that are chosen, in schemas that are not. `$1`: the chosen schemas. */
export const PARTITIONS_ELSEWHERE = ROOTS;

export const QUERIES = {
  'foreign-data': {
    sql: `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS object
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'f'`,
    message: 'The rows of foreign tables are on other servers and not in the dump; the definitions are.',
  },
  'user-mapping-options': {
    // The options are NULL to whoever may not see them, which is when pg_dump leaves them out silently.
    sql: `SELECT pg_catalog.format('%s on server %I', CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(m.usename) END, m.srvname) AS object
            FROM pg_catalog.pg_user_mappings m WHERE m.umoptions IS NULL AND pg_catalog.current_setting('is_superuser') <> 'on'`,
    message:
      'This role may not see the options of these user mappings (if they have any), such as the remote password: they are not in the dump.',
  },
  subscriptions: {
    sql: `SELECT pg_catalog.quote_ident(s.subname) AS object FROM pg_catalog.pg_subscription s
            JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
           WHERE d.datname = pg_catalog.current_database() AND pg_catalog.current_setting('is_superuser') <> 'on'`,
    message: 'Only a superuser may dump subscriptions: they must be created again after a restore.',
  },
  'role-passwords': {
    sql: `SELECT pg_catalog.quote_ident(r.rolname) AS object FROM pg_catalog.pg_roles r
           WHERE r.rolcanlogin AND r.rolname !~ '^pg_'`,
    message: 'Roles are dumped without their passwords: set them again after a restore.',
  },
  'unlogged-data': {
    sql: `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS object
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind = 'r' AND c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery()`,
    message: 'This server is a standby, where unlogged tables are empty: only the primary has their rows.',
  },
  'extension-data': {
    sql: `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS object
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
            JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
           WHERE c.relkind = 'r' AND c.oid <> ALL (COALESCE(e.extconfig, '{}'))`,
    message:
      'These tables belong to extensions, which do not mark their rows (if there are any) for a dump: CREATE EXTENSION creates them again, as the extension ships them.',
  },
  'extension-rows': {
    sql: `SELECT pg_catalog.format('%I.%I (%s)', n.nspname, c.relname, k.condition) AS object
            FROM pg_catalog.pg_extension e
            JOIN ROWS FROM (pg_catalog.unnest(e.extconfig), pg_catalog.unnest(e.extcondition)) AS k (oid, condition) ON true
            JOIN pg_catalog.pg_class c ON c.oid = k.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p') AND k.condition <> ''`,
    message:
      'These tables belong to extensions, which mark only a part of their rows for a dump. The other rows come back as the extension ships them, also those that were changed, added or deleted here:',
  },
  'large-objects': {
    sql: 'SELECT l.oid::pg_catalog.text AS object FROM pg_catalog.pg_largeobject_metadata l',
    message: 'Large objects belong to no schema, and schemas were chosen: they are not in the dump.',
    when: 'schemas',
  },
  extensions: {
    sql: `SELECT pg_catalog.quote_ident(e.extname) AS object FROM pg_catalog.pg_extension e WHERE e.extname <> 'plpgsql'`,
    message: 'Extensions belong to no schema, and schemas were chosen: create those that are needed before a restore.',
    when: 'schemas',
  },
  'outside-schemas': {
    sql: (
      [
        'pg_cast',
        'pg_language',
        'pg_event_trigger',
        'pg_publication',
        'pg_foreign_data_wrapper',
        'pg_foreign_server',
        'pg_am',
      ] as const
    )
      .map((catalog) => identified(catalog, 'true'))
      .join(' UNION ALL '),
    message: 'These objects belong to no schema, and schemas were chosen: they are not in the dump.',
    when: 'schemas',
  },
  'system-schemas': {
    sql: systemSchemas,
    message:
      'pg_dump leaves out pg_catalog and information_schema, also what users have put there: these objects, and the rows of the tables among them, are not in the dump. Move them to a schema of your own.',
    when: 'all-schemas',
  },
  'system-objects': {
    sql: CHANGED_BUILT_INS,
    message:
      "PostgreSQL's own objects were altered here, or something was added to them. No dump carries that: what a copy computes with them anew (generated columns, materialized views, indexes) can differ. Make objects of your own.",
  },
  'extension-members': {
    sql: CHANGED_MEMBERS,
    message:
      'These were changed, replaced or added after CREATE EXTENSION made the members of extensions that they are or belong to. CREATE EXTENSION makes them again as the extension ships them: keep the statements, and run them after a restore.',
    when: 'all-schemas',
  },
  'extension-versions': {
    sql: `SELECT pg_catalog.format('%I %s (the default here is %s)', e.extname, e.extversion, a.default_version) AS object
            FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_available_extensions() a ON a.name = e.extname
           WHERE e.extversion <> a.default_version`,
    message:
      'A dump does not say which version of an extension it needs: CREATE EXTENSION makes the default of the server that it is restored into, and these are not even the default of this one.',
    when: 'all-schemas',
  },
  'all-roles-settings': {
    sql: `SELECT pg_catalog.concat('ALTER ROLE ALL SET ', pg_catalog.split_part(c.setting, '=', 1)) AS object
            FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) AS c (setting)
           WHERE s.setdatabase = 0 AND s.setrole = 0`,
    message: 'pg_dumpall leaves out the settings of all roles at once: set them again on the server of a restore.',
  },
  'prepared-transactions': {
    sql: `SELECT pg_catalog.format('%L of %I', x.gid, x.owner) AS object FROM pg_catalog.pg_prepared_xacts x
           WHERE x.database = pg_catalog.current_database()`,
    message:
      'Transactions were prepared and not committed when the dump began: what they have written is not in it, and they cannot be committed in a copy.',
  },
  'replication-slots': {
    sql: `SELECT pg_catalog.format('%I (%s)', s.slot_name, s.plugin) AS object FROM pg_catalog.pg_replication_slots s
           WHERE s.database = pg_catalog.current_database() AND NOT s.temporary`,
    message:
      "Replication slots are the server's and in no dump: whoever reads from these needs new ones after a restore, and to begin anew.",
  },
  'invalid-indexes': {
    sql: `SELECT pg_catalog.format('%I.%I on %I', ni.nspname, i.relname, c.relname) AS object
            FROM ${RELATIONS} JOIN pg_catalog.pg_index k ON k.indrelid = c.oid
            JOIN pg_catalog.pg_class i ON i.oid = k.indexrelid JOIN pg_catalog.pg_namespace ni ON ni.oid = i.relnamespace
           WHERE NOT (k.indisready AND (k.indisvalid OR c.relkind = 'p')) AND ${IN_SELECTION} AND ${NO_MEMBER}`,
    chosen: true,
    message:
      'pg_dump leaves out indexes that are not valid: what CREATE INDEX CONCURRENTLY is building, or gave up. Build them again, or drop them.',
  },
  'foreign-key-triggers': {
    sql: `SELECT DISTINCT pg_catalog.format('%I on %I.%I', k.conname, n.nspname, c.relname) AS object
            FROM ${RELATIONS} JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid
            JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint AND k.contype IN ('f', 'p', 'u', 'x')
           WHERE t.tgisinternal AND t.tgenabled <> 'O' AND ${IN_SELECTION} AND ${NO_MEMBER}`,
    chosen: true,
    message:
      'The triggers that check these constraints are disabled (DISABLE TRIGGER ALL), which no dump says: in a copy the constraints are checked, and rows that break them would stop its load.',
  },
} as const satisfies Readonly<Record<string, OmissionQuery>>;
