/**
 * Makes backups of the dumps that are in a vault already, as another pipeline has stored them: reads each, and writes
 * entries and a manifest beside those that are whole. No object that exists is changed, moved or removed.
 */
import { HoldfastError, type ErrorCode } from '../../core/errors.js';
import { readManifest, type Manifest } from '../../vault/formats/manifest.js';
import { requireVaultMarker } from '../../vault/formats/vault-marker.js';
import { databasePrefix, parseBase, vaultPrefix } from '../../vault/keys.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { FAULTS } from '../foreign/faults.js';
import type { ForeignFile } from '../foreign/foreign-file.js';
import { openForeign, type OpenForeign, type OpenForeignOptions } from '../foreign/open-foreign.js';
import { describeInPlace, storeForeign } from '../foreign/store-foreign.js';
import type { BackupContext } from '../operation/context.js';
import { findDumps, type FoundDump, type FoundDumps } from './find-dumps.js';

export interface AdoptRequest extends Pick<OpenForeignOptions, 'confinement' | 'limits'> {
  /** Only these; empty for all. */
  readonly databases: readonly string[];
  /** Where the dumps are, if not in the vault: they are then copied into it. */
  readonly from?: ObjectStore | undefined;
  /** In which zone they were made. @default for each, the one that its rows show, else UTC */
  readonly timeZone?: string | undefined;
  /** Only says what would be done. */
  readonly dryRun: boolean;
  /** Called before and after each dump. */
  readonly onDump?: { begin(dump: FoundDump): void; end(dump: FoundDump, outcome: string): void } | undefined;
}

/** What says that a dump was not read, so that nobody knows whether it is whole; the others are adopted all the same. */
const NOT_READ: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'VAULT_UNREADABLE',
  'PROGRAM_MISSING',
  'CONFINEMENT_MISSING',
]);

/** A dump that is not one, or not whole, or that could not be read. */
export interface RefusedDump {
  readonly database: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly code: ErrorCode;
  /** Whether it was cut off: by whatever wrote it, or by pg_dump that died. */
  readonly truncated: boolean;
  /** Whether it could not be read: denied, in an archive tier, or in need of a program that is not installed. */
  readonly unread: boolean;
  /** A sentence. */
  readonly reason: string;
}

/** What is known of a backup that was made of a dump, without its manifest: there may be tens of thousands. */
export interface AdoptedDump extends Pick<Manifest, 'database' | 'key' | 'takenAt' | 'encoding'> {
  /** The version of PostgreSQL that it came from, as the dump claims. */
  readonly server: string;
  readonly rows: number;
  readonly tables: number;
  /** Bytes of plain SQL. */
  readonly rawBytes: number;
  /** That it refers to. */
  readonly roles: readonly string[];
}

/** What a run reads and asks for. */
export interface AdoptCost {
  /** Of stored dumps. */
  readonly bytes: number;
  /** How many objects a listing gives at a time is the store's: a thousand in S3. */
  readonly lists: number;
  readonly gets: number;
  /** Heads and puts together. */
  readonly writes: number;
}

export interface AdoptResult {
  readonly found: Pick<FoundDumps, 'known' | 'others' | 'dumps'>;
  /** Empty in a dry run. */
  readonly adopted: readonly AdoptedDump[];
  readonly refused: readonly RefusedDump[];
  readonly cost: AdoptCost;
}

const KEYS_OF_LIST = 1_000;
/** In place: two heads, then entries, globals and manifest. A copy: two heads, then five objects. */
const WRITES = { inPlace: 5, copy: 7 } as const;

/**
 * Adopts one dump after the other, oldest first. Repeating an interrupted run continues it.
 *
 * @throws HoldfastError VAULT_UNMARKED, UNKNOWN_DATABASE, VAULT_UNREADABLE where the place as a whole cannot be read, VAULT_UNWRITABLE; the
 *   signal's error. What was adopted before stays adopted; a dump that is not whole, or that cannot be read, is in the
 *   result, and no error
 */
