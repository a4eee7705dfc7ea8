/** Turns an entry with `discover` into databases. Pure: the caller talks to the server and passes in the names. */
import { HoldfastError } from '../core/errors.js';
import type { DatabaseConfig, DiscoveryConfig, HoldfastConfig } from './config.js';
import { readConnectionUrl } from './connection-url.js';
import { toValidName } from './name.js';

/** Templates hold no user data, and RDS lets nobody into its own database. */
const NEVER_TAKEN = new Set(['template0', 'template1', 'rdsadmin']);

/** What a discovery found on its server. */
export interface Discovered {
  readonly entry: DiscoveryConfig;
  /** Names of the server's databases. */
  readonly databaseNames: readonly string[];
}

/** A database that is not backed up, and why. The others are backed up all the same. */
export interface RefusedDatabase {
  /** `database "a/b" of host:5432` */
  readonly subject: string;
  readonly error: HoldfastError;
}

/**
 * The databases that an entry stands for, in the order of their names. Two of them may get the same name in the vault:
 * {@link withDiscovered} decides between them.
 *
 * @param databaseNames the names of the server's databases (`datname` of pg_database, `datallowconn`, no templates)
 */
export function expandDiscovered(entry: DiscoveryConfig, databaseNames: readonly string[]): DatabaseConfig[] {
  const { namePrefix: _prefix, include, exclude, dbName: _listing, ...server } = entry;
  return databaseNames
    .filter((dbName) => !NEVER_TAKEN.has(dbName) && matchesAny(dbName, include) && !matchesAny(dbName, exclude))
    .sort()
    .map((dbName): DatabaseConfig => ({ name: toValidName(namedBy(entry, dbName)), dbName, ...server }));
}

function namedBy({ namePrefix }: DiscoveryConfig, dbName: string): string {
  return namePrefix === undefined ? dbName : `${namePrefix}-${dbName}`;
}

/**
 * The config with its discoveries replaced by the databases they found. A database that has an entry of its own on
 * the same server keeps that entry.
 *
 * Anyone who may create databases chooses their names, so a name in the vault goes to the one with the best claim to it,
 * and the others are refused: first the config's own entries, then a database with exactly that name, then the oldest.
 *
 * @param found with the names of each server from the oldest database to the newest
 */
export function withDiscovered(
  config: HoldfastConfig,
  found: readonly Discovered[],
): { readonly config: HoldfastConfig; readonly refused: readonly RefusedDatabase[] } {
  const own = new Set(config.databases.map(identity));
  const added = found
    .flatMap(({ entry, databaseNames }) =>
      expandDiscovered(entry, databaseNames).map((database) => ({
        database,
        exact: database.name === namedBy(entry, database.dbName),
        age: databaseNames.indexOf(database.dbName),
      })),
    )
    .filter(({ database }) => !own.has(identity(database)));
  const holders = new Map(config.databases.map((database) => [database.name, database]));
  for (const { database } of added.toSorted((a, b) => Number(b.exact) - Number(a.exact) || a.age - b.age)) {
    if (!holders.has(database.name)) holders.set(database.name, database);
  }
  const refused = added.flatMap(({ database }) => {
    const holder = holders.get(database.name);
    return holder === undefined || holder === database ? [] : [refusal(database, holder)];
  });
  const taken = added.map(({ database }) => database).filter((database) => holders.get(database.name) === database);
  return { config: { ...config, databases: [...config.databases, ...taken], discoveries: [] }, refused };
}

function refusal(database: DatabaseConfig, holder: DatabaseConfig): RefusedDatabase {
  const subject = describe(database);
  const message = `It would be stored under the name "${database.name}", which ${describe(holder)} already uses.`;
  return { subject, error: new HoldfastError('DATABASE_NAME_TAKEN', message) };
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
