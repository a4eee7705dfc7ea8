/**
 * A PostgreSQL server for one drill: created in about a second, reachable only through its own socket, run as a user
 * without credentials, and removed whatever happens. See docs/decisions/0002-throwaway-servers.md.
 */
import { basename } from 'node:path';
import { abortError, throwIfAborted } from '../../core/cancellation.js';
import { startProcess } from '../../core/child-process.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import { silentLogger } from '../../core/logger.js';
import type { ClientLauncher } from '../client-launcher.js';
import type { PostgresPrograms } from '../client-programs.js';
import { BOOTSTRAP_NAME, prepareCluster, needsRenaming } from './bootstrap.js';
import { confine, type Confinement } from './confinement/confine.js';
import { createThrowawayDirectory, handOver, sealDirectory, type ThrowawayDirectory } from './directory.js';
import { watchDisk, type DiskWatch } from './disk-watch.js';
import { DEFAULT_LOCALE, initdbError, localeArguments } from './locale.js';
import type { OsUser, ThrowawayOptions, ThrowawayServer } from './options.js';
import { throwawayUser } from './os-user.js';
import { startPostmaster, type Postmaster } from './postmaster.js';
import { settingArguments } from './settings.js';
import { startWatchdog, type Watchdog } from './watchdog.js';

const DEFAULT_PORT = 5432;

/**
 * Creates and starts a throwaway server. The caller must call `stop()` on every path.
 *
 * @throws HoldfastError PROGRAM_MISSING without server programs; CONFINEMENT_MISSING; THROWAWAY_FAILED when it cannot
 *   be created or started, with the server's own words; the signal's error when aborted. None of them leaves anything
 *   behind.
 */
export async function startThrowawayServer(options: ThrowawayOptions): Promise<ThrowawayServer> {
  throwIfAborted(options.signal);
  const { programs } = options;
  const initdb = programs.program('initdb');
  const postgres = programs.program('postgres');
  const port = options.port ?? DEFAULT_PORT;
  const superuser = options.superuser ?? 'postgres';
  const logger = options.logger ?? silentLogger;
  const tablespaces = options.tablespaces ?? [];
  const localeArgs = localeArguments(options.encoding ?? 'UTF8', options.locale ?? DEFAULT_LOCALE, programs.major);

  const confinement = await confine(options.confinement ?? 'none', programs);
  const known = await throwawayUser();
  const own = confinement?.users?.server;
  const user = own ?? known;
  const directory = await createThrowawayDirectory({
    parent: options.tmpDirectory,
    port,
    user,
    shared: own !== undefined,
    tablespaces: tablespaces.length,
  });
  const watchdog = startWatchdog(directory.path, confinement?.sweep);
  let disk: DiskWatch | undefined;
  const stop = async () => {
    disk?.stop();
    if (!(await watchdog.finish()))
      logger.warn(`The throwaway server's directory ${directory.path} could not be removed.`);
  };

  try {
    if (options.watchDisk) disk = await watchDisk(directory.path, options.reserveBytes);
    const firstName = needsRenaming(superuser) ? BOOTSTRAP_NAME : superuser;
    const args = [...initdbArguments(directory, firstName, programs.major), ...localeArgs];
    // It asks the system for the name of its user, and the drill's own user has none. Nothing of the dump runs yet.
    const maker = known && own ? { uid: known.uid, gid: own.gid } : user;
    await runInitdb({ command: initdb, args, directory, user: maker, watchdog, signal: options.signal });
    if (own) await handOver(directory, own);
    const start = async (preloaded: readonly string[]): Promise<ThrowawayServer> => {
      const serverArguments = [
        '-D',
        directory.data,
        ...settingArguments({
          directory: directory.path,
          port,
          maxLocksPerTransaction: options.maxLocksPerTransaction ?? 1024,
          maxConnections: options.maxConnections ?? 50,
          groupMayConnect: own !== undefined,
          preload: preloaded,
          extra: options.settings ?? {},
        }),
      ];
      const [command = '', ...commandArguments] = confinement?.server(directory, postgres, serverArguments) ?? [
        postgres,
        ...serverArguments,
      ];
      const postmaster = startPostmaster({
        command,
        args: commandArguments,
        home: directory.home,
        // If the drill has its own users, the launcher that confines it switches to them.
        user: own ? undefined : user,
        watchdog,
      });
      const parts = { directory, port, superuser, user, programs, postmaster, stop, confinement, disk, preloaded };
      const server = describeServer(parts);
      await prepareCluster({
        postmaster,
        connection: (name) => server.connection('postgres', name),
        superuser,
        tablespaces: tablespaces.map((name, index) => ({ name, location: directory.tablespaces[index] ?? '' })),
        signal: options.signal,
      });
      return server;
    };
    const server = await startWithLibraries(options.preload ?? [], start, options.signal);
    if (own) await sealDirectory(directory, own);
    logger.debug(`A throwaway PostgreSQL ${programs.version} runs in ${directory.path}.`);
    return server;
  } catch (error) {
    await stop();
    if (options.signal?.aborted) throw abortError(options.signal);
    throw error;
  }
}

