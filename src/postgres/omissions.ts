/** What a dump of a database leaves out, so that the manifest can say so. */
import type pg from 'pg';

/** Found by the dump itself; the others are known before it. */
export const CHANGED_TABLES = 'changed-tables';

export interface Omission {
  readonly kind:
    | 'foreign-data'
    | 'user-mapping-options'
    | 'subscriptions'
    | 'role-passwords'
    | 'unlogged-data'
    | 'extension-data'
    | 'large-objects'
    | 'extensions'
    | typeof CHANGED_TABLES;
  /** `schema.name`, or a name alone; sorted, the first 1000. */
  readonly objects: readonly string[];
  /** How many there are. */
  readonly total: number;
  /** One sentence: what is missing, and what it means for a restore. */
  readonly message: string;
}

const MOST_OBJECTS = 1000;

interface Query {
  readonly sql: string;
  readonly message: string;
  /** Whether it is left out only when schemas are chosen: objects in no schema are not dumped then. */
  readonly ofChoice?: true;
}

const QUERIES: Readonly<Record<Exclude<Omission['kind'], typeof CHANGED_TABLES>, Query>> = {
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
           WHERE c.relkind = 'r' AND pg_catalog.pg_relation_size(c.oid) > 0
             AND c.oid <> ALL (COALESCE(e.extconfig, '{}'))`,
    message:
      'These tables belong to extensions, which do not mark their rows for a dump: CREATE EXTENSION creates them again, as the extension ships them.',
  },
  'large-objects': {
    sql: 'SELECT l.oid::pg_catalog.text AS object FROM pg_catalog.pg_largeobject_metadata l',
    message: 'Large objects belong to no schema, and schemas were chosen: they are not in the dump.',
    ofChoice: true,
  },
  extensions: {
    sql: `SELECT pg_catalog.quote_ident(e.extname) AS object FROM pg_catalog.pg_extension e WHERE e.extname <> 'plpgsql'`,
    message: 'Extensions belong to no schema, and schemas were chosen: create those that are needed before a restore.',
    ofChoice: true,
  },
};

/**
 * Reads the omissions that apply; none of them when there are none.
 *
 * @param schemas those that are chosen; empty for all
 */
export async function readOmissions(client: pg.Client, schemas: readonly string[] = []): Promise<Omission[]> {
  const omissions: Omission[] = [];
  for (const [kind, { sql, message, ofChoice }] of Object.entries(QUERIES)) {
    if (ofChoice && schemas.length === 0) continue;
    const { rows } = await client.query<{ object: string; total: number }>(
      `SELECT object, pg_catalog.count(*) OVER ()::pg_catalog.int4 AS total FROM (${sql}) o ORDER BY object LIMIT ${MOST_OBJECTS}`,
    );
    const total = rows[0]?.total ?? 0;
    if (total === 0) continue;
    omissions.push({ kind: kind as Omission['kind'], objects: rows.map((row) => row.object), total, message });
  }
  return omissions;
}

/**
 * Tables of which nobody can say that the dump has their rows.
 *
 * @param names `schema.name`
 * @param when they were found changed, for a sentence: `in each of 5 attempts`
 */
export function changedTablesOmission(names: readonly string[], when: string): Omission {
  return {
    kind: CHANGED_TABLES,
    objects: names.toSorted().slice(0, MOST_OBJECTS),
    total: names.length,
    message: `These tables were truncated, rewritten or altered just as the dump began, ${when}: rows that they had may be missing from it.`,
  };
}

/** How many objects a sentence names. */
const MOST_NAMED = 20;

/** The sentence, with the first of the objects. */
export function describeOmission({ message, objects, total }: Omission): string {
  const more = total > MOST_NAMED ? ` and ${total - MOST_NAMED} more` : '';
  return `${message} ${objects.slice(0, MOST_NAMED).join(', ')}${more}`;
}
