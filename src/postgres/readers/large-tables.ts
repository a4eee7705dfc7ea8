/**
 * The tables whose rows we read ourselves, beside pg_dump, and what pg_dump would write about them. They are chosen before
 * the snapshot, so that nothing stands between that and pg_dump, and looked up again in it.
 */
import type pg from 'pg';
import { parseNamePattern } from '../../syntax/sql/name-pattern.js';
import { IN_SELECTION, RELATIONS } from '../dumped-relations.js';

export interface LargeTable {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  /** `schema.name`, quoted where pg_dump does it. */
  readonly qualified: string;
  /** `a, "B"`: the columns that a dump has, as pg_dump writes them; at least one. */
  readonly columns: string;
}

export interface TableChoice {
  /** pg_dump's patterns; all schemas when empty. */
  readonly schemas: readonly string[];
  /** pg_dump's patterns. */
  readonly excludeTableData: readonly string[];
  /** The smallest table, in pages as the server last counted them. */
  readonly minPages: number;
  /** Whether pg_dump is of the server's major version: another one may have other keywords to quote. */
  readonly sameMajor: boolean;
  /** Of the dump and the session: in any but UTF8 only names in ASCII are read as they are. */
  readonly encoding: string;
}

/** Each is named to pg_dump in an argument. */
const MOST_TABLES = 500;

/**
 * Ordinary tables in heaps, of no extension. Left to pg_dump are those that it writes in its own way or refuses (row
 * security, partitions whose rows go through their root), and names with characters that it replaces in its comments. All
 * are left to it where a schema, an owner or a tablespace has a name that makes a header of another kind: in its output
 * nobody could tell by the headers alone where rows belong.
 *
 * Nothing here takes a lock on the tables: their size is the one in the catalog.
 */
const TABLES = `
  SELECT c.oid::pg_catalog.text AS oid, n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name,
         pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text AS owner,
         pg_catalog.format('%I.%I', n.nspname, c.relname) AS qualified, a.columns
    FROM ${RELATIONS}
    JOIN pg_catalog.pg_am m ON m.oid = c.relam AND m.amname = 'heap'
    CROSS JOIN LATERAL (
      SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns,
             pg_catalog.string_agg(a.attname, ' ') AS names
        FROM pg_catalog.pg_attribute a
       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') a
   WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND NOT c.relrowsecurity AND ${IN_SELECTION}
     AND (c.oid = ANY ($2::pg_catalog.oid[]) OR c.relpages >= $7)
     AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
     AND (NOT c.relispartition OR NOT EXISTS (
           SELECT 1 FROM pg_catalog.pg_partition_ancestors(c.oid) p
             JOIN pg_catalog.pg_partitioned_table t ON t.partrelid = p.relid WHERE t.partstrat = 'h'))
     AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
     AND a.columns IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM (SELECT nspname FROM pg_catalog.pg_namespace UNION ALL SELECT rolname FROM pg_catalog.pg_roles
                                    UNION ALL SELECT spcname FROM pg_catalog.pg_tablespace) AS x (name)
                      WHERE x.name ~ ';[[:space:]](Type|Owner):[[:space:]]')
     AND pg_catalog.concat(n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner), a.names) ~ $6
     AND ($3::pg_catalog.bool OR pg_catalog.concat_ws(' ', n.nspname, c.relname, a.names) !~ '${newerKeywords()}')
     AND NOT EXISTS (SELECT 1 FROM ROWS FROM (pg_catalog.unnest($4::pg_catalog.text[]), pg_catalog.unnest($5::pg_catalog.text[])) AS x (schema, name)
                      WHERE c.relname ~ x.name AND (x.schema IS NULL OR n.nspname ~ x.schema))
   ORDER BY c.relpages DESC, c.oid LIMIT ${MOST_TABLES}`;

/** Words that a version since 13 has made keywords, so that one of them quotes what the other does not. */
function newerKeywords(): string {
  return String.raw`(^| )(json|json_\w+|system_user|merge_action|xml\w+|normalize)( |$)`;
}

/** The large ones of now, in the order in which pg_dump writes them. */
export async function readLargeTables(client: pg.Client, choice: TableChoice): Promise<LargeTable[]> {
  return query(client, choice, { minPages: choice.minPages, oids: [] });
}

/**
 * What the snapshot of the session has of tables that were chosen before it; those are left out that are not in it under
 * their names, or are none of ours there. However large they have become.
 */
export async function lookUpTables(
  client: pg.Client,
  choice: TableChoice,
  chosen: readonly LargeTable[],
): Promise<LargeTable[]> {
  const names = new Map(chosen.map(({ oid, qualified }) => [oid, qualified]));
  const tables = await query(client, choice, { minPages: null, oids: [...names.keys()] });
  return tables.filter(({ oid, qualified }) => names.get(oid) === qualified);
}

async function query(
  client: pg.Client,
  choice: TableChoice,
  { minPages, oids }: { readonly minPages: number | null; readonly oids: readonly string[] },
): Promise<LargeTable[]> {
  const excluded = choice.excludeTableData.map(parseNamePattern);
  const { rows } = await client.query<LargeTable>(TABLES, [
    choice.schemas.map((pattern) => parseNamePattern(pattern).name),
    oids,
    choice.sameMajor,
    excluded.map(({ schema }) => schema ?? null),
    excluded.map(({ name }) => name),
    choice.encoding === 'UTF8' ? '^[[:print:]]+$' : '^[ -~]+$',
    minPages,
  ]);
  return rows.sort(compareTables);
}

/** The order of pg_dump: by the bytes of schema and name. */
export function compareTables(
  a: { readonly schema: string | null; readonly name: string },
  b: { readonly schema: string | null; readonly name: string },
): number {
  const bySchema = Buffer.compare(Buffer.from(a.schema ?? ''), Buffer.from(b.schema ?? ''));
  return bySchema !== 0 ? bySchema : Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}

/** What keeps pg_dump from reading the rows of a table: a pattern for `--exclude-table-data` that means only it. */
export function patternFor({ schema, name }: LargeTable): string {
  return [schema, name].map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
}
