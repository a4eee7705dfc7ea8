/** Turns an entry with `discover` into databases. Pure: the caller talks to the server and passes in the names. */
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import { matchesGlob } from '../syntax/glob.js';
import type { DatabaseConfig, DiscoveryConfig, HoldfastConfig } from './config.js';
import { readConnectionUrl } from './connection-url.js';
import { dbNameProblem, toValidName } from './name.js';

/** Templates hold no user data, and RDS lets nobody into its own database. */
const NEVER_TAKEN = new Set(['template0', 'template1', 'rdsadmin']);

/** What a discovery found on its server. */
export interface Discovered {
  readonly entry: DiscoveryConfig;
  /** Names of the server's databases, the oldest first. */
  readonly databaseNames: readonly string[];
  /** The cluster's, where it may be read. */
  readonly systemIdentifier?: string | undefined;
}

/** The source of the backups that a vault holds under a name. */
export interface Holder {
  readonly dbName: string;
  readonly systemIdentifier: string | undefined;
}

/** A database that is not backed up, and why. The others are backed up all the same. */
export interface RefusedDatabase {
  /** `database "a/b" of host:5432` */
  readonly subject: string;
  /** Its name on the server. */
  readonly dbName: string;
  readonly error: HoldfastError;
}

/**
 * The databases that an entry stands for, in the order of their names. Two of them may get the same name in the vault:
 * {@link withDiscovered} decides between them.
 *
 * @param databaseNames the names of the server's databases (`datname` of pg_database, `datallowconn`, no templates)
 */
export function expandDiscovered(entry: DiscoveryConfig, databaseNames: readonly string[]): DatabaseConfig[] {
  const { namePrefix: prefix, include, exclude, dbName: _listing, ...server } = entry;
  return databaseNames
    .filter((dbName) => !NEVER_TAKEN.has(dbName) && matchesAny(dbName, include) && !matchesAny(dbName, exclude))
    .sort()
    .map((dbName): DatabaseConfig => ({
      name: toValidName(prefix === undefined ? dbName : `${prefix}-${dbName}`),
      dbName,
      ...server,
    }));
}

/** A discovered database that may be stored under its name, unless another one has a better claim. */
interface Candidate {
  readonly database: DatabaseConfig;
  readonly entry: DiscoveryConfig;
  readonly age: number;
  readonly systemIdentifier: string | undefined;
}

/** What is found and has no entry of its own: those whose names can be dumped, and those whose names cannot. */
function candidatesOf(
  config: HoldfastConfig,
  found: readonly Discovered[],
): { readonly usable: readonly Candidate[]; readonly unusable: readonly RefusedDatabase[] } {
  const own = new Set(config.databases.map(identityOfDatabase));
  const all = found.flatMap(({ entry, databaseNames, systemIdentifier }) =>
    expandDiscovered(entry, databaseNames)
      .filter((database) => !own.has(identityOfDatabase(database)))
      .map((database) => ({ database, entry, systemIdentifier, age: databaseNames.indexOf(database.dbName) })),
  );
  return {
    usable: all.filter(({ database }) => dbNameProblem(database.dbName) === undefined),
    unusable: all.flatMap(({ database }) => {
      const problem = dbNameProblem(database.dbName);
      if (problem === undefined) return [];
      const error = new HoldfastError('DATABASE_NAME_UNUSABLE', problem);
      return [{ subject: describeDatabase(database), dbName: database.dbName, error }];
    }),
  };
}

/** The names in the vault that several discovered databases would be stored under: what is there already decides. */
export function contestedNames(config: HoldfastConfig, found: readonly Discovered[]): string[] {
  const configured = new Set(config.databases.map(({ name }) => name));
  const names = candidatesOf(config, found).usable.map(({ database }) => database.name);
  return [...new Set(names.filter((name, index) => !configured.has(name) && names.indexOf(name) !== index))];
}

