/**
 * Reads a dump that others made through the reader of entries, and stores what makes a backup of it. As with a backup of
 * our own, the manifest comes last, and nothing of a dump that is not whole is kept.
 */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { chooseCompressor } from '../../dump/compression/choose-compressor.js';
import { compressSegments, framingOf } from '../../dump/compression/compress.js';
import type { CompressionRequest } from '../../dump/compression/method.js';
import { DumpReader, type DumpObserver } from '../../dump/dump-reader.js';
import type { DumpTotals } from '../../dump/entry.js';
import type { Piece } from '../../dump/segments/segment.js';
import { SegmentCutter } from '../../dump/segments/segment-cutter.js';
import { noteSegments } from '../../dump/segments/stored-segments.js';
import type { EntryRecord } from '../../vault/formats/entries.js';
import { openLinesWriter, type StoredLines } from '../../vault/formats/lines-writer.js';
import { writeManifest, type Manifest } from '../../vault/formats/manifest.js';
import { requireVaultMarker } from '../../vault/formats/vault-marker.js';
import { backupKeys, type BackupKeys } from '../../vault/keys.js';
import type { ObjectStore, StoredObject } from '../../vault/object-store.js';
import type { BackupContext } from '../operation/context.js';
import { collectEntries } from '../storing/entry-collector.js';
import { cutInto, PendingBytes } from '../storing/pending-bytes.js';
import { openSegmentIndexer } from '../storing/segment-indexer.js';
import { compressText, mayBeStored, removeStored, requireSameVault } from '../storing/store-parts.js';
import { ClaimsCollector, explainRefusal, type Claims } from './claims.js';
import { describeForeign, NO_GLOBALS, type ForeignDescription } from './describe-foreign.js';
import type { OpenForeign } from './open-foreign.js';

export interface ForeignPlace extends Pick<
  ForeignDescription,
  'origin' | 'database' | 'takenAt' | 'takenAtFrom' | 'timeZone'
> {
  /** How the dump is compressed in the vault. */
  readonly compression: Pick<CompressionRequest, 'method' | 'level'>;
}

/** Bytes after which what has been collected is handed on. */
const BATCH_BYTES = 128 << 10;

/** What is known of a dump once all of it has been read. */
interface ReadForeign {
  readonly totals: DumpTotals;
  readonly claims: Claims;
}

/**
 * Stores the dump as plain SQL, in segments, with its entries and a manifest.
 *
 * @throws HoldfastError as reading it does (DUMP_TRUNCATED, DUMP_MALFORMED, HOSTILE_DUMP, DUMP_UNRECOGNIZED …);
 *   VAULT_UNMARKED, VAULT_UNWRITABLE, OBJECT_EXISTS; the signal's error. Nothing is left of it after any of them, unless
 *   the store itself cannot tell whether it stored the manifest
 */
export async function storeForeign(
  foreign: OpenForeign,
  place: ForeignPlace,
  context: BackupContext,
): Promise<Manifest> {
  const { store, env, logger } = context;
  const signal = context.signal ?? new AbortController().signal;
  const vault = await requireVaultMarker(store, signal);
  const compression = await chooseCompressor({ ...place.compression, env });
  const keys = backupKeys({ database: place.database, takenAt: place.takenAt, compression: compression.method });
  await refuseTaken(store, keys);
  const stored: string[] = [];
  const cutter = new SegmentCutter();
  const run = openRun(store, keys, signal, cutter);
  const indexer = openSegmentIndexer(store, keys.segments, framingOf(compression), signal);
  let completing = false;
  try {
    let read: ReadForeign | undefined;
    const plain = segmentsOf(foreign, run, cutter, {
      onBatch: async (bytes) => {
        context.onProgress?.({ phase: 'dump', database: place.database, bytes, rows: run.reader.progress.rows });
        await run.drain();
        await indexer.drain();
      },
      onComplete: (result) => (read = result),
    });
    const compressed = compressSegments(plain, { ...compression, env, signal });
    const dump = await store.put(keys.dump, noteSegments(compressed, framingOf(compression), indexer.add), { signal });
    stored.push(keys.dump);
    if (!read) throw new HoldfastError('INTERNAL', 'The dump was stored before it was complete.');
    const entries = await run.finish();
    stored.push(keys.entries);
    const segments = await indexer.finish();
    stored.push(keys.segments);
    const globals = await store.put(keys.globals, compressText(NO_GLOBALS, { env, signal }), { signal });
    stored.push(keys.globals);
    const { method, level, program } = compression;
    const manifest = describe(foreign, place, run, read, {
      ...{ dump, globals, entries, segments },
      compression: { method, level, program: program ?? 'none' },
    });
    await requireSameVault(store, vault, signal);
    completing = true;
    await writeManifest(store, manifest, { signal });
    return manifest;
  } catch (error) {
    await run.abort();
    await indexer.abort();
    if (completing && (await mayBeStored(store, keys.manifest))) {
      logger.warn(`${place.database}: the manifest may have been stored, so the backup was left in place: see \`holdfast list ${place.database}\`.`); // prettier-ignore
    } else await removeStored(store, stored, keys.manifest);
    throw explainRefusal(error);
  }
}

