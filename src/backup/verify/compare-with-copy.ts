/** Restores a backup into a drill's database and compares it entry by entry. */
import { availableParallelism } from 'node:os';
import type { Entry } from '../../dump/entry.js';
import { readEntries } from '../../vault/formats/entries-reader.js';
import type { BackupContext } from '../context.js';
import { readVerified } from '../read-verified.js';
import { loadDump } from '../restore/load-dump.js';
import type { StoredBackup } from '../stored-backup.js';
import { compareEntries, type Comparison, type CompareOptions, type Difference } from './compare-entries.js';
import type { Drill } from './drill.js';
import { fingerprintCopy, type FingerprintOptions } from './fingerprint-copy.js';

/** More connections than this only wait for each other. */
const MOST_JOBS = 4;
/** A dump that contradicts its entries file in one place usually does so in many. */
const MOST_CONTRADICTIONS = 20;

export interface CopyComparison extends Comparison {
  readonly materializedViewsRefreshed: number;
}

/** @throws HoldfastError as of {@link loadDump} and {@link fingerprintCopy} */
export async function compareWithCopy(
  stored: StoredBackup,
  drill: Drill,
  context: BackupContext,
): Promise<CopyComparison> {
  const { signal } = context;
  const expected = await readExpectedEntries(stored, context);
  const contradictions = new ContradictionFinder(expected);
  await loadDump({
    store: context.store,
    part: stored.dump,
    compression: stored.manifest.compression.method,
    psql: await drill.startPsql(signal),
    env: context.env,
    targetVersionNum: drill.versionNum,
    onEntry: (entry) => contradictions.add(entry),
    onProgress: (bytes) => {
      const { database, totals } = stored.manifest;
      context.onProgress?.({ phase: 'restore', database, bytes, expectedBytes: totals.rawBytes });
    },
    signal,
  });
  const comparison = await compareDatabase(
    { stored, expected, access: drill.access, programs: drill.programs },
    context,
  );
  return { ...comparison, differences: [...contradictions.finish(), ...comparison.differences] };
}

/** The entries as the backup's entries file has them, held against the manifest. */
export async function readExpectedEntries(stored: StoredBackup, context: BackupContext): Promise<Entry[]> {
  const verified = { get: () => readVerified(context.store, stored.entries, context.signal) };
  const expected: Entry[] = [];
  const options = { expectedSha256: stored.manifest.entriesSha256, signal: context.signal };
  for await (const entry of readEntries(verified, stored.entries.key, options)) expected.push(entry);
  return expected;
}

export interface CompareRequest extends Pick<FingerprintOptions, 'access' | 'programs'> {
  readonly stored: StoredBackup;
  readonly expected: readonly Entry[];
}

/** Fingerprints a database that a backup was restored into, and compares. */
export async function compareDatabase(
  { stored, expected, access, programs }: CompareRequest,
  context: BackupContext,
  options: CompareOptions = {},
): Promise<CopyComparison> {
  const { manifest } = stored;
  const rowBytes = expected.reduce((sum, entry) => sum + (entry.kind === 'table-data' ? entry.bytes : 0), 0);
  const actual = await fingerprintCopy({
    access,
    programs,
    session: manifest.session,
    encoding: manifest.encoding,
    expected,
    schemas: manifest.selection.schemas,
    jobs: Math.min(MOST_JOBS, availableParallelism()),
    onProgress: (bytes) =>
      context.onProgress?.({ phase: 'fingerprint', database: manifest.database, bytes, expectedBytes: rowBytes }),
    signal: context.signal,
  });
  const materializedViewsRefreshed = expected.filter(({ type }) => type === 'MATERIALIZED VIEW DATA').length;
  return { ...compareEntries(expected, withoutUndumped(actual, expected), options), materializedViewsRefreshed };
}

/**
 * States that a dump does not carry are left out: sequences of extensions, and with a choice of schemas, those of the
 * other schemas.
 */
function withoutUndumped(actual: readonly Entry[], expected: readonly Entry[]): Entry[] {
  const dumped = new Set(expected.map(({ type, schema, name }) => `${type}\0${schema ?? ''}\0${name}`));
  const isState = (entry: Entry) => entry.kind === 'sequence-value' || entry.type === 'MATERIALIZED VIEW DATA';
  return actual.filter((entry) => !isState(entry) || dumped.has(`${entry.type}\0${entry.schema ?? ''}\0${entry.name}`));
}

/** Holds the entries that the dump itself yields against those of the entries file: both were written as one. */
class ContradictionFinder {
  readonly #expected: readonly Entry[];
  readonly #differences: Difference[] = [];
  #next = 0;

  constructor(expected: readonly Entry[]) {
    this.#expected = expected;
  }

  add(entry: Entry): void {
    const wanted = this.#expected[this.#next++];
    if (!sameEntry(entry, wanted)) this.#note(entry, 'the dump and the entries file contradict each other');
  }

  finish(): readonly Difference[] {
    const unseen = this.#expected[this.#next];
    if (unseen) this.#note(unseen, 'the entries file has it, the dump has not');
    return this.#differences;
  }

  #note({ type, schema, name }: Entry, reason: string): void {
    if (this.#differences.length < MOST_CONTRADICTIONS) this.#differences.push({ type, schema, name, reason });
  }
}

/** Both come from one piece of code, and JSON keeps the order of keys, but not of a file made by somebody else. */
function sameEntry(a: Entry, b: Entry | undefined): boolean {
  if (b === undefined) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof Entry>;
  return [...keys].every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
}