/**
 * The config with its discoveries replaced by the databases they found. A database that has an entry of its own on
 * the same server keeps that entry.
 *
 * Anyone who may create databases chooses their names, so nothing about a name is a claim, not even that it needs no
 * change. A name in the vault goes to the config's own entry, then to the database whose backups the vault holds under
 * it, then to the oldest. The others are refused.
 *
 * @param found with the names of each server from the oldest database to the newest
 * @param held the source of what the vault holds under each of {@link contestedNames}, where that is known
 */
export function withDiscovered(
  config: HoldfastConfig,
  found: readonly Discovered[],
  held: ReadonlyMap<string, Holder> = new Map(),
): { readonly config: HoldfastConfig; readonly refused: readonly RefusedDatabase[] } {
  const { usable, unusable } = candidatesOf(config, found);
  const isHeld = (candidate: Candidate) => holds(held.get(candidate.database.name), candidate);
  const claims = new Map<string, Claim>(
    config.databases.map((database) => [database.name, { database, reason: 'which has an entry of its own' }]),
  );
  for (const candidate of usable.toSorted((a, b) => Number(isHeld(b)) - Number(isHeld(a)) || a.age - b.age)) {
    const { database, entry } = candidate;
    if (claims.has(database.name)) continue;
    claims.set(database.name, {
      database,
      entry,
      ...(isHeld(candidate) && { reason: 'whose backups the vault holds' }),
    });
  }
  const taken: DatabaseConfig[] = [];
  const refused: RefusedDatabase[] = [...unusable];
  for (const candidate of usable) {
    const claim = claims.get(candidate.database.name);
    if (claim === undefined || claim.database === candidate.database) taken.push(candidate.database);
    else refused.push(refusal(candidate, claim));
  }
  return { config: { ...config, databases: [...config.databases, ...taken], discoveries: [] }, refused };
}

/** What a name in the vault stands for, and why. */
interface Claim {
  readonly database: DatabaseConfig;
  /** Absent for a database of the config. */
  readonly entry?: DiscoveryConfig;
  /** Absent where nothing but the order decided. */
  readonly reason?: string;
}

/** An identifier that is not known neither equals another nor differs from it. */
function holds(holder: Holder | undefined, { database, systemIdentifier }: Candidate): boolean {
  if (holder?.dbName !== database.dbName) return false;
  const known = holder.systemIdentifier !== undefined && systemIdentifier !== undefined;
  return !known || holder.systemIdentifier === systemIdentifier;
}

function refusal({ database, entry }: Candidate, claim: Claim): RefusedDatabase {
  const { name, dbName } = database;
  const reason = claim.reason ?? (claim.entry === entry ? 'which is older by its OID' : 'which comes first');
  const message = `It would be stored under the name "${name}", which stands for ${describeDatabase(claim.database)}, ${reason}.`;
  const apart =
    claim.entry === undefined || claim.entry === entry
      ? ''
      : ' or give one of the two discoveries a name, which becomes a prefix;';
  const hint = `Add an entry for it to databases, with dbName ${quoted(dbName)} and a name of its own;${apart} or leave it out by discover.exclude.`;
  return {
    subject: describeDatabase(database),
    dbName,
    error: new HoldfastError('DATABASE_NAME_TAKEN', message, { hint }),
  };
}

function describeDatabase(database: DatabaseConfig): string {
  return `database ${quoted(database.dbName)} of ${serverOf(database) ?? 'the server in its secret'}`;
}

function identityOfDatabase(database: DatabaseConfig): string {
  return JSON.stringify([serverOf(database) ?? database.secretArn, database.dbName]);
}

function serverOf({ host, port, url }: DatabaseConfig): string | undefined {
  const parts = url === undefined ? undefined : readConnectionUrl(url);
  const address = host ?? parts?.host;
  return address === undefined ? undefined : `${address.toLowerCase()}:${port ?? parts?.port ?? 5432}`;
}

function matchesAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, name));
}