/**
 * Makes a backup of a dump where it is: entries and a manifest beside it, and the dump itself untouched.
 *
 * What an earlier run has left is taken if it is what this one would store, so an interrupted run is simply repeated.
 *
 * @param dump the object that holds it
 * @throws HoldfastError as {@link storeForeign}; OBJECT_EXISTS where something else is beside it already
 */
export async function describeInPlace(
  foreign: OpenForeign,
  dump: { readonly key: string },
  place: Omit<ForeignPlace, 'compression'>,
  context: BackupContext,
): Promise<Manifest> {
  const { env } = context;
  const signal = context.signal ?? new AbortController().signal;
  if (foreign.format !== 'plain' || foreign.compression === 'lz4') {
    throw new HoldfastError('DUMP_UNRECOGNIZED', `${quoted(dump.key)} is no plain SQL, whatever its name says: it is in ${foreign.format === 'plain' ? 'a compression' : `${foreign.format} format`} that a vault does not hold.`, {
      hint: 'Import it: holdfast import.',
    }); // prettier-ignore
  }
  const store = takingWhatIsThere(context.store);
  const method = foreign.compression;
  const keys = backupKeys({ database: place.database, takenAt: place.takenAt, compression: method });
  const run = openRun(store, keys, signal);
  try {
    let bytes = 0;
    for await (const chunk of foreign.plain) {
      run.reader.write(asBuffer(chunk));
      bytes += chunk.length;
      if (bytes < BATCH_BYTES) continue;
      bytes = 0;
      context.onProgress?.({ phase: 'check', database: place.database, bytes: run.reader.progress.rawBytes });
      await run.drain();
    }
    const read = run.complete(foreign.name);
    const entries = await run.finish();
    const globals = await store.put(keys.globals, compressText(NO_GLOBALS, { env, signal }), { signal });
    const { bytes: size, sha256 } = foreign.original();
    const manifest = describe(foreign, place, run, read, {
      dump: { key: dump.key, size, sha256 },
      ...{ globals, entries, segments: undefined },
      compression: { method, level: null, program: 'unknown' },
    });
    await writeManifest(context.store, manifest, { signal });
    return manifest;
  } catch (error) {
    await run.abort();
    throw explainRefusal(error);
  }
}

/** The reader of one dump, and the file of its entries. */
function openRun(store: ObjectStore, keys: BackupKeys, signal: AbortSignal, cutter?: SegmentCutter) {
  const writer = openLinesWriter<EntryRecord>(store, keys.entries, { signal });
  const collector = collectEntries();
  const claims = new ClaimsCollector();
  const observer: DumpObserver = {
    ...claims.observer,
    ...collector.observer,
    statement: (...args) => {
      collector.observer.statement?.(...args);
      claims.observer.statement(...args);
    },
  };
  const reader = new DumpReader(observer, cutter);
  return {
    reader,
    roles: () => collector.roles(),
    drain: () => collector.drainTo(writer),
    complete: (name: string): ReadForeign => ({ totals: reader.end(), claims: claims.finish(name) }),
    finish: async (): Promise<StoredLines> => {
      await collector.drainTo(writer);
      return writer.finish();
    },
    abort: () => writer.abort(),
  };
}

