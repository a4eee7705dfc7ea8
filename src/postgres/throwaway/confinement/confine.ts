/** How a drill's server and client programs are confined, as far as this machine can: see decision 0016. */
import { basename, delimiter, dirname, join } from 'node:path';
import { realpath } from 'node:fs/promises';
import { runProcess } from '../../../core/child-process.js';
import { HoldfastError, messageOf } from '../../../core/errors.js';
import { findProgram } from '../../../core/find-program.js';
import type { PostgresPrograms } from '../../client-programs.js';
import type { ClientLauncher } from '../../client-launcher.js';
import type { ThrowawayDirectory } from '../directory.js';
import { chooseDrillUsers, type DrillUsers } from './drill-users.js';
import { LAUNCHER, SWEEPER } from './launcher.js';
import { MEASURES, type ConfinementWish, type Measure } from './measures.js';
import { MACHINES, seccompFilter, type Machine, type Side } from './seccomp-filter.js';

/**
 * More than a server with all its connections and their parallel workers needs, and far fewer than would hurt a
 * machine.
 */
const MOST_PROCESSES = 512;

export interface Confinement {
  readonly measures: readonly Measure[];
  /** Present if we are root. */
  readonly users: DrillUsers | undefined;
  /** The command line that starts the server and outlives it long enough to kill what it leaves behind. */
  server(directory: ThrowawayDirectory, command: string, args: readonly string[]): readonly string[];
  /** How client programs are started. */
  client(directory: ThrowawayDirectory): ClientLauncher;
  /**
   * How a program is started that reads its standard input and these paths, and connects to nothing.
   */
  reader(paths: readonly string[]): ClientLauncher;
  /** The command line that kills all processes of the drill's users. Absent where the drill runs as our own user. */
  readonly sweep: readonly string[] | undefined;
}

/**
 * Finds out what works on this machine by trying it.
 *
 * @returns the available confinement; `undefined` if there is none and the wish is `preferred`, or if the wish is
 *   `none`
 * @throws HoldfastError CONFINEMENT_MISSING if it is `required` and the machine cannot provide it; THROWAWAY_FAILED
 *   without a free user id
 */
export async function confine(wish: ConfinementWish, programs: PostgresPrograms): Promise<Confinement | undefined> {
  if (wish === 'none') return undefined;
  const machine = process.platform === 'linux' ? MACHINES[process.arch] : undefined;
  const perl = await findPerl();
  const lacking = (reason: string, hint?: string): undefined => {
    if (wish === 'preferred') return undefined;
    throw new HoldfastError('CONFINEMENT_MISSING', `Restored code is not run unconfined on this machine: ${reason}.`, {
      ...(hint !== undefined && { hint: `${hint} ${OTHERWISE}` }),
    });
  };
  if (!machine) return lacking(`confining it is not supported on ${process.platform}, ${process.arch}`);
  if (perl === undefined) return lacking('confining it needs Perl, which is not on the PATH', INSTALL_PERL);

  const users = process.getuid?.() === 0 ? await chooseDrillUsers() : undefined;
  const measures = await probe(perl, machine, users);
  if (typeof measures === 'string') return lacking(measures, INSTALL_PERL);
  if (!measures.includes('seccomp'))
    return lacking('the kernel or the container does not allow limiting system calls (seccomp)');
  if (wish === 'required' && !measures.includes('own-user') && !measures.includes('landlock')) {
    const reason = users
      ? 'the container does not let root become another user'
      : "it would run as the user that runs Holdfast, and the kernel has no Landlock to keep it from that user's files and processes";
    return lacking(
      reason,
      users
        ? undefined
        : 'Use a kernel of 5.13 or newer with Landlock (/sys/kernel/security/lsm lists it), or run as root.',
    );
  }
  if (measures.includes('own-user')) return describeConfinement({ perl, machine, users, measures, programs });
  // Only root can create a network namespace, and what runs as another user from the start is not root.
  const rest = measures.filter((measure) => measure !== 'network-namespace');
  return describeConfinement({ perl, machine, users: undefined, measures: rest, programs });
}

const OTHERWISE = 'Or accept the risk: --unconfined, or trusted: true for that database in the config.';
const INSTALL_PERL =
  'Debian, Ubuntu: apt-get install perl-base. Fedora, RHEL, Amazon Linux: dnf install perl-interpreter perl-POSIX perl-Errno. Alpine: apk add perl.';

async function findPerl(): Promise<string | undefined> {
  return findProgram('perl', { PATH: [process.env.PATH ?? '', '/usr/bin', '/bin'].join(delimiter) });
}

/** @returns a text if it could not be determined: why */
async function probe(perl: string, machine: Machine, users: DrillUsers | undefined): Promise<Measure[] | string> {
  try {
    const { stdout } = await runProcess({
      command: perl,
      args: launcherArguments({ mode: 'probe', machine, user: users?.server, measures: [], side: 'server', rules: [] }),
      env: { PATH: '/usr/bin:/bin' },
      cwd: '/',
    });
    const words = stdout.split('\n');
    return MEASURES.filter((measure) => words.includes(measure));
  } catch (error) {
    return `Perl cannot run the program that confines it: ${messageOf(error)}`;
  }
}

