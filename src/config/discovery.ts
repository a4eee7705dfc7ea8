/** Makes databases of an entry with `discover`. Pure: whoever talks to the server hands in the names. */
import { HoldfastError } from '../core/errors.js';
import type { DatabaseConfig, DiscoveryConfig, HoldfastConfig } from './config.js';
import { readConnectionUrl } from './connection-url.js';
import { toValidName } from './name.js';

/** Templates hold no data of the user's, and RDS lets nobody into its own database. */
const NEVER_TAKEN = new Set(['template0', 'template1', 'rdsadmin']);

/** What a discovery found on its server. */
export interface Discovered {
  readonly entry: DiscoveryConfig;
  /** Names of the server's databases. */
  readonly databaseNames: readonly string[];
}

/**
 * The databases that an entry stands for, in the order of their names.
 *
 * @param databaseNames the names of the server's databases (`datname` of pg_database, `datallowconn`, no templates)
 * @throws HoldfastError CONFIG_INVALID when two of them would get the same name
 */
export function expandDiscovered(entry: DiscoveryConfig, databaseNames: readonly string[]): DatabaseConfig[] {
  const { namePrefix, include, exclude, dbName: _listing, ...server } = entry;
  const databases = databaseNames
    .filter((dbName) => !NEVER_TAKEN.has(dbName) && matchesAny(dbName, include) && !matchesAny(dbName, exclude))
    .sort()
    .map((dbName): DatabaseConfig => {
      const name = toValidName(namePrefix === undefined ? dbName : `${namePrefix}-${dbName}`);
      return { name, dbName, ...server };
    });
  refuseDuplicates(databases);
  return databases;
}

/**
 * The config with its discoveries replaced by the databases they found. A database that has an entry of its own on
 * the same server keeps that entry.
 *
 * @throws HoldfastError CONFIG_INVALID when two databases would share a name
 */
export function withDiscovered(config: HoldfastConfig, found: readonly Discovered[]): HoldfastConfig {
  const own = new Set(config.databases.map(identity));
  const added = found
    .flatMap(({ entry, databaseNames }) => expandDiscovered(entry, databaseNames))
    .filter((database) => !own.has(identity(database)));
  const databases = [...config.databases, ...added];
  refuseDuplicates(databases);
  return { ...config, databases, discoveries: [] };
}

function refuseDuplicates(databases: readonly DatabaseConfig[]): void {
  const seen = new Map<string, DatabaseConfig>();
  for (const database of databases) {
    const other = seen.get(database.name);
    if (other !== undefined) {
      throw new HoldfastError(
        'CONFIG_INVALID',
        `${describe(other)} and ${describe(database)} would both be stored under the name "${database.name}".`,
        { hint: 'Give one of them an entry of its own with another name, or its discovery a name as prefix.' },
      );
    }
    seen.set(database.name, database);
  }
}

function describe(database: DatabaseConfig): string {
  return `database ${JSON.stringify(database.dbName)} of ${serverOf(database) ?? 'the server in its secret'}`;
}

function identity(database: DatabaseConfig): string {
  return JSON.stringify([serverOf(database) ?? database.secretArn, database.dbName]);
}

function serverOf({ host, port, url }: DatabaseConfig): string | undefined {
  const parts = url === undefined ? undefined : readConnectionUrl(url);
  const address = host ?? parts?.host;
  return address === undefined ? undefined : `${address.toLowerCase()}:${port ?? parts?.port ?? 5432}`;
}

function matchesAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => wildcard(pattern).test(name));
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 's');
}
