/** Whose dump role is meant: a database of the config, or one that a discovery of the config takes. */
import type { DatabaseConfig, DiscoveryConfig, HoldfastConfig } from '../../config/config.js';
import { expandDiscovered } from '../../config/discovery.js';
import { findDatabase } from '../../config/find-database.js';
import { HoldfastError } from '../../core/errors.js';
import { oneDatabase } from './one-database.js';

export type DumpTarget = Pick<DatabaseConfig, 'dbName' | 'user' | 'iam'>;

/**
 * A discovered database is named as on its server, or as in the vault if that is only a prefix more: no server is asked.
 * Without a name, a config of one discovery means the database from which it lists the others.
 *
 * @throws HoldfastError USAGE, UNKNOWN_DATABASE
 */
export function toDump(config: HoldfastConfig, name: string | undefined): DumpTarget {
  const { databases, discoveries } = config;
  if (discoveries.length === 0) return name === undefined ? oneDatabase(config, name) : known(config, name, HINT);
  if (name === undefined) {
    const [only, ...others] = discoveries;
    if (only !== undefined && others.length === 0 && databases.length === 0) return only;
    throw new HoldfastError('USAGE', 'The config stands for several databases, each with a role of its own.', {
      hint: `${HINT} ${DISCOVERED}`,
    });
  }
  if (databases.some((database) => database.name === name)) return findDatabase(config, name);
  // As in the vault first: there, a name stands for one database.
  const found = discoveries.flatMap((entry) => stripped(entry, name)).at(0) ?? taken(discoveries, name);
  return found ?? known(config, name, `${HINT} ${DISCOVERED}`);
}

const HINT = 'Name a database of the config: `holdfast policy database NAME`.';
const DISCOVERED = 'One that is discovered is named as on its server, and must match discover.include.';

function known(config: HoldfastConfig, name: string, hint: string): DumpTarget {
  try {
    return findDatabase(config, name);
  } catch (error) {
    throw error instanceof HoldfastError ? new HoldfastError(error.code, error.message, { hint }) : error;
  }
}

function stripped(entry: DiscoveryConfig, name: string): DumpTarget[] {
  if (entry.namePrefix === undefined || !name.startsWith(`${entry.namePrefix}-`)) return [];
  return expandDiscovered(entry, [name.slice(entry.namePrefix.length + 1)]).filter(
    (database) => database.name === name,
  );
}

function taken(discoveries: readonly DiscoveryConfig[], dbName: string): DumpTarget | undefined {
  const found = discoveries.flatMap((entry) => expandDiscovered(entry, [dbName]));
  const roles = new Set(found.map(({ user, iam }) => JSON.stringify([user, iam])));
  if (roles.size <= 1) return found[0];
  throw new HoldfastError('USAGE', `Several discoveries take a database "${dbName}", as different roles.`, {
    hint: 'Name it as in the vault: the name of its discovery, a hyphen, and its own.',
  });
}