async function describeConfinement(parts: {
  readonly perl: string;
  readonly machine: Machine;
  readonly users: DrillUsers | undefined;
  readonly measures: readonly Measure[];
  readonly programs: PostgresPrograms;
}): Promise<Confinement> {
  const { perl, machine, users, measures } = parts;
  const readable = await readablePaths(parts.programs);
  const launch = (
    side: Side,
    rules: readonly string[],
    command: readonly string[],
    mode: 'supervise' | 'exec' = side === 'server' ? 'supervise' : 'exec',
  ) => [
    perl,
    ...launcherArguments({
      mode,
      machine,
      user: users?.[side],
      measures,
      side,
      rules: [...readable.map((path) => rule(READ, path)), ...DEVICES, ...rules],
    }),
    ...command,
  ];
  return {
    measures,
    users,
    server: (directory, command, args) => launch('server', ownRules(directory), [command, ...args]),
    client: (directory) => (command, args) => {
      const [first = '', ...rest] = launch('client', [rule(READ, directory.path)], [command, ...args]);
      return { command: first, args: rest, cwd: '/' };
    },
    reader: (paths) => (command, args) => {
      const own = paths.map((path) => rule(READ_FILE | READ_DIR, path));
      const [first = '', ...rest] = launch('server', own, [command, ...args], 'exec');
      return { command: first, args: rest, cwd: '/' };
    },
    sweep: users && [perl, '-e', SWEEPER, numbersOf(machine), String(users.server.uid), String(users.client.uid)],
  };
}

function launcherArguments(options: {
  readonly mode: 'exec' | 'supervise' | 'probe';
  readonly machine: Machine;
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  readonly measures: readonly Measure[];
  readonly side: Side;
  readonly rules: readonly string[];
}): string[] {
  const { mode, machine, user, measures, side, rules } = options;
  const letters = [measures.includes('landlock') ? 'l' : '', measures.includes('network-namespace') ? 'n' : ''];
  return [
    ...['-e', LAUNCHER, mode, numbersOf(machine), String(user?.uid ?? 0), String(user?.gid ?? 0)],
    // For our own user, the limit would count everything that we run.
    user && mode !== 'probe' ? String(MOST_PROCESSES) : '0',
    letters.join(''),
    seccompFilter(machine, side).toString('hex'),
    ...rules,
    '--',
  ];
}

function numbersOf({ calls }: Machine): string {
  return Object.entries(calls)
    .map(([name, number]) => `${name}=${number}`)
    .join(',');
}

/** Access rights of linux/landlock.h. */
const [EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, MAKE_REG, MAKE_SOCK] = [1, 2, 4, 8, 256, 512] as const;
const READ = EXECUTE | READ_FILE | READ_DIR;
const ALL = 0xffff;

function rule(rights: number, path: string): string {
  return `${rights}:${path}`;
}

/** Programs, libraries, time zones, dictionaries, and what the C library looks up. Nobody's secrets. */
const SYSTEM_PATHS = [
  ...['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/nix/store', '/gnu/store', '/var/cache/postgresql'],
  ...[
    '/etc/ld.so.cache',
    '/etc/ld.so.conf',
    '/etc/ld.so.conf.d',
    '/etc/localtime',
    '/etc/timezone',
    '/etc/locale.alias',
  ],
  ...['/etc/passwd', '/etc/group', '/etc/nsswitch.conf', '/etc/alternatives', '/etc/perl', '/etc/ssl/openssl.cnf'],
];

const DEVICES = [
  ...['/dev/null', '/dev/zero'].map((path) => rule(READ_FILE | WRITE_FILE, path)),
  ...['/dev/random', '/dev/urandom'].map((path) => rule(READ_FILE, path)),
];

/**
 * An installation elsewhere has its libraries beside its programs, or laid out as distributions do it: the programs in
 * `lib/postgresql/15/bin`, what they share in `share/postgresql/15`; in an unpacked system (its part `usr`) their loader
 * and libraries too. Not anything else there, which may be a home directory.
 */
async function readablePaths(programs: PostgresPrograms): Promise<string[]> {
  // Where only client programs are installed, no server is confined.
  const program = programs.program(programs.has('postgres') ? 'postgres' : 'pg_restore');
  const bins = [dirname(await realpath(program)), programs.directory];
  const beside = bins.flatMap((bin) => ['lib', 'lib64', 'share'].map((name) => join(dirname(bin), name)));
  const distributed = bins.flatMap((bin) => {
    const [, prefix, version] = /^(.*)\/lib\/postgresql\/([\d.]+)\/bin$/.exec(bin) ?? [];
    if (prefix === undefined || version === undefined) return [];
    const libraries = basename(prefix) === 'usr' ? [prefix, dirname(prefix)].map((root) => join(root, 'lib')) : [];
    return [join(prefix, 'share/postgresql', version), ...libraries];
  });
  return [...SYSTEM_PATHS, ...bins, ...beside, ...distributed];
}

/**
 * Beside its socket the server may create files but remove none: so the socket cannot be replaced by another server's,
 * even where the mode of the directory does not prevent it.
 */
function ownRules({ path, data, home, tablespaces }: ThrowawayDirectory): string[] {
  return [
    rule(READ_FILE | READ_DIR | WRITE_FILE | MAKE_REG | MAKE_SOCK, path),
    ...[data, home, ...tablespaces].map((inside) => rule(ALL, inside)),
  ];
}