function initdbArguments(directory: ThrowawayDirectory, superuser: string, major: number): string[] {
  return [
    `--pgdata=${directory.data}`,
    `--username=${superuser}`,
    // The directory is the lock: nobody else reaches the socket.
    '--auth=trust',
    '--no-sync',
    ...(major >= 14 ? ['--no-instructions'] : []),
    ...(major >= 18 ? ['--no-data-checksums'] : []),
  ];
}

async function runInitdb(options: {
  readonly command: string;
  readonly args: readonly string[];
  readonly directory: ThrowawayDirectory;
  readonly user: OsUser | undefined;
  readonly watchdog: Watchdog;
  readonly signal: AbortSignal | undefined;
}): Promise<void> {
  const child = startProcess({
    command: options.command,
    args: options.args,
    env: { HOME: options.directory.home, PATH: '/usr/bin:/bin' },
    cwd: options.directory.path,
    user: options.user,
    signal: options.signal,
    stdout: 'ignore',
  });
  options.watchdog.watch(child.pid);
  try {
    const exit = await child.exited;
    throwIfAborted(options.signal);
    if (exit.code !== 0) throw initdbError(child.stderr(), exit);
  } catch (error) {
    if (error instanceof HoldfastError && error.code !== 'PROGRAM_FAILED') throw error;
    throw new HoldfastError('THROWAWAY_FAILED', `Starting initdb: ${messageOf(error)}`, {
      cause: error,
      hint: options.user
        ? `The programs must be readable by every user: the server runs as uid ${options.user.uid}.`
        : 'Check that the PostgreSQL installation is complete.',
    });
  } finally {
    options.watchdog.watch(undefined);
  }
}

/** In the log of a server that does not start, which of its libraries it could not load. */
const NOT_LOADED = /FATAL: {2}could not (?:access file|load library) "([^"]*)"/;

/**
 * Starts a server with those of the libraries that it can load. Which these are, it knows best itself: it ends at the first
 * that it does not have, before anything else was done.
 */
async function startWithLibraries(
  libraries: readonly string[],
  start: (libraries: readonly string[]) => Promise<ThrowawayServer>,
  signal: AbortSignal | undefined,
): Promise<ThrowawayServer> {
  try {
    return await start(libraries);
  } catch (error) {
    const refused = libraries.length > 0 && error instanceof HoldfastError && error.code === 'THROWAWAY_FAILED';
    if (!refused || signal?.aborted) throw error;
    const [, file] = NOT_LOADED.exec(error.message) ?? [];
    const others = libraries.filter((name) => baseName(name) !== baseName(file ?? ''));
    // One that refuses for another reason does not say which it is.
    return startWithLibraries(others.length < libraries.length ? others : [], start, signal);
  }
}

/** `$libdir/pgaudit`, `/usr/lib/postgresql/15/lib/pgaudit.so` → `pgaudit`. */
function baseName(library: string): string {
  return basename(library).replace(/\.(?:so|dylib|dll)$/, '');
}

function describeServer(parts: {
  readonly directory: ThrowawayDirectory;
  readonly port: number;
  readonly superuser: string;
  readonly user: OsUser | undefined;
  readonly programs: PostgresPrograms;
  readonly postmaster: Postmaster;
  readonly stop: () => Promise<void>;
  readonly confinement: Confinement | undefined;
  readonly disk: DiskWatch | undefined;
  readonly preloaded: readonly string[];
}): ThrowawayServer {
  const { directory, port, superuser, programs, postmaster, user: osUser, confinement } = parts;
  const host = directory.path;
  return {
    host,
    port,
    superuser,
    user: osUser,
    confinement: confinement?.measures ?? [],
    launchClient: confinement ? clientLauncher(confinement, directory, osUser) : asUser(osUser),
    preloaded: parts.preloaded,
    version: programs.version,
    programs,
    connection: (database, user = superuser) => ({ host, port, user, database }),
    environment: (user = superuser) => ({ PGHOST: host, PGPORT: String(port), PGUSER: user, ...WITHOUT_CREDENTIALS }),
    outOfRoom: parts.disk?.signal ?? new AbortController().signal,
    logTail: () => postmaster.logTail(),
    isRunning: () => postmaster.isRunning(),
    stop: parts.stop,
  };
}

/**
 * Makes libpq and psql look nowhere for credentials or start-up files. The variables are listed one by one, because
 * libpq asks the system for the home of a user that has no HOME.
 */
const WITHOUT_CREDENTIALS = {
  HOME: '/nonexistent',
  PGPASSFILE: '/nonexistent/pgpass',
  PGSERVICEFILE: '/nonexistent/pg_service.conf',
  PGSYSCONFDIR: '/nonexistent',
  PSQLRC: '/nonexistent/psqlrc',
};

/** Even when confined without users of its own, a client started by root runs as nobody. */
function clientLauncher(
  confinement: Confinement,
  directory: ThrowawayDirectory,
  user: OsUser | undefined,
): ClientLauncher {
  const launch = confinement.client(directory);
  return (command, args) => ({ ...launch(command, args), user: confinement.users ? undefined : user });
}

/** Another user may not be able to enter our working directory. */
function asUser(user: OsUser | undefined): ClientLauncher {
  return (command, args) => ({ command, args, user, cwd: user ? '/' : undefined });
}
