/** What is asked of the databases: by the config, and over it by the command's options. */
import type { Expectations } from '../../backup/status/judge.js';
import type { StatusRequest } from '../../backup/status/read-status.js';
import type { HoldfastConfig } from '../../config/config.js';
import { expandDiscovered } from '../../config/discovery.js';
import type { ObjectivesConfig } from '../../config/sections/objectives.js';
import { resolveVolume } from '../../config/sections/volume.js';

/** @param over objectives that are given for all databases, in place of the config's */
export function expectationsOf(
  config: Pick<HoldfastConfig, 'databases' | 'discoveries'> | undefined,
  over: Partial<ObjectivesConfig>,
): Pick<StatusRequest, 'expected' | 'others'> {
  const { databases = [], discoveries = [] } = config ?? {};
  const foreign: Expectations = { configured: false, objectives: over, volume: resolveVolume() };
  return {
    expected: new Map(
      databases.map(({ name, objectives, volume }) => [
        name,
        { configured: true, objectives: { ...objectives, ...over }, volume },
      ]),
    ),
    others: (database, dbName) => {
      // Which server it came from is not looked at: the address of a server may change.
      const discovery = discoveries.find(
        (entry) => dbName !== undefined && expandDiscovered(entry, [dbName])[0]?.name === database,
      );
      if (!discovery) return foreign;
      const { objectives, volume } = discovery;
      return { configured: true, objectives: { ...objectives, ...over }, volume };
    },
  };
}
