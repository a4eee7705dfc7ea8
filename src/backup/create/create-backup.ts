/**
 * Backs up one database: checks, dumps, stores. The manifest is written last, so a backup exists as a whole or not at
 * all; each object before it becomes visible only when its content is known to be complete.
 */
import { resolveVolume } from '../../config/sections/volume.js';
import { HoldfastError } from '../../core/errors.js';
import { chooseCompressor } from '../../dump/compression/choose-compressor.js';
import { compressSegments, framingOf } from '../../dump/compression/compress.js';
import type { CompressionChoice } from '../../dump/compression/method.js';
import { DumpReader } from '../../dump/dump-reader.js';
import type { DumpTotals, FingerprintVersion } from '../../dump/entry.js';
import type { Omission } from '../../postgres/omissions.js';
import { SegmentCutter } from '../../dump/segments/segment-cutter.js';
import { noteSegments } from '../../dump/segments/stored-segments.js';
import type { EntryRecord } from '../../vault/formats/entries.js';
import { openLinesWriter, type StoredLines } from '../../vault/formats/lines-writer.js';
import { writeManifest, type Manifest } from '../../vault/formats/manifest.js';
import { requireVaultMarker } from '../../vault/formats/vault-marker.js';
import { backupKeys, type BackupKeys } from '../../vault/keys.js';
import type { StoredObject } from '../../vault/object-store.js';
import type { DerivedFingerprint } from '../copy/derived.js';
import { codeFailures } from '../operation/coded-failures.js';
import type { BackupContext } from '../operation/context.js';
import { withTimeLimit } from '../operation/time-limit.js';
import type { VolumeTally } from '../stored/volume.js';
import type { BackupRequest, BackupResult } from './backup-request.js';
import { buildManifest, dropsIn, emptinessOf } from './build-manifest.js';
import { checkSource } from './check-source.js';
import { compareWithPrevious } from './compare-with-previous.js';
import { withGivingWay } from './give-way.js';
import { globalsBefore, globalsWith } from './source-globals.js';
import { compressText, mayBeStored, removeStored, requireSameVault } from '../storing/store-parts.js';
import { stopDump } from './dump-process.js';
import { dumpStream } from './dump-stream.js';
import { collectEntries } from '../storing/entry-collector.js';
import { inspectSource, type Source } from './inspect-source.js';
import { RateLimit } from './rate-limit.js';
import { openSegmentIndexer } from '../storing/segment-indexer.js';
import { startDump, type StartedDump, type StartOptions } from './start-dump.js';

/**
 * Backs up one database into `context.store`, which must already hold a vault (`initVault`).
 *
 * @returns the keys and sizes (bytes) of what was stored; its dump's key names the backup for `resolveBackup`
 * @throws HoldfastError of any step: CONNECT_FAILED …, PREFLIGHT_FAILED, SOURCE_DIFFERS, DUMP_FAILED, DUMP_TIMEOUT,
 *   VAULT_UNMARKED, VAULT_UNWRITABLE, OBJECT_EXISTS; the signal's error. No manifest exists after any of them, unless
 *   the store itself cannot tell whether it stored the manifest: then everything is left in place, and a warning says
 *   so.
 */
export async function createBackup(request: BackupRequest, context: BackupContext): Promise<BackupResult> {
  const tooLong = () => timeoutError(request);
  return withTimeLimit(request.maxDurationMs, tooLong, context.signal, (signal) =>
    withGivingWay(signal, (either, giveWay) =>
      codeFailures(`Backing up ${request.name}`, either, () =>
        runBackup(request, { ...context, signal: either }, giveWay),
      ),
    ),
  );
}

function timeoutError(request: BackupRequest): HoldfastError {
  const seconds = (request.maxDurationMs ?? 0) / 1000;
  return new HoldfastError(
    'DUMP_TIMEOUT',
    `The backup of ${request.name} took longer than its limit of ${seconds} s and was ended.`,
  );
}

