/** Compares a database that a backup was restored into with the backup, entry by entry. */
import { availableParallelism } from 'node:os';
import type pg from 'pg';
import type { Entry } from '../../dump/entry.js';
import { readTimeZoneRules } from '../../postgres/time-zone-rules.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { BackupContext } from '../operation/context.js';
import type { StoredBackup } from '../stored/stored-backup.js';
import { gapsOf, type Gap } from '../stored/beside-verdict.js';
import { compareEntries, identityInCopy, type Comparison, type CompareOptions } from './compare-entries.js';
import { compareDerived, type DerivedComparison } from './derived.js';
import { versionGaps } from './extension-versions.js';
import { readingSettings, settingStatements } from './value-settings.js';
import { fingerprintCopy, type FingerprintOptions } from './fingerprint-copy.js';

/** More connections than this only wait for each other. */
const MOST_JOBS = 4;

export interface CopyComparison extends Comparison {
  readonly materializedViewsRefreshed: number;
  /** What the backup does not hold, or the copy cannot be compared in. */
  readonly notCompared: readonly Gap[];
}

export interface CompareRequest extends Pick<FingerprintOptions, 'access' | 'programs' | 'fingerprint'> {
  readonly stored: StoredBackup;
  readonly expected: readonly Entry[];
}

/**
 * The entries of a database that a backup was restored into, read with the settings of the dump.
 *
 * @param options the schemas that are read, as for {@link fingerprintCopy}, and for the progress how many bytes of rows
 *   there should be
 * @throws HoldfastError as for {@link fingerprintCopy}
 */
export function readCopy(
  { stored: { manifest }, expected, access, programs, fingerprint = manifest.fingerprint.version }: CompareRequest,
  { onProgress, signal }: BackupContext,
  { schemas, expectedBytes }: Pick<FingerprintOptions, 'schemas'> & { readonly expectedBytes?: number },
): Promise<Entry[]> {
  return fingerprintCopy({
    access,
    programs,
    session: manifest.session,
    encoding: manifest.encoding,
    fingerprint,
    expected,
    schemas,
    jobs: Math.min(MOST_JOBS, availableParallelism()),
    onProgress: (bytes) =>
      onProgress?.({
        phase: 'fingerprint',
        database: manifest.database,
        bytes,
        ...(expectedBytes !== undefined && { expectedBytes }),
      }),
    signal,
  });
}

/**
 * Fingerprints a database that a backup was restored into, and compares.
 *
 * @throws HoldfastError as for {@link fingerprintCopy}
 */
export async function compareDatabase(
  request: CompareRequest,
  context: BackupContext,
  options: CompareOptions = {},
): Promise<CopyComparison> {
  const { stored, expected } = request;
  const expectedBytes = expected.reduce((sum, entry) => sum + (entry.kind === 'table-data' ? entry.bytes : 0), 0);
  const actual = await readCopy(request, context, { schemas: stored.manifest.selection.schemas, expectedBytes });
  const materializedViewsRefreshed = expected.filter(({ type }) => type === 'MATERIALIZED VIEW DATA').length;
  const { builtIn, ...beside } = await compareBeside(request, context);
  const inCopy = [...withoutUndumped(actual, expected), ...withBuiltIn(expected, actual, builtIn)];
  return { ...compareEntries(expected, inCopy, options), materializedViewsRefreshed, ...beside };
}

/**
 * What every database has, and a dump that was made where it had been dropped and made anew creates all the same: plpgsql.
 * pg_dump does not say it of the copy.
 */
function withBuiltIn(expected: readonly Entry[], actual: readonly Entry[], builtIn: ReadonlySet<string>): Entry[] {
  const identities = new Set(actual.map(identityInCopy));
  return expected.filter((entry) => {
    const name = entry.type === 'EXTENSION' ? entry.name : /^EXTENSION (.*)$/.exec(entry.name)?.[1];
    return name !== undefined && builtIn.has(name) && !identities.has(identityInCopy(entry));
  });
}

/** Times are the same moments whatever a server knows of their zone, but are written by that. */
async function timeZoneGaps(client: pg.Client, { timeZoneRules, session }: Manifest): Promise<Gap[]> {
  const zone = session.TimeZone ?? 'UTC';
  if (timeZoneRules === undefined || (await readTimeZoneRules(client, zone)) === timeZoneRules) return [];
  const reason = `The time zone data of the copy's server say otherwise of ${zone} than the source's: times with a zone are the same moments, and can be written differently, which is a difference in rows where it happens.`;
  return [{ kind: 'time-zone-data', objects: [zone], total: 1, reason }];
}

/** What stands beside the verdict; and the extensions that came with the copy's database. */
async function compareBeside(
  { access, stored: { manifest } }: CompareRequest,
  { signal }: BackupContext,
): Promise<
  Omit<DerivedComparison, 'gaps'> & Pick<CopyComparison, 'notCompared'> & { readonly builtIn: ReadonlySet<string> }
> {
  const client = await access.connect({ signal });
  try {
    const versions = [...(await versionGaps(client, manifest)), ...(await timeZoneGaps(client, manifest))];
    const { rows } = await client.query<{ name: string }>(
      'SELECT extname::pg_catalog.text AS name FROM pg_catalog.pg_extension WHERE oid < 16384',
    );
    const builtIn = new Set(rows.map(({ name }) => name));
    await client.query(settingStatements(readingSettings(manifest.session, 'UTF8')));
    const { gaps, ...compared } = await compareDerived(client, manifest);
    return { ...compared, builtIn, notCompared: [...gapsOf(manifest), ...gaps, ...versions] };
  } finally {
    await client.end();
  }
}

/**
 * States that a dump does not contain are left out: sequences of extensions and, where schemas were chosen, those of
 * the other schemas.
 */
function withoutUndumped(actual: readonly Entry[], expected: readonly Entry[]): Entry[] {
  const dumped = new Set(expected.map(({ type, schema, name }) => `${type}\0${schema ?? ''}\0${name}`));
  const isState = (entry: Entry) => entry.kind === 'sequence-value' || entry.type === 'MATERIALIZED VIEW DATA';
  return actual.filter((entry) => !isState(entry) || dumped.has(`${entry.type}\0${entry.schema ?? ''}\0${entry.name}`));
}
