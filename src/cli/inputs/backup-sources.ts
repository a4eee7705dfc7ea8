/** Which databases a `backup` is about: named in the config, all of it, or one by its URL. */
import type { DatabaseConfig, DiscoveryConfig, HoldfastConfig } from '../../config/config.js';
import {
  contestedNames,
  expandDiscovered,
  withDiscovered,
  type Discovered,
  type Holder,
  type RefusedDatabase,
} from '../../config/discovery.js';
import { findDatabase } from '../../config/find-database.js';
import { nameProblem } from '../../config/name.js';
import { resolveDumpSettings, type DumpSettings } from '../../config/sections/dump-settings.js';
import type { VolumeConfig } from '../../config/sections/volume.js';
import { readHeldSource } from '../../backup/create/check-source.js';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { listDatabases, type PassedOver } from '../../postgres/databases-and-roles.js';
import { readSystemIdentifier } from '../../postgres/server-facts.js';
import type { Failure } from '../command-result.js';
import { asCodedError } from '../report-error.js';
import type { Session } from '../session.js';
import { openUnasked } from './open-context.js';
import { accessByConfig, accessBySecret, accessByUrl, type SignInOptions } from './connection.js';

/** How many names a message shows. */
const SHOWN_NAMES = 10;

/** A database to back up, with what its config says of how. */
export interface BackupSource extends DumpSettings {
  readonly name: string;
  /** Opened when its turn comes, so that one that cannot be does not stop the others. */
  readonly open: () => Promise<DatabaseAccess>;
  /** Absent for a database by its URL: the defaults. */
  readonly volume?: VolumeConfig | undefined;
}

export interface SourceOptions extends SignInOptions {
  readonly all?: boolean;
  readonly url?: string;
  readonly name?: string;
}

/** A database that a discovery would take, were it open and no template. */
export interface SkippedDatabase {
  /** Its name on the server. */
  readonly dbName: string;
  /** `host:5432`, or what else the discovery is known by. */
  readonly server: string;
  readonly reason: PassedOver['reason'];
}

export interface BackupSources {
  readonly sources: readonly BackupSource[];
  /** Servers whose databases could not be listed, and databases whose names cannot be used. */
  readonly failures: readonly Failure[];
  readonly skipped: readonly SkippedDatabase[];
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
  if (given.length > 1) throw nothingChosen(`Databases are given in ${given.length} ways: ${given.join(' and ')}.`);
  // A URL in the environment is a default; names and --all are said on purpose.
  const url = options.url ?? (given.length === 0 ? session.env.HOLDFAST_URL || undefined : undefined);
  if (url !== undefined || (given.length === 0 && options.secret !== undefined)) {
    const access =
      url === undefined ? await accessBySecret(session, options) : await accessByUrl(session, url, options);
    return { sources: [sourceOf(access, options)], failures: [], skipped: [], concurrency: undefined };
  }
  if (given.length === 0) throw nothingChosen('No database is named.');
  if (options.name !== undefined)
    throw nothingChosen('--name goes with --url: a database of the config has its name there.');
  return sourcesByConfig(session, names, options);
}