async function runBackup(
  request: BackupRequest,
  context: BackupContext & { signal: AbortSignal },
  giveWay: StartOptions['giveWay'],
): Promise<BackupResult> {
  const { store, clock, env, logger } = context;
  const takenAt = clock.now();
  // Checked for each database: a disk may be unmounted between two of them.
  const vault = await requireVaultMarker(store, context.signal);
  context.onProgress?.({ phase: 'connect', database: request.name, bytes: 0 });
  const compression = await chooseCompressor({ method: request.compression, level: request.compressionLevel, env });
  const source = await inspectSource(request, context);
  for (const warning of source.warnings) logger.warn(`${request.name}: ${warning}`);
  const { database: dbName, systemIdentifier } = source.facts;
  const checked = await checkSource(request.name, { dbName, systemIdentifier }, context);
  for (const warning of checked.warnings) logger.warn(`${request.name}: ${warning}`);
  const keys = backupKeys({ database: request.name, takenAt, compression: compression.method });
  const takeGlobals = () => globalsBefore(request, source, context.signal);
  const before = await takeGlobals();

  const stored: string[] = [];
  let completing = false;
  try {
    const dump = await storeWholeDump(request, { context, source, compression, keys, stored, giveWay });
    const globals = await globalsWith(dump.roles, before, takeGlobals);
    context.onProgress?.({ phase: 'store', database: request.name, bytes: dump.totals.rawBytes });
    const globalsObject = await store.put(keys.globals, compressText(globals, context), { signal: context.signal });
    stored.push(keys.globals);
    const finishedAt = clock.now();
    const { schemas, excludeTableData } = request;
    const volume = await compareWithPrevious(
      { database: request.name, takenAt, selection: { schemas, excludeTableData }, ...dump },
      request.volume ?? resolveVolume(),
      context,
      checked.unread,
    );
    for (const drop of [...dropsIn(volume, dump.totals), ...emptinessOf(dump.totals)])
      logger.warn(`${request.name}: ${drop}`);
    const manifest = buildManifest({
      request,
      source,
      takenAt,
      finishedAt,
      compression,
      keys,
      ...dump,
      globals: { text: globals, object: globalsObject },
      volume,
      sourceWarnings: checked.warnings,
    });
    await requireSameVault(store, vault, context.signal);
    completing = true;
    await writeManifest(store, manifest, { signal: context.signal });
    return toResult(manifest, keys, volume);
  } catch (error) {
    if (completing && (await mayBeStored(store, keys.manifest))) {
      logger.warn(
        `${request.name}: the manifest may have been stored, so the backup was left in place: see \`holdfast list ${request.name}\`.`,
      );
    } else await removeStored(store, stored, keys.manifest);
    throw error;
  }
}

interface StoredDump {
  readonly totals: DumpTotals;
  readonly fingerprint: FingerprintVersion;
  readonly roles: readonly string[];
  readonly snapshot: string | null;
  /** Sessions that have read large tables. */
  readonly jobs: number | undefined;
  readonly tables: VolumeTally;
  readonly object: StoredObject;
  readonly entries: StoredLines;
  readonly segments: StoredLines;
  /** pg_dump's own warnings, and what else should be known about the dump. */
  readonly dumpWarnings: readonly string[];
  /** What was not known before the dump. */
  readonly omissions: readonly Omission[];
  readonly derived: readonly DerivedFingerprint[];
}

interface DumpRun {
  readonly context: BackupContext & { signal: AbortSignal };
  readonly source: Source;
  readonly compression: CompressionChoice;
  readonly keys: BackupKeys;
  /** Collects the keys of the objects that already exist. */
  readonly stored: string[];
  readonly giveWay: StartOptions['giveWay'];
}

function misprintOf(version: string): string {
  return (
    `pg_dump ${version} has miswritten the grants on large objects that others than their owner made. Holdfast reads and restores them ` +
    `as they were meant; psql by itself refuses the statements around them, and makes the grants in the owner's name.`
  );
}

/** How many dumps may turn out to lack what was dropped while pg_dump read the definitions. */
const DUMPS = 3;

