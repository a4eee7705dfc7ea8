import { join } from 'node:path';
import type { Scene } from './fault-kind.js';
import { fileVault, type VaultPlace } from './vault-place.js';

/** A vault of the scene's own that holds one proven backup, of the database `db`. */
export function vaultWithBackup(scene: Scene): VaultPlace {
  scene.world.copyVault(join(scene.directory, 'vault'));
  return fileVault(scene);
}
