/**
 * The drill of a dump without a vault: one is made for it, in a temporary directory or in memory, and goes with the drill.
 */
import { createReadStream } from 'node:fs';
import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HoldfastError } from '../../core/errors.js';
import { startWatchdog } from '../../postgres/throwaway/watchdog.js';
import { byteRange } from '../../vault/byte-range.js';
import { listBackups, type CompleteBackup } from '../../vault/catalog.js';
import { openFileStore } from '../../vault/file/file-store.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import { backupKeys } from '../../vault/keys.js';
import { openMemoryStore } from '../../vault/memory/memory-store.js';
import type { ObjectStore } from '../../vault/object-store.js';
import type { BackupContext } from '../operation/context.js';
import { missingRoles } from '../foreign/describe-foreign.js';
import { FAULTS } from '../foreign/faults.js';
import type { ForeignFile } from '../foreign/foreign-file.js';
import { openForeign, type OpenForeign, type OpenForeignOptions } from '../foreign/open-foreign.js';
import { describeInPlace, storeForeign } from '../foreign/store-foreign.js';
import { verifyBackup, type VerifyOptions, type VerifyResult } from './verify-backup.js';

export interface VerifyFileOptions extends VerifyOptions, Pick<OpenForeignOptions, 'confinement' | 'limits'> {
  /** In which the dump was made. @default the one that its rows show, else UTC */
  readonly timeZone?: string | undefined;
}

/** What a file turned out to be; absent where it could not be read to its end. */
export interface FileDescription extends Required<Pick<Manifest, 'original' | 'claimed'>> {
  readonly encoding: string;
  readonly timeZone: string;
  /** Of plain SQL. */
  readonly rawBytes: number;
  readonly largeObjects: number;
  readonly extensions: readonly string[];
  /** That it refers to and does not hold. */
  readonly rolesMissing: readonly string[];
}

export interface VerifyFileResult extends Omit<VerifyResult, 'proofKey' | 'notStored'> {
  readonly file: FileDescription | undefined;
}

/**
 * Restores a dump into an empty server, and compares the copy with the dump entry by entry.
 *
 * @returns `proven` where all came back that the dump has; `unreadable` for what is no whole dump of one database
 * @throws HoldfastError as `verifyBackup`, and whatever keeps the file from being read; the signal's error
 */
export async function verifyFile(
  file: ForeignFile,
  context: Omit<BackupContext, 'store'>,
  options: VerifyFileOptions = {},
): Promise<VerifyFileResult> {
  const startedAt = context.clock.now();
  const { confinement, limits, timeZone } = options;
  const database = nameFor(file.name);
  const { installed, env, signal } = context;
  let vault: FileVault | undefined;
  try {
    let manifest: Manifest;
    let foreign: OpenForeign | undefined;
    try {
      foreign = await openForeign(file, { installed, env, signal, confinement, limits });
      const place = { origin: 'imported', database, takenAt: startedAt, takenAtFrom: 'file', timeZone } as const;
      const inPlace = await openInPlace(file, foreign, place);
      vault = inPlace ?? (await openTemporaryVault());
      const within = { ...context, store: vault.store };
      manifest = inPlace
        ? await describeInPlace(foreign, inPlace.dump, place, within)
        : await storeForeign(foreign, { ...place, compression: { method: 'gzip' } }, within);
    } catch (error) {
      if (!(error instanceof HoldfastError) || !FAULTS.has(error.code)) throw error;
      const durationMs = context.clock.now().getTime() - startedAt.getTime();
      return { ...unreadable(file, error), durationMs, file: undefined };
    } finally {
      await foreign?.close();
    }
    const [backup] = await listBackups(vault.store);
    const result = await verifyBackup(backup as CompleteBackup, { ...context, store: vault.store }, options);
    return { ...result, database: file.name, key: file.name, file: describeFile(manifest) };
  } finally {
    await vault?.close();
  }
}

function unreadable(file: ForeignFile, error: HoldfastError): Omit<VerifyFileResult, 'durationMs' | 'file'> {
  return {
    database: file.name,
    key: file.name,
    verdict: 'unreadable',
    entries: 0,
    held: undefined,
    matched: 0,
    reprinted: 0,
    differences: [{ type: 'FILE', schema: null, name: file.name, reason: error.message }],
    missingExtensions: [],
    notes: [error.hint],
    confinement: undefined,
  };
}

function describeFile(manifest: Manifest): FileDescription {
  const { original, claimed, encoding, session, totals, extensions, roles } = manifest;
  if (!original || !claimed) throw new HoldfastError('INTERNAL', 'The manifest of a file has no origin.');
  return {
    ...{ original, claimed, encoding },
    timeZone: session.TimeZone ?? 'UTC',
    rawBytes: totals.rawBytes,
    largeObjects: totals.largeObjects,
    extensions: extensions.map(({ name }) => name),
    rolesMissing: missingRoles(roles),
  };
}

/** The name that its database gets in the vault that nobody sees. */
function nameFor(name: string): string {
  return /^[\w.-]{1,60}$/.test(name) && !name.startsWith('.') ? name : 'dump';
}

interface FileVault {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

/** A file that can be read twice and holds plain SQL is the dump of a vault that is otherwise in memory. */
async function openInPlace(
  { path }: ForeignFile,
  { format, compression }: OpenForeign,
  { database, takenAt }: { readonly database: string; readonly takenAt: Date },
): Promise<(FileVault & { readonly dump: { readonly key: string } }) | undefined> {
  if (path === undefined || format !== 'plain' || compression === 'lz4') return undefined;
  const { dump } = backupKeys({ database, takenAt, compression });
  return { dump: { key: dump }, store: await overlay(openMemoryStore(), dump, path), close: async () => {} };
}

/** Whatever else comes is kept as plain SQL until the drill has ended. */
async function openTemporaryVault(): Promise<FileVault> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-file-'));
  const watchdog = startWatchdog(directory);
  const store = { ...openFileStore(directory), needsMarker: false };
  return { store, close: async () => void (await watchdog.finish()) };
}

/** The objects of a store, and a file as one more. */
async function overlay(store: ObjectStore, key: string, path: string): Promise<ObjectStore> {
  const { size, mtime } = await stat(path);
  const info = { key, size, lastModified: mtime };
  return {
    ...store,
    head: async (wanted) => (wanted === key ? info : store.head(wanted)),
    async *list(prefix, signal) {
      if (key.startsWith(prefix)) yield info;
      yield* store.list(prefix, signal);
    },
    async *get(wanted, options) {
      if (wanted !== key) yield* store.get(wanted, options);
      else {
        const part = byteRange(options?.range, size);
        if (part) yield* createReadStream(path, { ...part, signal: options?.signal }) as AsyncIterable<Buffer>;
      }
    },
  };
}