type Run = ReturnType<typeof openRun>;

async function* segmentsOf(
  foreign: OpenForeign,
  run: Run,
  cutter: SegmentCutter,
  {
    onBatch,
    onComplete,
  }: {
    readonly onBatch: (rawBytes: number) => Promise<void>;
    readonly onComplete: (read: ReadForeign) => void;
  },
): AsyncGenerator<Piece, void, undefined> {
  const pending = new PendingBytes();
  let batch = 0;
  for await (const chunk of foreign.plain) {
    run.reader.write(asBuffer(chunk));
    pending.add(asBuffer(chunk));
    batch += chunk.length;
    if (batch < BATCH_BYTES) continue;
    batch = 0;
    await onBatch(run.reader.progress.rawBytes);
    yield* cutInto(pending, cutter);
    yield* pending.takeTo(cutter.certain(run.reader.progress.rawBytes));
  }
  const read = run.complete(foreign.name);
  await onBatch(run.reader.progress.rawBytes);
  yield* cutInto(pending, cutter);
  onComplete(read);
}

function describe(
  foreign: OpenForeign,
  place: Omit<ForeignPlace, 'compression'>,
  run: Run,
  { totals, claims }: ReadForeign,
  objects: Pick<ForeignDescription, 'dump' | 'globals' | 'entries' | 'segments' | 'compression'>,
): Manifest {
  return describeForeign({
    ...place,
    ...objects,
    ...{ claims, totals },
    claimedDatabase: foreign.head?.database,
    original: foreign.original(),
    fingerprint: run.reader.fingerprintNeeded,
    roles: run.roles(),
    warnings: run.reader.misprinted ? [MISPRINT] : [],
  });
}

const MISPRINT =
  'Its pg_dump has miswritten the grants on large objects that others than their owner made. Holdfast reads and restores them as they were meant; psql by itself refuses the statements around them.';

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

/** Before hours are spent on reading it. The store refuses it in the end, too. */
async function refuseTaken(store: ObjectStore, keys: BackupKeys): Promise<void> {
  for (const key of [keys.dump, keys.manifest]) {
    // Whoever may store there may not be allowed to look.
    if ((await store.head(key).catch(() => undefined)) === undefined) continue;
    throw new HoldfastError('OBJECT_EXISTS', `Nothing was stored: the vault already has ${key}.`, {
      hint: 'It holds a backup of that database and that second, perhaps this very dump: `holdfast show` names the original. Another time is given by --taken-at.',
    });
  }
}

/**
 * A store in which an object that exists with the same bytes counts as stored: what an interrupted run has left.
 */
function takingWhatIsThere(store: ObjectStore): ObjectStore {
  return {
    url: store.url,
    get: (key, options) => store.get(key, options),
    head: (key) => store.head(key),
    list: (prefix, signal) => store.list(prefix, signal),
    put: async (key, body, options) => {
      const present = await store.head(key);
      if (!present) return store.put(key, body, options);
      const [wanted, found] = [await sumOf(body), await sumOf(store.get(key, { signal: options?.signal }))];
      if (wanted.size === found.size && wanted.sha256 === found.sha256) return { key, ...found };
      throw new HoldfastError('OBJECT_EXISTS', `Storing ${key} failed: it exists, with other bytes than these.`, {
        hint: 'Another version of Holdfast, or somebody else, has left it there, and no manifest names it. Look at it, and remove it by hand.',
      });
    },
  };
}

async function sumOf(body: AsyncIterable<Uint8Array>): Promise<Omit<StoredObject, 'key'>> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of body) {
    hash.update(piece);
    size += piece.length;
  }
  return { size, sha256: hash.digest('hex') };
}
