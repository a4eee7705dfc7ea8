/** What a dump of a database leaves out, so that the manifest can say so. */
import type pg from 'pg';

export interface Omission {
  readonly kind: 'foreign-data' | 'user-mapping-options' | 'subscriptions' | 'role-passwords' | 'unlogged-data';
  /** `schema.name`, or a name alone; sorted, the first 1000. */
  readonly objects: readonly string[];
  /** How many there are. */
  readonly total: number;
  /** One sentence: what is missing, and what it means for a restore. */
  readonly message: string;
}

const MOST_OBJECTS = 1000;

const QUERIES: Readonly<Record<Omission['kind'], { sql: string; message: string }>> = {
  'foreign-data': {
    sql: `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS object
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'f'`,
    message: 'The rows of foreign tables lie on other servers and are not in the dump; the definitions are.',
  },
  'user-mapping-options': {
    // The options are NULL to whoever may not see them, which is when pg_dump leaves them out without a word.
    sql: `SELECT pg_catalog.format('%s on server %I', CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(m.usename) END, m.srvname) AS object
            FROM pg_catalog.pg_user_mappings m WHERE m.umoptions IS NULL AND pg_catalog.current_setting('is_superuser') <> 'on'`,
    message:
      'This role may not see the options of these user mappings (if they have any), such as the remote password: they are not in the dump.',
  },
  subscriptions: {
    sql: `SELECT pg_catalog.quote_ident(s.subname) AS object FROM pg_catalog.pg_subscription s
            JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
           WHERE d.datname = pg_catalog.current_database() AND pg_catalog.current_setting('is_superuser') <> 'on'`,
    message: 'Only a superuser may dump subscriptions: they must be created anew after a restore.',
  },
  'role-passwords': {
    sql: `SELECT pg_catalog.quote_ident(r.rolname) AS object FROM pg_catalog.pg_roles r
           WHERE r.rolcanlogin AND r.rolname !~ '^pg_'`,
    message: 'Roles are dumped without their passwords: set them anew after a restore.',
  },
  'unlogged-data': {
    sql: `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS object
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind = 'r' AND c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery()`,
    message: 'This server is a standby, where unlogged tables are empty: only the primary has their rows.',
  },
};

/** Reads the omissions that apply; none of them when there are none. Large objects are in the dump. */
export async function readOmissions(client: pg.Client): Promise<Omission[]> {
  const omissions: Omission[] = [];
  for (const [kind, { sql, message }] of Object.entries(QUERIES)) {
    const { rows } = await client.query<{ object: string; total: number }>(
      `SELECT object, pg_catalog.count(*) OVER ()::pg_catalog.int4 AS total FROM (${sql}) o ORDER BY object LIMIT ${MOST_OBJECTS}`,
    );
    const total = rows[0]?.total ?? 0;
    if (total === 0) continue;
    omissions.push({ kind: kind as Omission['kind'], objects: rows.map((row) => row.object), total, message });
  }
  return omissions;
}
