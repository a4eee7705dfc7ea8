/** Which databases a `backup` is about: named in the config, all of it, or one by its URL. */
import type { DatabaseConfig, DiscoveryConfig, HoldfastConfig } from '../../config/config.js';
import { expandDiscovered, withDiscovered, type Discovered } from '../../config/discovery.js';
import { findDatabase } from '../../config/find-database.js';
import { nameProblem } from '../../config/name.js';
import { DEFAULT_COMPRESSION, DEFAULT_LOCK_WAIT_TIMEOUT } from '../../config/defaults.js';
import { parseDuration } from '../../config/duration.js';
import type { VolumeConfig } from '../../config/sections/volume.js';
import { HoldfastError } from '../../core/errors.js';
import type { CompressionMethod } from '../../dump/compression/method.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { listDatabases } from '../../postgres/databases-and-roles.js';
import type { Failure } from '../command-result.js';
import { asCodedError } from '../report-error.js';
import type { Session } from '../session.js';
import { accessByConfig, accessBySecret, accessByUrl, type SignInOptions } from './connection.js';

/** A database to back up, with what its config says of how. */
export interface BackupSource {
  readonly name: string;
  /** Opened when its turn comes, so that one that cannot be does not stop the others. */
  readonly open: () => Promise<DatabaseAccess>;
  readonly compression: CompressionMethod;
  readonly compressionLevel?: number | undefined;
  readonly schemas: readonly string[];
  readonly excludeTableData: readonly string[];
  readonly lockWaitTimeoutMs: number;
  readonly maxDurationMs?: number | undefined;
  /** Absent for a database by its URL: the defaults. */
  readonly volume?: VolumeConfig | undefined;
}

export interface SourceOptions extends SignInOptions {
  readonly all?: boolean;
  readonly url?: string;
  readonly name?: string;
}

export interface BackupSources {
  readonly sources: readonly BackupSource[];
  /** Servers whose databases could not be listed, and databases whose name in the vault another one has. */
  readonly failures: readonly Failure[];
  /** The config's. */
  readonly concurrency: number | undefined;
}

/** @throws HoldfastError USAGE, UNKNOWN_DATABASE, CONFIG_NOT_FOUND, CONFIG_INVALID, URL_INVALID; SECRET_MISSING … */
export async function selectBackupSources(
  session: Session,
  names: readonly string[],
  options: SourceOptions,
): Promise<BackupSources> {
  const ways = [names.length > 0 && 'names', options.all && '--all', options.url !== undefined && '--url'];
  const given = ways.filter((way) => typeof way === 'string');
  if (given.length > 1) throw usage(`Databases are given in ${given.length} ways: ${given.join(' and ')}.`);
  // A URL in the environment is a default; names and --all are said on purpose.
  const url = options.url ?? (given.length === 0 ? session.env.HOLDFAST_URL || undefined : undefined);
  if (url !== undefined || (given.length === 0 && options.secret !== undefined)) {
    const access =
      url === undefined ? await accessBySecret(session, options) : await accessByUrl(session, url, options);
    return { sources: [sourceOf(access, options)], failures: [], concurrency: undefined };
  }
  if (given.length === 0) throw usage('No database is named.');
  if (options.name !== undefined) throw usage('--name goes with --url: a database of the config has its name there.');
  return sourcesByConfig(session, names, options);
}

function sourceOf(access: DatabaseAccess, options: SourceOptions): BackupSource {
  const name = options.name ?? access.target.database;
  const problem = nameProblem(name);
  if (problem !== undefined) {
    throw new HoldfastError(
      'USAGE',
      `${JSON.stringify(name)} cannot be the name of a database in a vault. ${problem}`,
      {
        hint: options.name === undefined ? 'Give it another name with --name.' : 'Choose another --name.',
      },
    );
  }
  return {
    name,
    open: () => Promise.resolve(access),
    compression: DEFAULT_COMPRESSION,
    schemas: [],
    excludeTableData: [],
    lockWaitTimeoutMs: parseDuration(DEFAULT_LOCK_WAIT_TIMEOUT) ?? 0,
  };
}

async function sourcesByConfig(
  session: Session,
  names: readonly string[],
  signIn: SignInOptions,
): Promise<BackupSources> {
  const written = await session.config.required('Give --config FILE, or work without one: --url, --name and --vault.');
  const isKnown = (name: string) => written.databases.some((database) => database.name === name);
  const needsDiscovery = names.length === 0 || !names.every(isKnown);
  const { config, failures } = needsDiscovery ? await discover(session, written, signIn) : unchanged(written);
  if (names.length === 0 && config.databases.length === 0 && failures.length === 0) {
    throw new HoldfastError('CONFIG_INVALID', 'The config has no database to back up.', {
      hint: 'Add one under databases.',
    });
  }
  // A name that is unknown because its server could not be asked is that server's failure.
  const [failure] = failures;
  if (failure && !names.every((name) => config.databases.some((database) => database.name === name)))
    throw failure.error;
  const chosen = names.length === 0 ? config.databases : [...new Set(names)].map((name) => findDatabase(config, name));
  return {
    sources: chosen.map((database) => toSource(session, database, signIn)),
    failures: names.length === 0 ? failures : [],
    concurrency: config.concurrency,
  };
}

function toSource(session: Session, database: DatabaseConfig, signIn: SignInOptions): BackupSource {
  const { name, dbName } = database;
  return { ...database, open: () => accessByConfig(session, database, dbName, `database "${name}"`, signIn) };
}

interface Discovery {
  readonly config: HoldfastConfig;
  readonly failures: readonly Failure[];
}

function unchanged(config: HoldfastConfig): Discovery {
  return { config, failures: [] };
}

async function discover(session: Session, config: HoldfastConfig, signIn: SignInOptions): Promise<Discovery> {
  const found: Discovered[] = [];
  const failures: Failure[] = [];
  for (const entry of config.discoveries) {
    try {
      found.push({ entry, databaseNames: await listServer(session, entry, signIn) });
    } catch (error) {
      if (session.signal.aborted) throw error;
      failures.push({ subject: describe(entry), error: asCodedError(error) });
    }
  }
  const { config: whole, refused } = withDiscovered(config, found);
  return { config: whole, failures: [...failures, ...refused] };
}

async function listServer(session: Session, entry: DiscoveryConfig, signIn: SignInOptions): Promise<string[]> {
  const access = await accessByConfig(session, entry, entry.dbName, describe(entry), signIn);
  const client = await access.connect({ readOnly: true, signal: session.signal });
  try {
    const { names, closed } = await listDatabases(client);
    // What the entry would take, were it open.
    for (const { dbName } of expandDiscovered(entry, closed)) {
      session.logger.warn(
        `Not backed up: database ${JSON.stringify(dbName)} is closed to all connections (datallowconn is false).`,
      );
    }
    return [...names];
  } finally {
    await client.end();
  }
}

function describe({ namePrefix, host }: DiscoveryConfig): string {
  return `discovery of ${namePrefix ?? host ?? 'a server'}`;
}

function usage(message: string): HoldfastError {
  return new HoldfastError('USAGE', message, {
    hint: 'Name databases of the config, or give --all, or --url (or HOLDFAST_URL, or --secret).',
  });
}
