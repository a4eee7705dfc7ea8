/** PostgreSQL's own programs: which installations there are, and which of them fits a server. */
import { access, constants, readdir, realpath } from 'node:fs/promises';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import { runProcess } from '../core/child-process.js';
import { HoldfastError, messageOf, systemCodeOf } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import { parseVersion } from './version-text.js';

/** The programs that Holdfast starts. */
export type ProgramName = 'pg_dump' | 'pg_dumpall' | 'pg_restore' | 'psql' | 'initdb' | 'postgres' | 'pg_ctl';

/** One directory with PostgreSQL's programs. */
export interface PostgresPrograms {
  /** Absolute. */
  readonly directory: string;
  /** `15` */
  readonly major: number;
  /** `15.18` */
  readonly version: string;
  /** As the server's `server_version_num`: 150018. */
  readonly versionNum: number;
  /**
   * The absolute path of a program.
   * @throws HoldfastError PROGRAM_MISSING, with what to install
   */
  program(name: ProgramName): string;
  has(name: ProgramName): boolean;
}

export interface FindProgramsOptions {
  /**
   * `postgres.bin` of the config. `HOLDFAST_PG_BIN` in `env` takes precedence; with either, only that directory counts.
   */
  readonly directory?: string | undefined;
  /** For `HOLDFAST_PG_BIN` and `PATH`. */
  readonly env: NodeJS.ProcessEnv;
  /** Directories to look in after the PATH; `*` stands for anything within one segment. @default the distributions' */
  readonly places?: readonly string[];
}

const PROGRAM_NAMES: readonly ProgramName[] = [
  'pg_dump',
  'psql',
  'postgres',
  'pg_dumpall',
  'pg_restore',
  'initdb',
  'pg_ctl',
];
const SERVER_PROGRAMS: readonly ProgramName[] = ['initdb', 'postgres', 'pg_ctl'];

/**
 * Where distributions put PostgreSQL: Debian, PGDG's RPMs, Homebrew on both kinds of Mac, source builds, Postgres.app.
 */
const USUAL_PLACES: readonly string[] = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/usr/local/opt/postgresql*/bin',
  '/usr/local/pgsql/bin',
  '/Applications/Postgres.app/Contents/Versions/*/bin',
];

/** Debian's dispatcher: what it starts depends on clusters and environment, so its version says nothing. */
const WRAPPER = 'pg_wrapper';

/**
 * Finds the installations of PostgreSQL's programs, oldest first.
 *
 * @throws HoldfastError PROGRAM_MISSING when a directory is configured and holds no usable programs
 */
export async function findPrograms(options: FindProgramsOptions): Promise<PostgresPrograms[]> {
  const configured = options.env.HOLDFAST_PG_BIN || options.directory;
  if (configured) return [await inspectConfigured(configured)];

  const onPath = (options.env.PATH ?? '').split(delimiter).filter((directory) => isAbsolute(directory));
  const usual = (await Promise.all((options.places ?? USUAL_PLACES).map(expandPlace))).flat();
  const directories = new Set<string>();
  for (const directory of [...onPath, ...usual]) {
    const real = await realDirectory(directory);
    if (real !== undefined) directories.add(real);
  }
  // An installation that cannot even print its version (a library is missing) does not hide the ones that can.
  const found = await Promise.all(
    [...directories].map((directory) => inspect(directory).catch(treatAsAbsent(undefined))),
  );
  return found
    .filter((programs) => programs !== undefined)
    .sort((a, b) => a.versionNum - b.versionNum || (a.directory < b.directory ? -1 : 1));
}

async function inspectConfigured(directory: string): Promise<PostgresPrograms> {
  const hint = 'Name the directory that holds pg_dump and psql, such as /usr/lib/postgresql/15/bin.';
  const refuse = (reason: string, cause?: unknown) =>
    new HoldfastError('PROGRAM_MISSING', `Looking for PostgreSQL's programs in ${quoted(directory)}: ${reason}.`, {
      hint,
      cause,
    });
  if (!isAbsolute(directory)) throw refuse('the path is not absolute');
  if (await isWrapped(directory)) {
    throw refuse("it holds only Debian's wrappers, which choose a version by themselves");
  }
  try {
    const programs = await inspect(directory);
    if (programs) return programs;
  } catch (error) {
    throw refuse(`its programs do not run: ${messageOf(error)}`, error);
  }
  throw refuse('it holds neither pg_dump nor psql nor postgres');
}

/** Reads the version from whichever program exists; `undefined` when none does. */
async function inspect(directory: string): Promise<PostgresPrograms | undefined> {
  const present = new Set<ProgramName>();
  for (const name of PROGRAM_NAMES) {
    if (await isExecutable(join(directory, name))) present.add(name);
  }
  const witness = (['pg_dump', 'psql', 'postgres'] as const).find((name) => present.has(name));
  if (!witness) return undefined;

  const { stdout } = await runProcess({ command: join(directory, witness), args: ['--version'], env: { LC_ALL: 'C' } });
  // `pg_dump (PostgreSQL) 15.18 (Debian …)`, `psql (PostgreSQL) 19beta1`
  const parsed = parseVersion(/\([^)]+\) (.*)/.exec(stdout)?.[1] ?? '');
  if (!parsed) {
    throw new HoldfastError(
      'PROGRAM_FAILED',
      `${join(directory, witness)} --version printed ${quoted(stdout.trim())}.`,
    );
  }
  return {
    directory,
    ...parsed,
    has: (name) => present.has(name),
    program: (name) => {
      if (present.has(name)) return join(directory, name);
      const side = SERVER_PROGRAMS.includes(name) ? 'postgresql' : 'postgresql-client';
      throw new HoldfastError('PROGRAM_MISSING', `${name} ${parsed.version} is not in ${directory}.`, {
        hint: `Install it (Debian: apt-get install ${side}-${parsed.major}), or point HOLDFAST_PG_BIN at a directory that has it.`,
      });
    },
  };
}

/** The real directory of the programs; `undefined` when there are none, or only wrappers. */
async function realDirectory(directory: string): Promise<string | undefined> {
  for (const name of ['pg_dump', 'psql', 'postgres'] as const) {
    try {
      const target = await realpath(join(directory, name));
      if (basename(target) === name) return dirname(target);
    } catch {
      // Not here: the next name decides.
    }
  }
  return undefined;
}

async function isWrapped(directory: string): Promise<boolean> {
  const target = await realpath(join(directory, 'pg_dump')).catch(() => '');
  return basename(target) === WRAPPER;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Treats an error as absence; but running out of file descriptors does not mean that anything is missing. */
function treatAsAbsent<T>(value: T): (error: unknown) => T {
  return (error) => {
    const cause = error instanceof HoldfastError ? error.cause : error;
    if (['EMFILE', 'ENFILE'].includes(systemCodeOf(cause) ?? '')) throw cause;
    return value;
  };
}

/** The directories that a place with at most one `*` stands for. */
async function expandPlace(place: string): Promise<string[]> {
  const segments = place.split('/');
  const at = segments.findIndex((segment) => segment.includes('*'));
  if (at < 0) return [place];
  const parent = segments.slice(0, at).join('/');
  const [before, after] = (segments[at] ?? '').split('*') as [string, string];
  const names = await readdir(parent).catch(treatAsAbsent<string[]>([]));
  return names
    .filter((name) => name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after))
    .map((name) => join(parent, name, ...segments.slice(at + 1)));
}
