/** What the config says of restoring a database of the vault: how long it may take, and whether its code is trusted. */
import type { HoldfastConfig, ServerConfig } from '../../config/config.js';
import { expandDiscovered } from '../../config/discovery.js';

type RestoreSettings = Pick<ServerConfig, 'restoreMaxDurationMs' | 'trusted'>;

/** @param database its name in the vault. Whatever the config does not name has no settings. */
export function restoreSettings(
  config: Pick<HoldfastConfig, 'databases' | 'discoveries'> | undefined,
  database: string,
): Partial<RestoreSettings> {
  const named = config?.databases.find(({ name }) => name === database);
  return named ?? config?.discoveries.find((entry) => standsFor(entry, database)) ?? {};
}

function standsFor(entry: HoldfastConfig['discoveries'][number], database: string): boolean {
  const prefix = entry.namePrefix === undefined ? '' : `${entry.namePrefix}-`;
  if (!database.startsWith(prefix)) return false;
  return expandDiscovered(entry, [database.slice(prefix.length)])[0]?.name === database;
}
