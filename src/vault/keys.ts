/**
 * The layout of a vault: which keys a backup's objects have. Everything in it is UTC.
 *
 *     <prefix>/<database>/<YYYY>/<MM>/<DD>/<database>_<YYYYMMDDTHHMMSSZ><suffix>
 */
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import type { CompressionMethod } from '../syntax/compression.js';
import { keyFault } from '../syntax/object-key.js';

/** The first part of every key where nothing else is configured: the second layer of the data protection. */
export const DEFAULT_PREFIX = 'layer2';

/** Which object of a backup a key is. */
export type BackupObject =
  | { readonly role: 'dump'; readonly compression: CompressionMethod }
  | { readonly role: 'globals' | 'entries' | 'segments' | 'manifest' | 'pruned' }
  | {
      readonly role: 'proof';
      readonly verifiedAt: Date;
      /** Eight hex digits; present if the key without them was taken. */
      readonly nonce?: string | undefined;
    };

/** A backup's place in the vault. */
export interface BackupPlace {
  /** Without slashes at its ends; empty for none. @default 'layer2' */
  readonly prefix?: string;
  /** The database's name in the vault. */
  readonly database: string;
  /** When the backup began; milliseconds are dropped. */
  readonly takenAt: Date;
}

/** All keys of one backup except its proofs, of which there may be any number. */
export interface BackupKeys {
  /** What they all begin with. */
  readonly base: string;
  readonly dump: string;
  readonly globals: string;
  readonly entries: string;
  readonly segments: string;
  readonly manifest: string;
}

/** What a key says that begins like those of a backup. */
export interface ParsedBase extends Required<BackupPlace> {
  readonly base: string;
  /** Which object of the backup it is; absent for one that the layout does not have. */
  readonly object?: BackupObject | undefined;
  /** Whether its time is spelled as others spell it: {@link base} is then not what the key begins with. */
  readonly foreign?: boolean;
}

/** What a key of the vault says. */
export interface ParsedKey extends ParsedBase {
  readonly object: BackupObject;
}

const SUFFIXES: ReadonlyArray<readonly [string, BackupObject]> = [
  ['.sql.gz', { role: 'dump', compression: 'gzip' }],
  ['.sql.zst', { role: 'dump', compression: 'zstd' }],
  ['.sql', { role: 'dump', compression: 'none' }],
  ['.globals.sql.gz', { role: 'globals' }],
  ['.entries.jsonl.gz', { role: 'entries' }],
  ['.segments.jsonl.gz', { role: 'segments' }],
  ['.manifest.json', { role: 'manifest' }],
  ['.pruned.json', { role: 'pruned' }],
];

/**
 * The keys of a backup.
 *
 * @throws HoldfastError OBJECT_KEY_INVALID when the database's name or the prefix cannot be part of a key
 */
export function backupKeys(place: BackupPlace & { readonly compression: CompressionMethod }): BackupKeys {
  const base = baseKey(place);
  const key = (object: BackupObject) => base + suffixOf(object);
  return {
    base,
    dump: key({ role: 'dump', compression: place.compression }),
    globals: key({ role: 'globals' }),
    entries: key({ role: 'entries' }),
    segments: key({ role: 'segments' }),
    manifest: key({ role: 'manifest' }),
  };
}

/** What the keys of a backup begin with; errors as for {@link backupKeys}. */
export function baseKey({ prefix = DEFAULT_PREFIX, database, takenAt }: BackupPlace): string {
  const stamp = formatStamp(takenAt);
  const day = `${stamp.slice(0, 4)}/${stamp.slice(4, 6)}/${stamp.slice(6, 8)}`;
  const base = `${databasePrefix(database, prefix)}${day}/${database}_${stamp}`;
  const fault = keyFault(base);
  if (fault) throw invalidPart('backup', base, fault);
  return base;
}

/** What all keys of one database begin with, slash included; errors as for {@link backupKeys}. */
export function databasePrefix(database: string, prefix = DEFAULT_PREFIX): string {
  // With a slash in it, the name would be another database's folder.
  const fault = database.includes('/') ? 'it holds a slash' : keyFault(database);
  if (fault) throw invalidPart('database', database, fault);
  return vaultPrefix(prefix) + database + '/';
}

/** What all keys of the vault begin with: the prefix and a slash, or nothing; errors as for {@link backupKeys}. */
export function vaultPrefix(prefix = DEFAULT_PREFIX): string {
  if (prefix === '') return '';
  const fault = keyFault(prefix);
  if (fault) throw invalidPart('vault prefix', prefix, fault);
  return `${prefix}/`;
}

/** The key of the proof of a backup made at a given moment; with a nonce if that key is taken. */
export function proofKey(base: string, verifiedAt: Date, nonce?: string): string {
  return base + suffixOf({ role: 'proof', verifiedAt, nonce });
}

/** The key of the mark of a backup that is being removed. */
export function prunedKey(base: string): string {
  return base + suffixOf({ role: 'pruned' });
}

