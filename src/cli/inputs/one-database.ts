import type { DatabaseConfig, HoldfastConfig } from '../../config/config.js';
import { findDatabase } from '../../config/find-database.js';
import { HoldfastError } from '../../core/errors.js';

/** The database that is named, or the only one. @throws HoldfastError USAGE, UNKNOWN_DATABASE */
export function oneDatabase(config: HoldfastConfig, name: string | undefined): DatabaseConfig {
  if (name !== undefined) return findDatabase(config, name);
  const [only, ...others] = config.databases;
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) {
    throw new HoldfastError('USAGE', 'The config names no database.', {
      hint: 'Add one under databases: what is discovered is known to its server alone.',
    });
  }
  throw new HoldfastError('USAGE', 'Several databases have one each: name the database.', {
    hint: `The config has: ${config.databases.map((database) => database.name).join(', ')}.`,
  });
}