/** Nothing is stored of a dump that lacks a definition, so that the next one can take its place. */
async function storeWholeDump(request: BackupRequest, run: DumpRun): Promise<StoredDump> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await storeDump(request, run);
    } catch (error) {
      if (attempt === DUMPS || !(error instanceof HoldfastError) || error.code !== 'DUMP_OVERTAKEN') throw error;
      run.context.logger.debug(`${request.name}: the dump begins anew: ${error.message}`);
    }
  }
}

async function storeDump(request: BackupRequest, run: DumpRun): Promise<StoredDump> {
  const { context, source, compression, keys, stored } = run;
  const { store, signal, env } = context;
  const writer = openLinesWriter<EntryRecord>(store, keys.entries, { signal });
  const collector = collectEntries();
  const indexer = openSegmentIndexer(store, keys.segments, framingOf(compression), signal);
  const cutter = new SegmentCutter(request.segmentBytes);
  const reader = new DumpReader(collector.observer, cutter);
  let totals: DumpTotals | undefined;
  const rate = new RateLimit(request.maxRateBytes);
  let started: StartedDump | undefined;
  try {
    started = await startDump(request, source, {
      signal,
      giveWay: run.giveWay,
      onAnew: (reason) => context.logger.debug(`${request.name}: ${reason}`),
    });
    const { dump, large, snapshot } = started;
    const plain = dumpStream({
      dump,
      large,
      reader,
      cutter,
      signal,
      onBatch: async (bytes) => {
        context.onProgress?.({
          phase: 'dump',
          database: request.name,
          bytes: reader.progress.rawBytes,
          rows: reader.progress.rows,
          expectedBytes: source.expectedBytes,
        });
        await collector.drainTo(writer);
        await indexer.drain();
        await rate.take(bytes, signal);
      },
      onComplete: (result) => (totals = result),
    });
    const compressed = compressSegments(plain, { ...compression, env, signal });
    const object = await store.put(keys.dump, noteSegments(compressed, framingOf(compression), indexer.add), {
      signal,
      expectedBytes: source.expectedBytes,
    });
    stored.push(keys.dump);
    if (!totals) throw new HoldfastError('INTERNAL', 'The dump was stored before it was complete.');
    await collector.drainTo(writer);
    const entries = await writer.finish();
    stored.push(keys.entries);
    const segments = await indexer.finish();
    stored.push(keys.segments);
    const { omissions, derived, ...finished } = await started.finish();
    const warnings = [...finished.warnings, ...(reader.misprinted ? [misprintOf(source.programs.version)] : [])];
    for (const warning of warnings) context.logger.warn(`${request.name}: ${warning}`);
    const dumpWarnings = [...warnings, ...dump.child.stderr().split('\n')].filter((line) => line !== '');
    const { tables } = collector;
    const roles = collector.roles();
    const jobs = large?.pool.size;
    return {
      totals,
      fingerprint: reader.fingerprintNeeded,
      roles,
      snapshot,
      jobs,
      tables,
      object,
      entries,
      segments,
      dumpWarnings,
      omissions,
      derived,
    };
  } catch (error) {
    // If the store or the compressor failed before reading anything, nothing else has ended pg_dump.
    if (started) await stopDump(started.dump);
    await started?.end();
    await writer.abort();
    await indexer.abort();
    throw error;
  }
}

function toResult(manifest: Manifest, keys: BackupKeys, volume: BackupResult['volume']): BackupResult {
  return {
    database: manifest.database,
    dbName: manifest.dbName,
    key: manifest.key,
    manifestKey: keys.manifest,
    rawBytes: manifest.totals.rawBytes,
    storedBytes: manifest.parts.reduce((sum, part) => sum + part.storedBytes, 0),
    durationMs: manifest.durationMs,
    rows: manifest.totals.rows,
    tables: manifest.totals.tables,
    objects: manifest.parts.length + 1,
    warnings: manifest.warnings,
    volume,
  };
}
