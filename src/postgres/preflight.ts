/**
 * What would make pg_dump fail, or dump less than it should, found before it starts.
 *
 * pg_dump stops at the first such object, hours in at worst, and names only that one.
 */
import type pg from 'pg';
import type { PreflightFinding } from '../core/error-details.js';
import { IN_SELECTION, NO_MEMBER, RELATIONS } from './dumped-relations.js';
import { parseNamePattern } from '../syntax/sql/name-pattern.js';
import { remedyFor, type Finding, type PreflightKind } from './preflight-remedies.js';

/** What is going to be dumped. Patterns are pg_dump's. */
export interface DumpSelection {
  /** `--schema`; all of them when empty. */
  readonly schemas: readonly string[];
  /** `--exclude-table-data`. Such tables are still locked, so they must be readable. */
  readonly excludeTableData: readonly string[];
}

export interface PreflightProblem extends PreflightFinding {
  readonly kind: PreflightKind;
  /** SQL that fixes the problem, to be run by an administrator. */
  readonly remedy: string;
}

/**
 * Checks whether the session's role can dump the session's database completely.
 *
 * @returns the problems; an empty array when there is none
 */
export async function runPreflight(
  client: pg.Client,
  options: { readonly selection: DumpSelection; readonly versionNum: number },
): Promise<PreflightProblem[]> {
  const { selection, versionNum } = options;
  const schemas = selection.schemas.map((pattern) => parseNamePattern(pattern).name);
  const excluded = selection.excludeTableData.map(parseNamePattern);
  const role = await client.query<{ role: string }>('SELECT current_user::pg_catalog.text AS role');
  const problems: PreflightProblem[] = [];

  for (const [kind, sql, values] of [
    ['schema-usage', SCHEMA_USAGE, [schemas]],
    ['unreadable-table', unreadableRelations(`'r', 'p'`), [schemas]],
    ['unreadable-sequence', unreadableRelations(`'S'`), [schemas]],
    [
      'row-security',
      ROW_SECURITY,
      [schemas, excluded.map((pattern) => pattern.schema ?? null), excluded.map((pattern) => pattern.name)],
    ],
    // Large objects have no schema: pg_dump leaves them out when schemas are chosen.
    ...(schemas.length === 0 ? ([['unreadable-large-object', LARGE_OBJECTS, []]] as const) : []),
  ] as const) {
    const { rows } = await client.query<{ object: string; total: number }>(
      `SELECT object, pg_catalog.count(*) OVER ()::pg_catalog.int4 AS total FROM (${sql}) o ORDER BY sorting, object LIMIT 10`,
      [...values],
    );
    const total = rows[0]?.total ?? 0;
    if (total === 0) continue;
    problems.push(
      toProblem({
        kind,
        first: rows.map((row) => row.object),
        total,
        role: role.rows[0]?.role ?? '',
        versionNum,
      }),
    );
  }
  const missing = await checkSchemas(client, selection.schemas, schemas);
  const locks = await checkLocks(client, schemas);
  return [missing, ...problems, locks].filter((problem) => problem !== undefined);
}

/** pg_dump looks at system schemas too, and stops at a pattern that fits none. */
async function checkSchemas(
  client: pg.Client,
  patterns: readonly string[],
  expressions: readonly string[],
): Promise<PreflightProblem | undefined> {
  if (patterns.length === 0) return undefined;
  const { rows } = await client.query<{ pattern: string }>(
    `SELECT p.pattern FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS p (pattern, expression)
      WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.nspname ~ p.expression)`,
    [[...patterns], [...expressions]],
  );
  const unknown = rows.map(({ pattern }) => pattern);
  if (unknown.length === 0) return undefined;
  return {
    kind: 'missing-schema',
    objects: unknown.slice(0, 10),
    total: unknown.length,
    message: `No schema of this database fits ${unknown.slice(0, 10).join(', ')}, so pg_dump would stop: it was renamed or mistyped, or this is another database.`,
    remedy:
      'SELECT nspname FROM pg_catalog.pg_namespace; -- names the schemas: correct --schema, or schemas in the config',
  };
}

function toProblem(finding: Finding): PreflightProblem {
  return {
    kind: finding.kind,
    objects: finding.first,
    total: finding.total,
    ...remedyFor(finding),
  };
}

