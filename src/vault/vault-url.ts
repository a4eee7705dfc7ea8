/** Where a vault is, as the user writes it. */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import { openFileStore } from './file/file-store.js';
import { findMarkedBelow } from './file/inner-vaults.js';
import { keyFault } from './object-key.js';
import type { ObjectStore } from './object-store.js';
import type { S3VaultOptions } from './s3/open-s3-vault.js';

export type VaultLocation =
  | { readonly kind: 'file'; /** Absolute. */ readonly directory: string }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** Without slashes at its ends; empty for none. */ readonly prefix: string;
    };

/**
 * Opens the vault at a URL. Nothing is read or written yet.
 *
 * @param options for vaults in S3: environment, region, key …
 * @throws HoldfastError VAULT_URL_INVALID with the right form, or when the region of a bucket is not known;
 *   CONFIG_INVALID for a `kmsKeyArn` that is not the ARN of a key
 */
export async function openVault(url: string, options?: S3VaultOptions): Promise<ObjectStore> {
  const location = parseVaultUrl(url);
  if (location.kind === 'file') return openFileStore(location.directory);
  // Loaded here: the AWS SDK takes longer to load than most commands on a directory take to run.
  const { openS3Vault } = await import('./s3/open-s3-vault.js');
  return openS3Vault(location, options);
}

/**
 * Reads `file:///dir` or `s3://bucket[/prefix]`. A path without a scheme is refused: `backups` could be a directory
 * or a forgotten `s3://`, and a backup in the wrong place is noticed too late.
 *
 * @throws HoldfastError VAULT_URL_INVALID with the right form
 */
export function parseVaultUrl(url: string): VaultLocation {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === 'file') return parseFileUrl(url);
  if (scheme === 's3') return parseS3Url(url);
  if (url.trim() === '') throw invalid(url, 'it is empty');
  if (scheme === undefined) throw invalid(url, 'it has no scheme', `Write ${fileUrl(url)} for that directory.`);
  throw invalid(url, `this version has no store for ${scheme}:`);
}

/**
 * The URLs of all places that hold a vault: the directories above it, as written and without links, or the prefixes
 * above it down to the bucket. The nearest first.
 *
 * @throws HoldfastError VAULT_URL_INVALID
 */
export async function urlsAbove(url: string): Promise<string[]> {
  const location = parseVaultUrl(url);
  if (location.kind === 'file') {
    const real = await realPathOf(location.directory);
    const paths = new Set([...directoriesAbove(location.directory), ...directoriesAbove(real)]);
    return [...paths].filter((path) => path !== '/').map((path) => pathToFileURL(path).href);
  }
  const segments = location.prefix === '' ? [] : location.prefix.split('/');
  return segments.map((_, index) => `s3://${[location.bucket, ...segments.slice(0, -1 - index)].join('/')}`);
}

/**
 * The URL of a vault below this place, if there is one: of the directories or prefixes in it.
 *
 * @param marker the key of a vault's marker
 * @throws HoldfastError VAULT_URL_INVALID; the signal's error
 */
export async function markedBelow(
  url: string,
  { store, marker, signal }: { readonly store: ObjectStore; readonly marker: string; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const location = parseVaultUrl(url);
  if (location.kind === 'file') {
    const found = await findMarkedBelow(location.directory, marker, signal);
    return found === undefined ? undefined : pathToFileURL(found).href;
  }
  try {
    for await (const { key } of store.list('', signal)) {
      if (key.endsWith(`/${marker}`)) return `${store.url.replace(/\/$/, '')}/${key.slice(0, -marker.length - 1)}`;
    }
  } catch (error) {
    // Who may not list a bucket may write its marker all the same.
    if (!(error instanceof HoldfastError) || error.code !== 'VAULT_UNREADABLE') throw error;
  }
  return undefined;
}

/** The path without links, as far down as it exists. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path === dirname(path) ? path : join(await realPathOf(dirname(path)), basename(path));
  }
}

function directoriesAbove(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...directoriesAbove(parent)];
}

function parseFileUrl(url: string): VaultLocation {
  const path = url.slice('file:'.length);
  if (!path.startsWith('///')) {
    throw invalid(url, 'a file URL has three slashes and an absolute path', `Write ${meantBy(path)}.`);
  }
  if (/[?#]/.test(path)) {
    throw invalid(url, '? and # end the path of a URL', `Write them as %3F and %23: ${fileUrl(path.slice(2))}.`);
  }
  try {
    const directory = fileURLToPath(url);
    if (!directory.includes('\0')) return { kind: 'file', directory: resolve(directory) };
  } catch {
    // Handled below: an escape that is not a character, or an escaped slash.
  }
  throw invalid(url, 'it contains an escape that is invalid in a path', 'Write a % in a name as %25.');
}

/**
 * What a URL with too few slashes stands for. `file://srv/vault` lacks one; only a path that says so begins at the
 * working directory.
 */
function meantBy(path: string): string {
  const rest = path.replace(/^\/\//, '');
  if (rest === '') return 'file:///absolute/dir';
  const relative = !path.startsWith('/') || /^\.\.?(?:\/|$)/.test(rest);
  return fileUrl(relative ? rest : `/${rest}`);
}

function parseS3Url(url: string): VaultLocation {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)(.*)$/is.exec(url) ?? [];
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw invalid(
      url,
      'a bucket has 3 to 63 lower-case letters, digits, dots and hyphens',
      'Write s3://bucket/prefix.',
    );
  }
  const prefix = path.replace(/^\//, '').replace(/\/$/, '');
  const fault = prefix === '' ? undefined : keyFault(prefix);
  if (fault) throw invalid(url, `its prefix cannot be part of a key: ${fault}`, 'Write s3://bucket/prefix.');
  return { kind: 's3', bucket, prefix };
}

function fileUrl(path: string): string {
  return pathToFileURL(resolve(path)).href;
}

function invalid(url: string, fault: string, hint?: string): HoldfastError {
  // A database URL given by mistake may contain a password; then the example derived from it would contain it too.
  const shown = url.replace(/(^|\/\/)[^/]*@/, '$1[redacted]@');
  const safeHint = shown === url ? hint : undefined;
  return new HoldfastError('VAULT_URL_INVALID', `${quoted(shown)} is not the URL of a vault: ${fault}.`, {
    hint: safeHint,
  });
}
