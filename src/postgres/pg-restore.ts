/**
 * Turns an archive of pg_dump into plain SQL, by pg_restore. The archive may be hostile: what reads it is a program of
 * its own, which is confined as what restores a dump is, and sees no file but the archive's.
 */
import { chmod, chown, mkdtemp, readdir } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { abortError } from '../core/cancellation.js';
import { describeExit, startProcess, type RunningProcess } from '../core/child-process.js';
import { HoldfastError } from '../core/errors.js';
import type { ArchiveFormat, ArchiveHead } from '../dump/archive-head.js';
import type { PostgresPrograms } from './client-programs.js';
import { confine } from './throwaway/confinement/confine.js';
import type { ConfinementWish } from './throwaway/confinement/measures.js';
import type { OsUser } from './throwaway/options.js';
import { throwawayUser } from './throwaway/os-user.js';
import { startWatchdog, type Watchdog } from './throwaway/watchdog.js';
import { parseVersion } from './version-text.js';

export interface ArchiveReaderOptions {
  readonly confinement: ConfinementWish;
  readonly signal?: AbortSignal | undefined;
}

/** What reads one archive; to be closed on every path. */
export interface ArchiveReader {
  /** An empty directory, which pg_restore may read: for the files of an archive in directory format. */
  readonly directory: string;
  /**
   * The plain SQL.
   *
   * @param programs with the pg_restore
   * @param input the archive; absent for the files in {@link directory}. It is read to its end, also where pg_restore
   *   does not need all of it
   * @throws HoldfastError from the iterator: CONFINEMENT_MISSING, THROWAWAY_FAILED; DUMP_TRUNCATED, ARCHIVE_UNREADABLE
   *   with pg_restore's words; what `input` throws; the signal's error
   */
  read(
    programs: PostgresPrograms,
    format: ArchiveFormat,
    input?: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void, undefined>;
  /** Removes everything. Never fails. */
  close(): Promise<void>;
}

/** The first major whose pg_restore reads a version of the archives' format. */
const READABLE_SINCE: ReadonlyArray<readonly [minor: number, major: number]> = [
  [16, 17],
  [15, 16],
  [14, 12],
  [12, 10],
];
/** Of the format: newer ones are not known. */
const NEWEST_MINOR = 16;

/**
 * The pg_restore for an archive: of the version that made it, otherwise the next newer one; at least one that knows its
 * format.
 *
 * @throws HoldfastError PROGRAM_MISSING saying which is needed
 */
export function chooseRestore(installed: readonly PostgresPrograms[], head: ArchiveHead): PostgresPrograms {
  const [, minor] = head.version;
  const least = READABLE_SINCE.find(([since]) => minor >= since)?.[1] ?? 10;
  const made = parseVersion(head.dumpVersion)?.major ?? least;
  const able = installed.filter((programs) => programs.has('pg_restore') && programs.major >= least);
  const chosen =
    minor > NEWEST_MINOR
      ? able.find(({ major }) => major >= made)
      : (able.find(({ major }) => major >= made) ?? able.at(-1));
  if (chosen) return chosen;
  const needed = minor > NEWEST_MINOR ? made : least;
  throw new HoldfastError(
    'PROGRAM_MISSING',
    `The archive was made by pg_dump ${head.dumpVersion.slice(0, 40)}: reading it needs pg_restore ${needed} or newer, and none is installed here.`,
    {
      hint: `Install it (Debian: apt-get install postgresql-client-${needed}), or point HOLDFAST_PG_BIN at its directory.`,
    },
  );
}

export async function openArchiveReader({ confinement, signal }: ArchiveReaderOptions): Promise<ArchiveReader> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-archive-'));
  const watchdogs = [startWatchdog(directory)];
  return {
    directory,
    read: (programs, format, input) =>
      readArchive({ programs, format, input, confinement, directory, watchdogs, signal }),
    close: async () => {
      for (const watchdog of watchdogs) await watchdog.finish();
    },
  };
}

interface Reading extends ArchiveReaderOptions {
  readonly programs: PostgresPrograms;
  readonly format: ArchiveFormat;
  readonly input: AsyncIterable<Uint8Array> | undefined;
  readonly directory: string;
  readonly watchdogs: Watchdog[];
}

async function* readArchive(reading: Reading): AsyncGenerator<Uint8Array, void, undefined> {
  const { programs, format, input, directory, signal } = reading;
  const confinement = await confine(reading.confinement, programs);
  const user = confinement?.users?.client ?? (await throwawayUser());
  // Of its own, as it also kills whatever else runs as the drill's users.
  const watchdog = startWatchdog(directory, confinement?.sweep);
  reading.watchdogs.unshift(watchdog);
  if (user) await shareWith(user, directory);
  const launch = confinement?.reader([directory]) ?? ((command, args) => ({ command, args, cwd: '/' }));
  const args = [`--format=${format}`, '--file=-', ...(input ? [] : [directory])];
  const child = startProcess({
    ...launch(programs.program('pg_restore'), args),
    // The launcher itself becomes the drill's user.
    user: confinement?.users ? undefined : user,
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin', HOME: '/nonexistent' },
    stdin: input ? 'pipe' : 'ignore',
    signal,
  });
  if (child.pid === undefined) await child.exited;
  watchdog.watch(child.pid);
  const feeding = input ? feed(input, child) : undefined;
  let done = false;
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) yield chunk;
    const exit = await child.exited;
    await feeding?.ended;
    if (feeding?.failure) throw feeding.failure.error;
    if (signal?.aborted) throw abortError(signal);
    if (exit.code !== 0) throw unreadable(`pg_restore ${describeExit(exit)}: ${child.stderr() || 'it said nothing'}`);
    done = true;
  } finally {
    if (!done) {
      feeding?.stop();
      await child.stop();
      await feeding?.ended;
    }
    watchdog.watch(undefined);
  }
}

/** For reading only. */
async function shareWith({ gid }: OsUser, directory: string): Promise<void> {
  const files = (await readdir(directory)).map((name) => join(directory, name));
  for (const path of [directory, ...files]) {
    await chown(path, 0, gid);
    await chmod(path, path === directory ? 0o750 : 0o640);
  }
}

/** Words of pg_restore, and of what decompresses for it, where an archive ends before its end. */
const CUT =
  /end of file|could not find block ID|unexpected end|could not read from input file|incomplete tar header|not enough data/i;

function unreadable(message: string): HoldfastError {
  if (!CUT.test(message)) return new HoldfastError('ARCHIVE_UNREADABLE', `Reading the archive failed: ${message}`);
  return new HoldfastError('DUMP_TRUNCATED', `The archive was cut off: ${message}`, {
    hint: 'Whatever wrote it has failed: use another one.',
  });
}

/**
 * Writes the archive into pg_restore, and reads the rest where it takes no more: of a tar it needs no more than the rows.
 */
function feed(input: AsyncIterable<Uint8Array>, child: RunningProcess) {
  let failure: { readonly error: unknown } | undefined;
  let stopped = false;
  const { stdin } = child;
  const run = async () => {
    try {
      for await (const chunk of input) {
        if (stopped) break;
        if (stdin.destroyed || stdin.writableEnded) continue;
        if (!stdin.write(chunk)) await Promise.race([once(stdin, 'drain'), once(stdin, 'close')]).catch(() => {});
      }
    } catch (error) {
      failure = { error };
      void child.stop();
    } finally {
      stdin.end();
    }
  };
  return {
    ended: run(),
    get failure() {
      return failure;
    },
    stop: () => {
      stopped = true;
      stdin.destroy();
    },
  };
}