export async function adoptDumps(request: AdoptRequest, context: BackupContext): Promise<AdoptResult> {
  const { signal, store } = context;
  const { from, databases, dryRun } = request;
  if (!dryRun) await requireVaultMarker(store, signal);
  const found = await findDumps(from ?? store, databases, signal, from !== undefined);
  const open = from ? await withoutKnown(found, store, databases, signal) : found;
  const cost = {
    bytes: open.dumps.reduce((sum, { info }) => sum + info.size, 0),
    lists: Math.max(1, Math.ceil(found.listed / KEYS_OF_LIST)),
    gets: open.dumps.length + found.crowded.length,
    writes: open.dumps.length * (from ? WRITES.copy : WRITES.inPlace),
  };
  const conflicts = [...open.conflicts, ...(await conflictsWithKnown(found, store, signal))];
  const refused: RefusedDump[] = conflicts.map((dump) => ({
    ...refusalOf(dump, 'OBJECT_EXISTS'),
    reason: `${dump.info.key} is of the same second as another dump of ${dump.database}, and a vault has one place for both: import it with --taken-at.`,
  }));
  const adopted: AdoptedDump[] = [];
  if (dryRun) return { found: open, adopted, refused, cost };
  let known = 0;
  for (const dump of open.dumps) {
    request.onDump?.begin(dump);
    let outcome = 'failed';
    try {
      adopted.push(summaryOf(await adoptDump(dump, request, context)));
      outcome = 'adopted';
    } catch (error) {
      if (!(error instanceof HoldfastError) || !(await concernsOne(error, dump, from ?? store, signal))) throw error;
      if (error.code === 'OBJECT_EXISTS' && (await store.head(`${dump.base}.manifest.json`))) {
        // Another run has adopted it in the meantime.
        known += 1;
        outcome = 'known';
        continue;
      }
      const refusal = refusalOf(dump, error.code);
      refused.push({ ...refusal, reason: error.message });
      outcome = refusal.truncated ? 'truncated' : refusal.unread ? 'not read' : 'refused';
    } finally {
      request.onDump?.end(dump, outcome);
    }
  }
  return { found: { ...open, known: open.known + known }, adopted, refused, cost };
}

/** Whether an error is one dump's, and the others can be adopted: whoever lists a dump may still not be let to read it. */
async function concernsOne(
  { code }: HoldfastError,
  { info }: FoundDump,
  place: ObjectStore,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (code !== 'VAULT_UNREADABLE') return FAULTS.has(code) || NOT_READ.has(code) || code === 'OBJECT_EXISTS';
  signal?.throwIfAborted();
  // A place that no longer answers at all would be asked in vain for each of them.
  for await (const { key } of place.list(info.key, signal)) if (key === info.key) return true;
  return false;
}

/** Dumps of the same second as one that has the manifest: they are no backups, and must not pass for one. */
async function conflictsWithKnown(
  { crowded }: FoundDumps,
  store: ObjectStore,
  signal: AbortSignal | undefined,
): Promise<FoundDump[]> {
  const conflicts: FoundDump[] = [];
  for (const dumps of crowded) {
    const base = dumps[0]?.base;
    const owner = await readManifest(store, `${base}.manifest.json`, signal).then(
      ({ manifest }) => manifest.key,
      // `check` says what is wrong with a manifest.
      () => dumps[0]?.info.key,
    );
    signal?.throwIfAborted();
    conflicts.push(...dumps.filter(({ info }) => info.key !== owner));
  }
  return conflicts;
}

function summaryOf({ database, key, takenAt, encoding, server, totals, roles }: Manifest): AdoptedDump {
  const { rows, tables, rawBytes } = totals;
  return { database, key, takenAt, encoding, server: server.version, rows, tables, rawBytes, roles };
}

function refusalOf({ database, info }: FoundDump, code: ErrorCode): Omit<RefusedDump, 'reason'> {
  const truncated = code === 'DUMP_TRUNCATED';
  return { database, key: info.key, size: info.size, code, truncated, unread: NOT_READ.has(code) };
}

/** Those that the vault does not have as backups yet. */
async function withoutKnown(
  found: FoundDumps,
  store: ObjectStore,
  databases: readonly string[],
  signal: AbortSignal | undefined,
): Promise<FoundDumps> {
  const bases = new Set<string>();
  for await (const base of basesWithManifest(store, databases, signal)) bases.add(base);
  const dumps = found.dumps.filter(({ base }) => !bases.has(base));
  return { ...found, dumps, known: found.known + found.dumps.length - dumps.length };
}

async function* basesWithManifest(
  store: ObjectStore,
  databases: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  const prefixes = databases.length === 0 ? [vaultPrefix()] : databases.map((database) => databasePrefix(database));
  for (const prefix of prefixes) {
    for await (const { key } of store.list(prefix, signal)) {
      const parsed = parseBase(key);
      if (parsed?.object?.role === 'manifest') yield parsed.base;
    }
  }
}

async function adoptDump(dump: FoundDump, request: AdoptRequest, context: BackupContext): Promise<Manifest> {
  const { installed, env, signal, store } = context;
  const { from, confinement, limits, timeZone } = request;
  const { info, database, takenAt } = dump;
  const file: ForeignFile = {
    name: info.key,
    size: info.size,
    changedAt: info.lastModified,
    // Whoever writes there could lay a link to a dump that only we may read, and have it copied.
    read: () => (from ?? store).get(info.key, { refuseLinks: true, signal }),
  };
  let foreign: OpenForeign | undefined;
  try {
    foreign = await openForeign(file, { installed, env, signal, confinement, limits });
    const origin = from ? 'imported' : 'adopted';
    const place = { origin, database, takenAt, takenAtFrom: 'key', timeZone } as const;
    if (from) return await storeForeign(foreign, { ...place, compression: { method: 'gzip' } }, context);
    return await describeInPlace(foreign, { key: info.key }, place, context);
  } finally {
    await foreign?.close();
  }
}
