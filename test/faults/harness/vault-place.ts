/** A vault of a scene, and what lies in it when nobody of ours looks at it. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { VAULT_MARKER_KEY } from '../../../src/vault/formats/vault-marker.js';
import { newVault } from '../../helpers/vault.js';
import type { Scene } from './fault-kind.js';
import type { StoreServer } from './store-server.js';

export interface VaultPlace {
  readonly url: string;
  /** What reaches it without any fault. */
  readonly env: Readonly<Record<string, string>>;
  /** The names of everything in it: objects, temporary files, uploads that are open. */
  contents(): Promise<VaultContents>;
}

export interface VaultContents {
  readonly objects: readonly string[];
  readonly temporary: readonly string[];
  readonly openUploads: readonly string[];
}

/** A new vault in the scene's directory, or the one that lies there or in `directory`. */
export function fileVault(scene: Scene, directory = join(scene.directory, 'vault')): VaultPlace {
  if (!existsSync(join(directory, VAULT_MARKER_KEY))) newVault(directory);
  return {
    url: pathToFileURL(directory).href,
    env: {},
    contents: () => {
      const files = filesBelow(directory);
      const temporary = files.filter((name) => name.includes('.holdfast-tmp-'));
      return Promise.resolve({
        objects: files.filter((name) => name !== VAULT_MARKER_KEY && !temporary.includes(name)),
        temporary,
        openUploads: [],
      });
    },
  };
}

/** A vault in a bucket of its own. */
export async function bucketVault(store: StoreServer): Promise<VaultPlace & { readonly bucket: string }> {
  const bucket = await store.createBucket();
  return {
    bucket,
    url: `s3://${bucket}`,
    env: store.env,
    contents: async () => {
      const [listed, uploads] = await Promise.all([
        store.client.send(new ListObjectsV2Command({ Bucket: bucket })),
        store.client.send(new ListMultipartUploadsCommand({ Bucket: bucket })),
      ]);
      return {
        objects: (listed.Contents ?? []).map(({ Key = '' }) => Key),
        temporary: [],
        openUploads: (uploads.Uploads ?? []).map(({ Key = '' }) => Key),
      };
    },
  };
}

/** Files below a directory, as paths in it; none where there is no directory. */
export function filesBelow(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** A directory that a server which runs as another user may enter. */
export function openDirectory(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o755 });
  return path;
}
