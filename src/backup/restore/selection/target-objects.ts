/** Which of the things that a selection would create or needs the target already has. */
import type pg from 'pg';
import { keyOf, type ObjectName } from './selection.js';

/** Kinds of names that do not collide with each other. */
export type NameSpace = 'relation' | 'type' | 'routine' | 'other';

export interface TargetObjects {
  /** Keys of names, with the spaces in which the target has them. */
  readonly spaces: ReadonlyMap<string, ReadonlySet<NameSpace>>;
  /** Keys of `schema` and `name(argument types)`. */
  readonly routines: ReadonlySet<string>;
  readonly schemas: ReadonlySet<string>;
  /** The schemas of its extensions, by their names. */
  readonly extensions: ReadonlyMap<string, string>;
  /** Whether something can be given to `pg_database_owner`, which PostgreSQL has since 14. */
  readonly givesToDatabaseOwner: boolean;
}

/** A database that does not exist yet. */
export const EMPTY_TARGET: TargetObjects = {
  spaces: new Map(),
  routines: new Set(),
  schemas: new Set(['public', 'pg_catalog', 'information_schema']),
  extensions: new Map(),
  givesToDatabaseOwner: false,
};

const NAMES = `
  SELECT relnamespace AS namespace, relname AS name, 'relation' AS space FROM pg_catalog.pg_class
  UNION ALL SELECT typnamespace, typname, 'type' FROM pg_catalog.pg_type
  UNION ALL SELECT pronamespace, proname, 'routine' FROM pg_catalog.pg_proc
  UNION ALL SELECT oprnamespace, oprname, 'other' FROM pg_catalog.pg_operator
  UNION ALL SELECT collnamespace, collname, 'other' FROM pg_catalog.pg_collation
  UNION ALL SELECT opcnamespace, opcname, 'other' FROM pg_catalog.pg_opclass
  UNION ALL SELECT opfnamespace, opfname, 'other' FROM pg_catalog.pg_opfamily
  UNION ALL SELECT connamespace, conname, 'other' FROM pg_catalog.pg_conversion
  UNION ALL SELECT stxnamespace, stxname, 'other' FROM pg_catalog.pg_statistic_ext
  UNION ALL SELECT cfgnamespace, cfgname, 'other' FROM pg_catalog.pg_ts_config
  UNION ALL SELECT dictnamespace, dictname, 'other' FROM pg_catalog.pg_ts_dict
  UNION ALL SELECT prsnamespace, prsname, 'other' FROM pg_catalog.pg_ts_parser
  UNION ALL SELECT tmplnamespace, tmplname, 'other' FROM pg_catalog.pg_ts_template`;

/** Looks the names up; those that do not exist are not in the result. */
export async function readTargetObjects(client: pg.Client, names: readonly ObjectName[]): Promise<TargetObjects> {
  const { rows } = await client.query<ObjectName & { space: NameSpace }>(
    `SELECT DISTINCT s.nspname::pg_catalog.text AS schema, o.name::pg_catalog.text AS name, o.space
       FROM (${NAMES}) o JOIN pg_catalog.pg_namespace s ON s.oid = o.namespace
       JOIN ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS wanted (schema, name)
         ON wanted.schema = s.nspname::pg_catalog.text AND wanted.name = o.name::pg_catalog.text`,
    [names.map(({ schema }) => schema), names.map(({ name }) => name)],
  );
  const spaces = new Map<string, Set<NameSpace>>();
  for (const row of rows) {
    const found = spaces.get(keyOf(row));
    if (found) found.add(row.space);
    else spaces.set(keyOf(row), new Set([row.space]));
  }
  const { rows: routines } = await client.query<ObjectName>(
    `SELECT s.nspname::pg_catalog.text AS schema, p.proname || '(' || pg_catalog.array_to_string(ARRAY(
              SELECT pg_catalog.format_type(a.type, NULL) FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS a (type, n) ORDER BY n
            ), ', ') || ')' AS name
       FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace s ON s.oid = p.pronamespace
      WHERE s.nspname::pg_catalog.text = ANY ($1)`,
    [[...new Set(names.map(({ schema }) => schema))]],
  );
  const { rows: schemas } = await client.query<{ name: string }>(
    'SELECT nspname::pg_catalog.text AS name FROM pg_catalog.pg_namespace',
  );
  const { rows: extensions } = await client.query<ObjectName>(
    `SELECT s.nspname::pg_catalog.text AS schema, e.extname::pg_catalog.text AS name
       FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace s ON s.oid = e.extnamespace`,
  );
  const { rows: owners } = await client.query(
    `SELECT FROM pg_catalog.pg_roles WHERE rolname = 'pg_database_owner' AND pg_catalog.pg_has_role(oid, 'MEMBER')`,
  );
  return {
    givesToDatabaseOwner: owners.length > 0,
    spaces,
    routines: new Set(routines.map(keyOf)),
    schemas: new Set(schemas.map(({ name }) => name)),
    extensions: new Map(extensions.map(({ schema, name }) => [name, schema])),
  };
}
