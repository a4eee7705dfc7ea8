/**
 * Code that a database's owner has put where a restore runs it with our rights: functions in triggers, checks, defaults,
 * index expressions, types and operators; and expressions of theirs that call what only we may call.
 */
import type pg from 'pg';
import { HoldfastError } from '../core/errors.js';
import { quoteDollars, quoteLiteral } from '../syntax/sql/identifiers.js';
import { mayActAsUs } from './trusted-owners.js';

const SHOWN = 5;

/** A table, by its exact name. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

interface Found {
  readonly kind: string;
  readonly name: string;
  readonly owner: string;
  /** The function that it calls, where the code is an expression. */
  readonly calls: string | null;
}

/** All objects of the database. */
const EVERYTHING = `SELECT NULL::pg_catalog.oid AS classid, NULL::pg_catalog.oid AS objid WHERE false`;

/**
 * What loading rows into some tables comes upon, by their dependencies. Rows go through partitions in both directions; the
 * triggers that fire are those of the tables and of the partitions below them.
 * From a table to its parts (constraints, triggers, defaults, indexes); from everything to what it refers to; from a type
 * to its checks and casts, from an operator class to its functions, from a view to its query.
 *
 * @param triggers `disable`: those of users will be off. Those that are off do not count anyway
 */
const reachedFrom = (schemas: string, names: string, triggers: 'fire' | 'disable' = 'fire') => `
  WITH RECURSIVE family AS (
      SELECT c.oid, true AS fires FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
        JOIN ROWS FROM (pg_catalog.unnest(${schemas}), pg_catalog.unnest(${names})) AS wanted (schema, name)
          ON wanted.schema = s.nspname::pg_catalog.text AND wanted.name = c.relname::pg_catalog.text
      UNION
      SELECT CASE WHEN i.inhparent = f.oid THEN i.inhrelid ELSE i.inhparent END, f.fires AND i.inhparent = f.oid AND c.relispartition
        FROM family f JOIN pg_catalog.pg_inherits i ON f.oid IN (i.inhparent, i.inhrelid)
        JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
    ), reached AS (
      SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AS classid, f.oid AS objid, true AS loaded, f.fires FROM family f
      UNION
      SELECT found.classid, found.objid, false, false FROM reached r CROSS JOIN LATERAL (
        SELECT d.refclassid AS classid, d.refobjid AS objid FROM pg_catalog.pg_depend d
         WHERE d.classid = r.classid AND d.objid = r.objid
           AND d.refclassid NOT IN ('pg_catalog.pg_namespace'::pg_catalog.regclass, 'pg_catalog.pg_extension'::pg_catalog.regclass)
        UNION ALL
        SELECT d.classid, d.objid FROM pg_catalog.pg_depend d
         WHERE d.refclassid = r.classid AND d.refobjid = r.objid
           AND CASE r.classid
                 WHEN 'pg_catalog.pg_class'::pg_catalog.regclass THEN
                   r.loaded AND (d.classid IN ('pg_catalog.pg_constraint'::pg_catalog.regclass,
                     'pg_catalog.pg_attrdef'::pg_catalog.regclass)
                     OR d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass
                        AND r.fires AND EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.oid = d.objid
                                       AND (t.tgisinternal OR t.tgenabled <> 'D'${triggers === 'disable' ? ' AND false' : ''}))
                     OR d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                        AND EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indexrelid = d.objid))
                   OR d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.deptype = 'i'
                 WHEN 'pg_catalog.pg_type'::pg_catalog.regclass THEN
                   d.classid IN ('pg_catalog.pg_constraint'::pg_catalog.regclass, 'pg_catalog.pg_cast'::pg_catalog.regclass)
                 WHEN 'pg_catalog.pg_opclass'::pg_catalog.regclass THEN
                   d.classid IN ('pg_catalog.pg_amop'::pg_catalog.regclass, 'pg_catalog.pg_amproc'::pg_catalog.regclass)
                 WHEN 'pg_catalog.pg_opfamily'::pg_catalog.regclass THEN
                   d.classid IN ('pg_catalog.pg_amop'::pg_catalog.regclass, 'pg_catalog.pg_amproc'::pg_catalog.regclass)
                 ELSE false
               END
      ) found
    )
  SELECT DISTINCT classid, objid FROM reached`;

