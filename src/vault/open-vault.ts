/** Opens the vault at a URL, and finds vaults around it. */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HoldfastError } from '../core/errors.js';
import { parseVaultUrl, s3VaultUrl } from '../syntax/vault-url.js';
import { openFileStore } from './file/file-store.js';
import { findMarkedBelow } from './file/inner-vaults.js';
import type { ObjectStore } from './object-store.js';
import type { S3VaultOptions } from './s3/open-s3-vault.js';

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
  return segments.map((_, index) =>
    s3VaultUrl({ bucket: location.bucket, prefix: segments.slice(0, -1 - index).join('/') }),
  );
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
