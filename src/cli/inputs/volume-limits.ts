import type { HoldfastConfig } from '../../config/index.js';
import { resolveVolume, type VolumeConfig } from '../../config/sections/volume.js';

/** How much less than the one before a backup may hold: as the config says of the database, else what holds for all. */
export function volumeLimits(
  config: Pick<HoldfastConfig, 'databases'> | undefined,
): (database: string) => VolumeConfig {
  return (database) => config?.databases.find(({ name }) => name === database)?.volume ?? resolveVolume();
}