/** Every expression that is kept in the database, with the object that it is a part of, and whose that is. */
const EXPRESSIONS = `
  SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass::pg_catalog.oid AS classid, k.oid AS objid, 'check' AS kind,
         pg_catalog.format('%I on %s', k.conname, CASE WHEN k.conrelid <> 0 THEN k.conrelid::pg_catalog.regclass::pg_catalog.text
                                                       ELSE k.contypid::pg_catalog.regtype::pg_catalog.text END) AS name,
         COALESCE(c.relowner, t.typowner) AS owner, k.conbin::pg_catalog.text AS tree
    FROM pg_catalog.pg_constraint k LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid WHERE k.conbin IS NOT NULL
  UNION ALL
  SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, a.oid, 'default',
         pg_catalog.format('%s.%I', a.adrelid::pg_catalog.regclass, n.attname), c.relowner, a.adbin::pg_catalog.text
    FROM pg_catalog.pg_attrdef a JOIN pg_catalog.pg_class c ON c.oid = a.adrelid
    JOIN pg_catalog.pg_attribute n ON n.attrelid = a.adrelid AND n.attnum = a.adnum
  UNION ALL
  SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 'default', t.oid::pg_catalog.regtype::pg_catalog.text, t.typowner,
         t.typdefaultbin::pg_catalog.text
    FROM pg_catalog.pg_type t WHERE t.typdefaultbin IS NOT NULL
  UNION ALL
  SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, i.indexrelid, 'index', i.indexrelid::pg_catalog.regclass::pg_catalog.text,
         c.relowner, pg_catalog.concat(i.indexprs, i.indpred)
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
   WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
  UNION ALL
  SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, p.partrelid, 'partition key', p.partrelid::pg_catalog.regclass::pg_catalog.text,
         c.relowner, p.partexprs::pg_catalog.text
    FROM pg_catalog.pg_partitioned_table p JOIN pg_catalog.pg_class c ON c.oid = p.partrelid WHERE p.partexprs IS NOT NULL
  UNION ALL
  SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, t.oid, 'condition of the trigger',
         pg_catalog.format('%I on %s', t.tgname, t.tgrelid::pg_catalog.regclass), c.relowner, t.tgqual::pg_catalog.text
    FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid WHERE t.tgqual IS NOT NULL
  UNION ALL
  SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, 'view', w.ev_class::pg_catalog.regclass::pg_catalog.text,
         c.relowner, pg_catalog.concat(w.ev_action, w.ev_qual)
    FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
   WHERE w.ev_type = '1' AND c.relkind IN ('v', 'm') AND w.oid >= 16384`;

/**
 * What may be called by whoever's expression: what everybody may call, and gains nobody anything when we call it. A function
 * that reads a file, writes a large object or runs a text as SQL does: by itself, or as part of an extension. Those that
 * somebody with our rights has made are theirs to answer for.
 */
const HARMLESS = `
  CASE WHEN p.oid < 16384 OR EXISTS (
              SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'e')
       THEN pg_catalog.has_function_privilege('public', p.oid, 'EXECUTE')
            AND (p.provolatile = 'i' OR p.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype
              OR p.provolatile = 's' AND p.oid < 16384 AND p.proname !~ '_to_xml'
              OR p.proname IN ('nextval', 'random', 'random_normal', 'clock_timestamp', 'timeofday', 'gen_random_uuid',
                               'uuidv4', 'uuidv7', 'gen_random_bytes', 'gen_salt', 'uuid_generate_v1', 'uuid_generate_v1mc',
                               'uuid_generate_v4'))
       ELSE true
  END`;

/** @param scope SQL for what is looked at, as (classid, objid); all of it where `everything` holds */
function query(scope: string, everything: boolean): string {
  const within = (classid: string, objid: string) =>
    everything ? '' : `AND EXISTS (SELECT FROM scope r WHERE r.classid = ${classid} AND r.objid = ${objid})`;
  return `
  WITH scope AS MATERIALIZED (${scope}),
  others AS MATERIALIZED (SELECT r.oid, r.rolname FROM pg_catalog.pg_roles r WHERE NOT ${mayActAsUs('r.oid')})
  SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS kind,
         p.oid::pg_catalog.regprocedure::pg_catalog.text AS name, o.rolname::pg_catalog.text AS owner, NULL::pg_catalog.text AS calls
    FROM pg_catalog.pg_proc p JOIN others o ON o.oid = p.proowner
   WHERE true ${within(`'pg_catalog.pg_proc'::pg_catalog.regclass`, 'p.oid')}
  UNION ALL
  SELECT 'operator', x.oid::pg_catalog.regoperator::pg_catalog.text, o.rolname::pg_catalog.text, p.oid::pg_catalog.regprocedure::pg_catalog.text
    FROM pg_catalog.pg_operator x JOIN others o ON o.oid = x.oprowner JOIN pg_catalog.pg_proc p ON p.oid = x.oprcode
   WHERE NOT (${HARMLESS}) ${within(`'pg_catalog.pg_operator'::pg_catalog.regclass`, 'x.oid')}
  UNION ALL
  SELECT DISTINCT x.kind, x.name, o.rolname::pg_catalog.text, p.oid::pg_catalog.regprocedure::pg_catalog.text
    FROM (${EXPRESSIONS}) x JOIN others o ON o.oid = x.owner
   CROSS JOIN LATERAL pg_catalog.regexp_matches(x.tree, ':(?:funcid|opfuncid|hashfuncid|negfuncid|aggfnoid|winfnoid) (\\d+)', 'g') AS m (found)
    JOIN pg_catalog.pg_proc p ON p.oid = m.found[1]::pg_catalog.oid
   WHERE NOT (${HARMLESS}) ${within('x.classid', 'x.objid')}
   ORDER BY 3, 1, 2, 4`;
}

