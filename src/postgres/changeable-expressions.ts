/**
 * CHECKs and generated columns whose result can change while their row does not: with time, with a setting, with what
 * another table holds. Their rows load today, and may be refused or come back different tomorrow.
 *
 * PostgreSQL itself asks of generated columns that they call only what is IMMUTABLE, and of CHECKs nothing; whether a
 * function is what it says, nobody checks. So of functions in SQL and PL/pgSQL the source is looked at: it is a guess,
 * for a warning.
 */
import type pg from 'pg';
import { IN_SELECTION, NO_MEMBER, RELATIONS } from './dumped-relations.js';
import { parseNamePattern } from '../syntax/sql/name-pattern.js';

/** Functions that are not marked IMMUTABLE only because of types that users could make. */
const HARMLESS = `^(concat|concat_ws|format|array_to_string|textanycat|anytextcat|quote_literal|quote_nullable|.*json.*)$`;

/** Words of a function's source, without what only looks like reading a table: EXTRACT(x FROM y), IS DISTINCT FROM. */
const LOOKS_LIKE_A_READ = String.raw`\m(extract|substring|trim|overlay|position)\s*\([^()]*\)|\mdistinct\s+from\M`;
const READS = String.raw`\m(from|current_setting|now|current_date|current_time|current_timestamp|localtime|localtimestamp|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|current_user|session_user|current_role|random|nextval)\M`;

const CHANGEABLE = `
  WITH expressions AS (
    SELECT pg_catalog.format('CHECK %I on %I.%I', k.conname, n.nspname, c.relname) AS object, k.conbin::pg_catalog.text AS tree
      FROM ${RELATIONS} JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.contype = 'c'
     WHERE ${IN_SELECTION} AND ${NO_MEMBER}
    UNION ALL
    SELECT pg_catalog.format('CHECK %I on the domain %I.%I', k.conname, n.nspname, t.typname), k.conbin::pg_catalog.text
      FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_type t ON t.oid = k.contypid
      JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
     WHERE k.contype = 'c' AND ${IN_SELECTION}
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e')
    UNION ALL
    SELECT pg_catalog.format('the generated column %I of %I.%I', a.attname, n.nspname, c.relname), g.adbin::pg_catalog.text
      FROM ${RELATIONS} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attgenerated <> ''
      JOIN pg_catalog.pg_attrdef g ON g.adrelid = a.attrelid AND g.adnum = a.attnum
     WHERE ${IN_SELECTION} AND ${NO_MEMBER}
  ), called AS (
    SELECT e.object, p.proname, p.provolatile, l.lanname, p.prosrc
      FROM expressions e CROSS JOIN LATERAL pg_catalog.regexp_matches(e.tree, ':(?:funcid|opfuncid) ([0-9]+)', 'g') AS m (found)
      JOIN pg_catalog.pg_proc p ON p.oid = m.found[1]::pg_catalog.oid
      JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  )
  SELECT pg_catalog.concat(r.object, ' (', pg_catalog.string_agg(DISTINCT r.reason, ', '), ')') AS object FROM (
    SELECT f.object, pg_catalog.concat(f.proname, '()') AS reason FROM called f
     WHERE f.provolatile <> 'i' AND f.proname !~ '${HARMLESS}'
        OR f.provolatile = 'i' AND f.lanname IN ('sql', 'plpgsql')
           AND pg_catalog.regexp_replace(f.prosrc, '${LOOKS_LIKE_A_READ}', '', 'gi') ~* '${READS}'
    UNION ALL
    SELECT e.object, 'the present time or user' FROM expressions e WHERE pg_catalog.strpos(e.tree, '{SQLVALUEFUNCTION') > 0
  ) r GROUP BY r.object ORDER BY 1`;

const MOST_NAMED = 20;

/**
 * @param schemas those that are chosen, as patterns; empty for all
 * @returns a sentence; none where there is nothing of the kind
 */
export async function warnOfChangeable(client: pg.Client, schemas: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ object: string }>(CHANGEABLE, [
    schemas.map((pattern) => parseNamePattern(pattern).name),
  ]);
  if (rows.length === 0) return [];
  const named = rows.slice(0, MOST_NAMED).map(({ object }) => object);
  const more = rows.length > MOST_NAMED ? ` and ${rows.length - MOST_NAMED} more` : '';
  return [
    `These can give another result for the same row, with time, with settings or with what other tables hold, so that rows that are proven to restore today may be refused, or computed differently, later: ${named.join(', ')}${more}. Use a trigger for what may change.`,
  ];
}