/** The key of one object of a backup: the inverse of {@link parseKey}. */
export function formatKey(place: BackupPlace, object: BackupObject): string {
  return baseKey(place) + suffixOf(object);
}

/** What a key says; `undefined` for one that neither {@link formatKey} produces nor names a dump as others do. */
export function parseKey(key: string): ParsedKey | undefined {
  const parsed = parseBase(key);
  return parsed?.object && { ...parsed, object: parsed.object };
}

/** What the key of any object stored beside a backup says, whatever its name; `undefined` for any other key. */
export function parseBase(key: string): ParsedBase | undefined {
  const segments = key.split('/');
  const [database, year, month, day, file] = segments.slice(-5);
  if (file === undefined || !database || !file.startsWith(`${database}_`)) return undefined;
  const rest = file.slice(database.length + 1);
  const stamp = rest.slice(0, STAMP_LENGTH);
  const takenAt = parseStamp(stamp);
  const prefix = segments.slice(0, -5).join('/');
  if (!takenAt) return parseForeign(rest, { key, prefix, database, day: `${year}-${month}-${day}` });
  if (stamp.slice(0, 8) !== `${year}${month}${day}` || keyFault(key)) return undefined;
  // `a//db/…` is caught above, `/db/…` too: what is left are prefixes that are keys, and none at all.
  const object = objectOf(rest.slice(STAMP_LENGTH));
  return { prefix, database, takenAt, object, base: baseKey({ prefix, database, takenAt }) };
}

/** Dates and times as scripts write them into names: `2026-11-22_030000`, `20261122-0300`, `2026-11-22T03:00:00Z`. */
const FOREIGN_STAMP = /^(\d{4})-?(\d\d)-?(\d\d)(?:[T_-]?(\d\d)[:.-]?(\d\d)(?:[:.-]?(\d\d))?)?Z?$/;
/** Seconds since 1970. */
const EPOCH = /^\d{10}$/;

/** A dump that others have named: in this layout, with its time in a spelling of theirs, and taken for UTC. */
function parseForeign(
  rest: string,
  {
    key,
    prefix,
    database,
    day,
  }: { readonly key: string; readonly prefix: string; readonly database: string; readonly day: string },
): ParsedBase | undefined {
  const [suffix, object] = SUFFIXES.find(([end, { role }]) => role === 'dump' && rest.endsWith(end)) ?? [];
  if (suffix === undefined || object === undefined || keyFault(key)) return undefined;
  const takenAt = parseForeignStamp(rest.slice(0, -suffix.length));
  if (takenAt?.toISOString().slice(0, 10) !== day) return undefined;
  return { prefix, database, takenAt, object, base: baseKey({ prefix, database, takenAt }), foreign: true };
}

function parseForeignStamp(stamp: string): Date | undefined {
  if (EPOCH.test(stamp)) return new Date(Number(stamp) * 1000);
  const [, year, month, date, hour = '00', minute = '00', second = '00'] = FOREIGN_STAMP.exec(stamp) ?? [];
  if (year === undefined) return undefined;
  return parseStamp(`${year}${month}${date}T${hour}${minute}${second}Z`);
}

const STAMP_LENGTH = 'YYYYMMDDTHHMMSSZ'.length;

/** `20261122T030000Z`. */
export function formatStamp(moment: Date): string {
  const year = moment.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) {
    throw new HoldfastError(
      'INTERNAL',
      `The moment ${String(moment)} cannot be part of a key: its year does not have four digits.`,
    );
  }
  return `${moment.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** The moment of `20261122T030000Z`; `undefined` for an impossible moment, such as February 30. */
export function parseStamp(stamp: string): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const moment = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return !Number.isNaN(moment.getTime()) && formatStamp(moment) === stamp ? moment : undefined;
}

function suffixOf(object: BackupObject): string {
  if (object.role === 'proof') {
    return `.proof-${formatStamp(object.verifiedAt)}${object.nonce === undefined ? '' : `-${object.nonce}`}.json`;
  }
  const compression = object.role === 'dump' ? object.compression : undefined;
  const found = SUFFIXES.find(
    ([, o]) => o.role === object.role && (!('compression' in o) || o.compression === compression),
  );
  if (!found) throw new HoldfastError('INTERNAL', `The layout has no suffix for ${JSON.stringify(object)}.`);
  return found[0];
}

function objectOf(suffix: string): BackupObject | undefined {
  const proof = /^\.proof-(.{16})(?:-([0-9a-f]{8}))?\.json$/.exec(suffix);
  if (!proof) return SUFFIXES.find(([known]) => known === suffix)?.[1];
  const [, stamp = '', nonce] = proof;
  const verifiedAt = parseStamp(stamp);
  return verifiedAt && { role: 'proof', verifiedAt, ...(nonce !== undefined && { nonce }) };
}

function invalidPart(what: string, value: string, fault: string): HoldfastError {
  return new HoldfastError('OBJECT_KEY_INVALID', `The ${what} ${quoted(value)} has no place in a vault: ${fault}.`);
}