/**
 * Refuses a database with code of roles that could not act as ours anyway. The triggers of a table are reached by what is
 * loaded into it; where definitions are made as well, they may call any function that is there.
 *
 * @param tables that rows are loaded into; `undefined` where definitions are restored
 * @param doing for the message, as in `Restoring into app@host/orders`
 * @param triggers whether those of the tables fire, or will be turned off before anything is loaded
 * @throws HoldfastError TARGET_UNSAFE
 */
export async function requireNoCodeOfOthers(
  client: pg.Client,
  tables: readonly TableName[] | undefined,
  doing: string,
  triggers: 'fire' | 'disable' = 'fire',
): Promise<void> {
  const scope = reachedFrom('$1::pg_catalog.text[]', '$2::pg_catalog.text[]', triggers);
  const { rows } = tables
    ? await client.query<Found>(query(scope, false), [
        tables.map(({ schema }) => schema),
        tables.map(({ name }) => name),
      ])
    : await client.query<Found>(query(EVERYTHING, true));
  if (rows.length === 0) return;
  const problems = rows.map(({ kind, name, owner, calls }) => {
    const message = `${kind} ${name} of "${owner}"${calls === null ? '' : `, which calls ${calls}`}`;
    return { kind, name, owner, calls, message };
  });
  const named = problems.slice(0, SHOWN).map(({ message }) => message);
  const more = rows.length > SHOWN ? `; and ${rows.length - SHOWN} more` : '';
  throw new HoldfastError(
    'TARGET_UNSAFE',
    `${doing}: code owned by other roles (${rows.length}) could run with our rights: ${named.join('; ')}${more}.`,
    { details: { problems } },
  );
}

/**
 * SQL that asks the same again inside of the restore's transaction, where nothing can come to be any more: the tables are
 * locked as a COPY locks them, which keeps triggers, checks, defaults and indexes from being added. Where definitions are
 * made, a superuser's restore keeps functions from being made in the database while it lasts.
 *
 * @param tables as of {@link requireNoCodeOfOthers}
 */
export function refuseCodeOfOthers(tables: readonly TableName[] | undefined): string {
  const schemas = textArray(tables?.map(({ schema }) => schema));
  const names = textArray(tables?.map(({ name }) => name));
  const lock = tables
    ? `FOR o IN SELECT c.oid::pg_catalog.regclass FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
      JOIN ROWS FROM (pg_catalog.unnest(${schemas}), pg_catalog.unnest(${names})) AS wanted (schema, name)
        ON wanted.schema = s.nspname::pg_catalog.text AND wanted.name = c.relname::pg_catalog.text
     WHERE c.relkind IN ('r', 'p') ORDER BY 1 LOOP
    EXECUTE pg_catalog.format('LOCK TABLE %s IN ROW EXCLUSIVE MODE', o);
  END LOOP;`
    : `IF pg_catalog.current_setting('is_superuser') = 'on' THEN
    LOCK TABLE pg_catalog.pg_proc IN SHARE ROW EXCLUSIVE MODE;
  END IF;`;
  const found = tables ? query(reachedFrom(schemas, names), false) : query(EVERYTHING, true);
  return `DO ${quoteDollars(`DECLARE o pg_catalog.text;
BEGIN
  ${lock}
  SELECT pg_catalog.string_agg(pg_catalog.format('%s %s of %I', f.kind, f.name, f.owner), '; ') INTO o
    FROM (SELECT * FROM (${found}) x LIMIT ${SHOWN}) f;
  IF o IS NOT NULL THEN
    RAISE EXCEPTION 'code owned by other roles appeared in the target in the meantime and could run with our rights: %', o;
  END IF;
END`)};`;
}

function textArray(values: readonly string[] = []): string {
  return `ARRAY[${values.map(quoteLiteral).join(', ')}]::pg_catalog.text[]`;
}
