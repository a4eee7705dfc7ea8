/**
 * What a copy computes anew: stored generated columns, whose expressions are evaluated again, and materialized views,
 * which are refreshed. No dump has their values. They are fingerprinted at the source and in the copy, in the same way.
 */
import pg from 'pg';
import { formatPlural } from '../../core/amounts.js';
import { HoldfastError } from '../../core/errors.js';
import { RowHash } from '../../dump/row-hash.js';
import { copyOut } from '../../postgres/copy-out.js';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../syntax/sql/identifiers.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { Proof } from '../../vault/formats/proof.js';
import type { Gap } from '../stored/beside-verdict.js';
import type { Difference } from './compare-entries.js';

export type DerivedFingerprint = NonNullable<Manifest['derived']>[number];

/** What is read: these columns of a relation. */
export type DerivedRelation = Pick<DerivedFingerprint, 'kind' | 'schema' | 'name' | 'columns' | 'partitioned'>;

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
  { derived: expected, omissions, encoding }: Pick<Manifest, 'derived' | 'omissions' | 'encoding'>,
): Promise<DerivedComparison> {
  if (expected === undefined) return { derived: 'not-compared', derivedDifferences: [], gaps: [OLDER] };
  const derivedDifferences: Difference[] = [];
  for (const one of expected) {
    const reason = await differenceOf(client, one, encoding);
    const type = one.kind === 'materialized-view' ? 'MATERIALIZED VIEW' : 'GENERATED COLUMN';
    if (reason !== undefined) derivedDifferences.push({ type, schema: one.schema, name: one.name, reason });
  }
  const unread = omissions.some(({ kind }) => kind === 'derived');
  const derived =
    derivedDifferences.length > 0 ? 'differs' : unread ? 'not-compared' : expected.length > 0 ? 'equal' : undefined;
  return { derived, derivedDifferences, gaps: [] };
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
