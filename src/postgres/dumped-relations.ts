/**
 * Which relations pg_dump includes, as fragments of SQL: `$1` is an array of expressions for schemas, empty for all.
 */

/** No system schemas, and of extensions only the rows of their configuration tables. */
export const IN_SELECTION = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (pg_catalog.cardinality($1::pg_catalog.text[]) = 0 OR n.nspname ~ ANY ($1::pg_catalog.text[]))`;
export const NO_MEMBER = `NOT EXISTS (
  SELECT 1 FROM pg_catalog.pg_depend d
   WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
     AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_extension e WHERE e.oid = d.refobjid AND c.oid = ANY (e.extconfig)))`;
export const RELATIONS = `pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`;

/** `function public.f(integer)`: the object of the row `o` of a catalog. */
export const identityOf = (catalog: string) =>
  `(SELECT pg_catalog.concat(i.type, ' ', i.identity) FROM pg_catalog.pg_identify_object('pg_catalog.${catalog}'::pg_catalog.regclass, o.oid, 0) i)`;
