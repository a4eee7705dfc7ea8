/**
 * What a copy computes anew: stored generated columns, whose expressions are evaluated again, and materialized views,
 * which are refreshed. No dump has their values. They are fingerprinted at the source and in the copy, in the same way.
 */
import pg from 'pg';
import { formatPlural } from '../../core/amounts.js';
import { HoldfastError } from '../../core/errors.js';
import { RowHash } from '../../dump/row-hash.js';
import { copyOut } from '../../postgres/copy-out.js';
import { IN_SELECTION, RELATIONS } from '../../postgres/dumped-relations.js';
import type { DumpSelection } from '../../postgres/preflight.js';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../syntax/sql/identifiers.js';
import { parseNamePattern } from '../../syntax/sql/name-pattern.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { Proof } from '../../vault/formats/proof.js';
import { MOST_NAMED, type Gap } from '../stored/beside-verdict.js';
import type { Difference } from './compare-entries.js';

export type DerivedFingerprint = NonNullable<Manifest['derived']>[number];

/** What is read: these columns of a relation. */
export type DerivedRelation = Pick<DerivedFingerprint, 'kind' | 'schema' | 'name' | 'columns' | 'partitioned'>;

export interface ListedRelation extends DerivedRelation {
  readonly oid: string;
  /** `schema.name`, quoted where that is needed. */
  readonly label: string;
}

/**
 * Views that are populated; and tables with stored generated columns, each with its primary key, by which the values of
 * two rows that were swapped show, or with all columns where there is none.
 */
export async function listDerived(client: pg.Client, selection: DumpSelection): Promise<ListedRelation[]> {
  const excluded = selection.excludeTableData.map(parseNamePattern);
  const { rows } = await client.query<ListedRelation>(
    `SELECT c.oid::pg_catalog.text AS oid, CASE c.relkind WHEN 'm' THEN 'materialized-view' ELSE 'generated-columns' END AS kind,
            pg_catalog.format('%I.%I', n.nspname, c.relname) AS label, n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name, c.relkind = 'p' AS partitioned,
            ARRAY(SELECT a.attname::pg_catalog.text FROM pg_catalog.pg_attribute a
                   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
                     AND (c.relkind = 'm' OR a.attgenerated = 's' OR k.indkey IS NULL OR a.attnum = ANY (k.indkey::pg_catalog.int2[]))
                   ORDER BY a.attnum) AS columns
       FROM ${RELATIONS} LEFT JOIN pg_catalog.pg_index k ON k.indrelid = c.oid AND k.indisprimary
      WHERE ${IN_SELECTION} AND NOT c.relispartition
        AND (c.relkind = 'm' AND c.relispopulated
             OR c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
                AND EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attgenerated = 's' AND NOT a.attisdropped))
        AND NOT (c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery())
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                           AND d.objid = c.oid AND d.deptype = 'e')
        AND NOT EXISTS (SELECT FROM ROWS FROM (pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[])) AS x (schema, name)
                         WHERE c.relname ~ x.name AND (x.schema IS NULL OR n.nspname ~ x.schema))
      ORDER BY c.relpages, c.oid`,
    [
      selection.schemas.map((pattern) => parseNamePattern(pattern).name),
      excluded.map(({ schema }) => schema ?? null),
      excluded.map(({ name }) => name),
    ],
  );
  return rows;
}

/** @throws HoldfastError QUERY_FAILED */
export async function fingerprintDerived(
  client: pg.Client,
  { kind, schema, name, columns, partitioned }: DerivedRelation,
  encoding: string,
): Promise<DerivedFingerprint> {
  const hash = new RowHash();
  const list = columns.map(quoteIdentifier).join(', ');
  const from = `${partitioned ? '' : 'ONLY '}${qualifiedName(schema, name)}`;
  await copyOut(
    client,
    `COPY (SELECT ${list} FROM ${from}) TO STDOUT (ENCODING ${quoteLiteral(encoding)})`,
    (chunk) => {
      hash.consumeRaw(chunk);
    },
  );
  return { kind, schema, name, columns, partitioned, rows: hash.rows, hash: hash.hex() };
}

export interface DerivedComparison {
  readonly derived: Proof['derived'];
  readonly derivedDifferences: readonly Difference[];
  readonly gaps: readonly Gap[];
}

/**
 * @param client a session that reads values as the dump did
 * @throws the connection's error when it is lost
 */
export async function compareDerived(
  client: pg.Client,
  {
    derived: expected,
    omissions,
    encoding,
    selection,
    origin,
  }: Pick<Manifest, 'derived' | 'omissions' | 'encoding' | 'selection' | 'origin'>,
): Promise<DerivedComparison> {
  if (expected === undefined) return { derived: 'not-compared', derivedDifferences: [], gaps: [OLDER] };
  const derivedDifferences: Difference[] = [];
  for (const one of expected) {
    const reason = await differenceOf(client, one, encoding);
    const type = one.kind === 'materialized-view' ? 'MATERIALIZED VIEW' : 'GENERATED COLUMN';
    if (reason !== undefined) derivedDifferences.push({ type, schema: one.schema, name: one.name, reason });
  }
  // A manifest without a word on one: the source had it only a moment later, or somebody has changed the manifest.
  const said = omissions.some(({ kind }) => kind === 'derived');
  const unsaid = said ? [] : withoutFingerprint(await listDerived(client, selection), expected);
  const unread = said || unsaid.length > 0;
  const derived =
    derivedDifferences.length > 0 ? 'differs' : unread ? 'not-compared' : expected.length > 0 ? 'equal' : undefined;
  return { derived, derivedDifferences, gaps: unsaid.length === 0 ? [] : [unsaidGap(unsaid, origin !== undefined)] };
}

function withoutFingerprint(listed: readonly ListedRelation[], known: readonly DerivedFingerprint[]): string[] {
  const names = new Set(known.map(({ kind, schema, name }) => `${kind}\0${schema}\0${name}`));
  return listed.filter(({ kind, schema, name }) => !names.has(`${kind}\0${schema}\0${name}`)).map(({ label }) => label);
}

function unsaidGap(labels: readonly string[], foreign: boolean): Gap {
  return {
    kind: 'derived',
    objects: labels.toSorted().slice(0, MOST_NAMED),
    total: labels.length,
    reason: foreign
      ? 'Others made the dump, and nobody has fingerprinted these stored generated columns and materialized views at their source: the copy has computed them anew.'
      : 'The copy has stored generated columns or materialized views there, and the backup neither has fingerprints of them nor says why.',
  };
}

const OLDER: Gap = {
  kind: 'derived',
  objects: [],
  reason:
    'The backup was made by a Holdfast that took no fingerprints of stored generated columns and materialized views.',
};

async function differenceOf(
  client: pg.Client,
  expected: DerivedFingerprint,
  encoding: string,
): Promise<string | undefined> {
  let actual: DerivedFingerprint;
  try {
    actual = await fingerprintDerived(client, expected, encoding);
  } catch (error) {
    if (!(error instanceof HoldfastError && error.cause instanceof pg.DatabaseError)) throw error;
    return `cannot be read in the copy: ${error.cause.message}`;
  }
  const why =
    expected.kind === 'materialized-view'
      ? 'it may have been stale at the source, or its query depends on more than its tables'
      : 'its expression gives other values now: what it reads has changed since, or was not there yet';
  if (actual.rows !== expected.rows)
    return `has ${formatPlural(actual.rows, 'row')}, was ${formatPlural(expected.rows, 'row')}: ${why}`;
  return actual.hash === expected.hash
    ? undefined
    : `rows differ in content (${formatPlural(expected.rows, 'row')} in both): ${why}`;
}