const QUALIFIED = `pg_catalog.format('%I.%I', n.nspname, c.relname) AS object, 0 AS sorting`;

// Only schemas with something whose content is read: definitions come from the catalog, which everybody can read.
const SCHEMA_USAGE = `
  SELECT DISTINCT pg_catalog.quote_ident(n.nspname) AS object, 0 AS sorting FROM ${RELATIONS}
   WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND ${IN_SELECTION} AND ${NO_MEMBER}
     AND NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE')`;

// A grant on columns is not enough: LOCK TABLE … IN ACCESS SHARE MODE needs SELECT on the table.
const unreadableRelations = (kinds: string) => `
  SELECT ${QUALIFIED} FROM ${RELATIONS}
   WHERE c.relkind IN (${kinds}) AND c.relpersistence <> 't' AND ${IN_SELECTION} AND ${NO_MEMBER}
     AND NOT pg_catalog.has_table_privilege(c.oid, 'SELECT')`;

// row_security_active accounts for owners, FORCE, BYPASSRLS and superusers.
const ROW_SECURITY = `
  SELECT ${QUALIFIED} FROM ${RELATIONS}
   WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND ${IN_SELECTION} AND ${NO_MEMBER}
     AND pg_catalog.row_security_active(c.oid)
     AND NOT EXISTS (SELECT 1 FROM ROWS FROM (pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[])) AS x (schema, name)
                      WHERE c.relname ~ x.name AND (x.schema IS NULL OR n.nspname ~ x.schema))`;

const LARGE_OBJECTS = `
  SELECT l.oid::pg_catalog.text AS object, l.oid::pg_catalog.int8 AS sorting FROM pg_catalog.pg_largeobject_metadata l
   WHERE pg_catalog.current_setting('lo_compat_privileges') = 'off'
     AND pg_catalog.current_setting('is_superuser') = 'off'
     AND NOT EXISTS (
       SELECT 1 FROM pg_catalog.aclexplode(COALESCE(l.lomacl, pg_catalog.acldefault('L', l.lomowner))) a
        WHERE a.privilege_type = 'SELECT'
          AND (a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE')))`;

/**
 * pg_dump locks each table and keeps a lock on whatever it reads the definition or state of, all in one transaction.
 * The lock table is sized at server start; PostgreSQL adds a tenth for safety, which is allowed for here too.
 */
async function checkLocks(client: pg.Client, schemas: readonly string[]): Promise<PreflightProblem | undefined> {
  const { rows } = await client.query<{ needed: number; perprocess: number; processes: number }>(
    `SELECT (SELECT pg_catalog.count(*)::pg_catalog.int4 FROM ${RELATIONS}
              WHERE c.relkind IN ('r', 'p', 'S', 'v', 'm') AND ${IN_SELECTION} AND ${NO_MEMBER}) AS needed,
            pg_catalog.current_setting('max_locks_per_transaction')::pg_catalog.int4 AS perprocess,
            (SELECT pg_catalog.sum(setting::pg_catalog.int4)::pg_catalog.int4 + 1 FROM pg_catalog.pg_settings
              WHERE name IN ('max_connections', 'max_prepared_transactions', 'max_worker_processes', 'max_wal_senders')
                 OR name = CASE WHEN pg_catalog.current_setting('autovacuum_worker_slots', true) IS NULL
                                THEN 'autovacuum_max_workers' ELSE 'autovacuum_worker_slots' END) AS processes`,
    [schemas],
  );
  const row = rows[0];
  if (!row || row.needed <= row.perprocess * row.processes * 1.1) return undefined;
  const wanted = Math.ceil((row.needed * 1.25) / row.processes / 64) * 64;
  return {
    kind: 'locks',
    objects: [],
    total: row.needed,
    message:
      `The dump must hold locks on ${row.needed} relations at once, but the server has room for about ` +
      `${row.perprocess * row.processes} (max_locks_per_transaction is ${row.perprocess}): pg_dump would end with "out of shared memory".`,
    remedy: `ALTER SYSTEM SET max_locks_per_transaction = ${wanted}; -- then restart the server; on RDS, set it in the parameter group`,
  };
}
