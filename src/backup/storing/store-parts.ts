/** What storing a backup's objects takes, whoever made its dump. */
import { HoldfastError } from '../../core/errors.js';
import { compress } from '../../dump/compression/compress.js';
import { readManifest } from '../../vault/formats/manifest.js';
import { requireVaultMarker, type VaultMarker } from '../../vault/formats/vault-marker.js';
import type { ObjectStore } from '../../vault/object-store.js';
import type { BackupContext } from '../operation/context.js';

/**
 * Asked after a failure that leaves it open. A manifest must never exist without its objects, so in doubt they stay.
 */
export async function mayBeStored(store: ObjectStore, key: string): Promise<boolean> {
  return store.head(key).then(
    (found) => found !== undefined,
    () => true,
  );
}

/** A disk that was unmounted while the dump ran leaves an empty mount point, which is no place for a manifest. */
export async function requireSameVault(
  store: ObjectStore,
  before: VaultMarker | undefined,
  signal: AbortSignal,
): Promise<void> {
  const now = await requireVaultMarker(store, signal);
  if (now?.id === before?.id) return;
  throw new HoldfastError(
    'VAULT_UNMARKED',
    `Nothing was stored: the vault at ${store.url} is not the one that was there when the backup began.`,
    { hint: 'Check what is mounted there (findmnt, df), and run the backup again.' },
  );
}

/**
 * If the store lets us delete, nothing is left of a failed backup; if not, objects without a manifest are no backup. What a
 * manifest names stays: somebody has made a backup of it meanwhile (`adopt`).
 */
export async function removeStored(store: ObjectStore, keys: readonly string[], manifestKey: string): Promise<void> {
  if (!store.delete || keys.length === 0) return;
  const named = await namedBy(store, manifestKey);
  if (named === undefined) return;
  for (const key of keys) if (!named.has(key)) await store.delete(key).catch(() => {});
}

/** The objects of a manifest, none where it does not exist, and `undefined` where nobody can tell. */
async function namedBy(store: ObjectStore, manifestKey: string): Promise<ReadonlySet<string> | undefined> {
  try {
    if (!(await store.head(manifestKey))) return new Set();
    const { manifest } = await readManifest(store, manifestKey);
    return new Set([manifest.key, ...manifest.parts.map(({ key }) => key)]);
  } catch {
    return undefined;
  }
}

/** As a globals object is stored. */
export async function* compressText(
  text: string,
  { env, signal }: Pick<BackupContext, 'env' | 'signal'>,
): AsyncGenerator<Uint8Array> {
  yield* compress(once(Buffer.from(text)), { method: 'gzip', program: 'builtin', env, signal });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
