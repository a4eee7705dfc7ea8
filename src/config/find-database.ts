import { HoldfastError } from '../core/errors.js';
import type { DatabaseConfig, HoldfastConfig } from './config.js';
import { nearest } from '../core/nearest.js';

/**
 * The database that is called `name`.
 *
 * @throws HoldfastError UNKNOWN_DATABASE with the nearest name
 */
export function findDatabase(config: HoldfastConfig, name: string): DatabaseConfig {
  const found = config.databases.find((database) => database.name === name);
  if (found) return found;
  const names = config.databases.map((database) => database.name);
  const near = nearest(name, names);
  const where = config.environment === undefined ? 'The config' : `Environment ${config.environment}`;
  const known = names.length === 0 ? 'It names none.' : `Known: ${names.join(', ')}.`;
  throw new HoldfastError(
    'UNKNOWN_DATABASE',
    `${where} has no database "${name}".${near === undefined ? '' : ` Did you mean "${near}"?`} ${known}`,
  );
}