function sourceOf(access: DatabaseAccess, options: SourceOptions): BackupSource {
  const name = options.name ?? access.target.database;
  const problem = nameProblem(name);
  if (problem !== undefined) {
    throw new HoldfastError('USAGE', `${quoted(name)} cannot be the name of a database in a vault. ${problem}`, {
      hint: options.name === undefined ? 'Give it another name with --name.' : 'Choose another --name.',
    });
  }
  return {
    name,
    open: () => Promise.resolve(access),
    ...resolveDumpSettings(),
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
  const found = needsDiscovery ? await discover(session, written, signIn) : unchanged(written);
  const { config } = found;
  const failures = [...found.unlisted, ...found.refused];
  if (names.length === 0 && config.databases.length === 0 && failures.length === 0) throw nothingToBackUp(found);
  if (names.length > 0) requireKnown(names, found);
  const chosen = names.length === 0 ? config.databases : [...new Set(names)].map((name) => findDatabase(config, name));
  return {
    sources: chosen.map((database) => toSource(session, database, signIn)),
    failures: names.length === 0 ? failures : [],
    skipped: names.length === 0 ? found.skipped : [],
    concurrency: config.concurrency,
  };
}

function nothingToBackUp({ unmatched, skipped }: Discovery): HoldfastError {
  if (unmatched.length === 0) {
    return new HoldfastError('CONFIG_INVALID', 'The config has no database to back up.', {
      hint: 'Add one under databases.',
    });
  }
  const passedOver = skipped.map((one) => ` ${describeSkipped(one)}`);
  return new HoldfastError(
    'CONFIG_INVALID',
    `There is nothing to back up. ${unmatched.join(' ')}${passedOver.join('')}`,
    {
      hint: 'Correct discover.include and discover.exclude in the config.',
    },
  );
}

/** A name that is unknown for a reason that the discovery knows fails with that reason. */
function requireKnown(names: readonly string[], { config, refused, unlisted }: Discovery): void {
  const unknown = names.filter((name) => !config.databases.some((database) => database.name === name));
  const failure =
    refused.find(({ dbName }) => unknown.includes(dbName)) ?? (unknown.length > 0 ? unlisted[0] : undefined);
  if (failure === undefined) return;
  const { code, message, hint } = failure.error;
  throw new HoldfastError(code, `${failure.subject}: ${message}`, { hint, cause: failure.error });
}

function toSource(session: Session, database: DatabaseConfig, signIn: SignInOptions): BackupSource {
  const { name, dbName } = database;
  return { ...database, open: () => accessByConfig(session, database, dbName, `database "${name}"`, signIn) };
}

interface Discovery {
  readonly config: HoldfastConfig;
  /** Servers whose databases could not be listed. */
  readonly unlisted: readonly Failure[];
  readonly refused: readonly RefusedDatabase[];
  readonly skipped: readonly SkippedDatabase[];
  /** What is to be said of discoveries that took nothing: sentences. */
  readonly unmatched: readonly string[];
}

function unchanged(config: HoldfastConfig): Discovery {
  return { config, unlisted: [], refused: [], skipped: [], unmatched: [] };
}

async function discover(session: Session, config: HoldfastConfig, signIn: SignInOptions): Promise<Discovery> {
  const found: Discovered[] = [];
  const unlisted: Failure[] = [];
  const skipped: SkippedDatabase[] = [];
  const unmatched: string[] = [];
  for (const entry of config.discoveries) {
    try {
      const listed = await listServer(session, entry, signIn);
      const { server, databaseNames, passedOver, systemIdentifier } = listed;
      found.push({ entry, databaseNames, systemIdentifier });
      // What the entry would take, were it open.
      const wanted = expandDiscovered(
        entry,
        passedOver.map(({ dbName }) => dbName),
      ).map(({ dbName }) => dbName);
      skipped.push(...passedOver.flatMap((one) => (wanted.includes(one.dbName) ? [{ ...one, server }] : [])));
      if (expandDiscovered(entry, databaseNames).length === 0) unmatched.push(describeUnmatched(entry, listed));
    } catch (error) {
      if (session.signal.aborted) throw error;
      unlisted.push({ subject: describeDiscovery(entry), error: asCodedError(error) });
    }
  }
  for (const one of skipped) session.logger.warn(describeSkipped(one));
  const held = await readHolders(session, contestedNames(config, found));
  const { config: whole, refused } = withDiscovered(config, found, held);
  // Where nothing else is found, the command fails with them.
  if (whole.databases.length > 0) for (const sentence of unmatched) session.logger.warn(sentence);
  return { config: whole, unlisted, refused, skipped, unmatched };
}

/** Only for names that several databases would have: an identity that may not read the vault is not to try in vain. */
async function readHolders(session: Session, names: readonly string[]): Promise<ReadonlyMap<string, Holder>> {
  const holders = new Map<string, Holder>();
  if (names.length === 0) return holders;
  const { logger, clock, signal } = session;
  const store = await openUnasked(session);
  for (const name of names) {
    const { counting, unread } = await readHeldSource(name, { store, logger, clock, signal });
    if (counting) holders.set(name, counting);
    if (unread === undefined) continue;
    const which = names.map(quoted).join(', ');
    logger.warn(
      `Several databases would be stored under one name (${which}), and whose backups the vault holds cannot be read: the oldest of each is taken for it.`,
    );
    break;
  }
  return holders;
}

interface ListedServer {
  readonly server: string;
  readonly databaseNames: readonly string[];
  readonly passedOver: readonly PassedOver[];
  readonly systemIdentifier: string | undefined;
}

async function listServer(session: Session, entry: DiscoveryConfig, signIn: SignInOptions): Promise<ListedServer> {
  const access = await accessByConfig(session, entry, entry.dbName, describeDiscovery(entry), signIn);
  const client = await access.connect({ readOnly: true, signal: session.signal });
  try {
    const { names, passedOver } = await listDatabases(client);
    const { host, port } = access.target;
    return {
      server: `${host}:${port}`,
      databaseNames: names,
      passedOver,
      systemIdentifier: await readSystemIdentifier(client),
    };
  } finally {
    await client.end();
  }
}

function describeDiscovery({ namePrefix, host }: DiscoveryConfig): string {
  return `discovery of ${namePrefix ?? host ?? 'a server'}`;
}

function describeSkipped({ dbName, server, reason }: SkippedDatabase): string {
  const why =
    reason === 'closed'
      ? 'it is closed to all connections (datallowconn is false)'
      : 'it is marked as a template (datistemplate is true)';
  return `Not backed up: database ${quoted(dbName)} of ${server}, because ${why}. Change that, or leave it out by discover.exclude.`;
}

function describeUnmatched({ include, exclude }: DiscoveryConfig, { server, databaseNames }: ListedServer): string {
  const shown = databaseNames.slice(0, SHOWN_NAMES).map(quoted).join(', ');
  const more = databaseNames.length > SHOWN_NAMES ? ' …' : '';
  const patterns = [
    `include ${include.map(quoted).join(', ')}`,
    ...(exclude.length > 0 ? [`exclude ${exclude.map(quoted).join(', ')}`] : []),
  ];
  return `The discovery on ${server} took none of its databases (${shown}${more}) with ${patterns.join(' and ')}.`;
}

function nothingChosen(message: string): HoldfastError {
  return new HoldfastError('USAGE', message, {
    hint: 'Name databases of the config, or give --all, or --url (or HOLDFAST_URL, or --secret).',
  });
}
