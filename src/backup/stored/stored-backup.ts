/** A backup as stored in the vault: found, its manifest read. */
import { HoldfastError } from '../../core/errors.js';
import type { CompleteBackup } from '../../vault/catalog.js';
import { readManifest, type Manifest } from '../../vault/formats/manifest.js';
import type { ObjectStore } from '../../vault/object-store.js';

export type ManifestPart = Manifest['parts'][number];

type Role = 'dump' | 'globals' | 'entries' | 'segments';

export interface StoredBackup {
  readonly backup: CompleteBackup;
  readonly manifest: Manifest;
  readonly manifestSha256: string;
  readonly dump: ManifestPart;
  readonly globals: ManifestPart;
  readonly entries: ManifestPart;
  /** The index of the dump's segments; older backups have none. */
  readonly segments: ManifestPart | undefined;
}

/**
 * Reads the manifest of a backup.
 *
 * @throws HoldfastError MANIFEST_INVALID, OBJECT_MISSING, VAULT_UNREADABLE
 */
export async function openBackup(
  store: ObjectStore,
  backup: CompleteBackup,
  signal?: AbortSignal,
): Promise<StoredBackup> {
  const { manifest, sha256 } = await readManifest(store, backup.manifestKey, signal);
  const part = (role: Role) => {
    const found = manifest.parts.filter((candidate) => candidate.role === role);
    if (found.length === 1 || (found.length === 0 && role === 'segments')) return found[0];
    throw new HoldfastError(
      'MANIFEST_INVALID',
      `The manifest ${backup.manifestKey} names ${found.length} parts of the role ${role}; this Holdfast reads backups with one.`,
    );
  };
  const required = (role: Role) => part(role) as ManifestPart;
  return {
    // If several objects could be its dump, the listing cannot tell which one is.
    backup: { ...backup, key: manifest.key },
    manifest,
    manifestSha256: sha256,
    dump: required('dump'),
    globals: required('globals'),
    entries: required('entries'),
    segments: part('segments'),
  };
}
