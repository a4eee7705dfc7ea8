/** PostgreSQL's programs, the compressors, Redis, PgBouncer and Perl: found, installed where that is possible, else named. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const CLIENT_PROGRAMS = join(import.meta.dirname, '../../dist/postgres/client-programs.js');

/** The packages of each one, and what is lost without it. */
const PROGRAMS = {
  postgresql: {
    present: hasPostgres,
    packages: {
      'apt-get': ['postgresql', 'postgresql-client'],
      dnf: ['postgresql-server', 'postgresql-contrib', 'postgresql'],
      apk: ['postgresql', 'postgresql-contrib', 'postgresql-client'],
      brew: ['postgresql@17'],
    },
    what: 'PostgreSQL server and client programs',
  },
  igzip: {
    present: () => isOnPath('igzip'),
    packages: { 'apt-get': ['isal'], dnf: ['isa-l-tools'], apk: ['isa-l'], brew: ['isa-l'] },
    what: 'igzip',
    without: 'Compression takes about three times as much processor time without it.',
  },
  pigz: {
    present: () => isOnPath('pigz'),
    packages: { 'apt-get': ['pigz'], dnf: ['pigz'], apk: ['pigz'], brew: ['pigz'] },
    what: 'pigz',
  },
  zstd: {
    present: () => isOnPath('zstd'),
    packages: { 'apt-get': ['zstd'], dnf: ['zstd'], apk: ['zstd'], brew: ['zstd'] },
    what: 'zstd',
  },
  lz4: {
    present: () => isOnPath('lz4'),
    packages: { 'apt-get': ['lz4'], dnf: ['lz4'], apk: ['lz4'], brew: ['lz4'] },
    what: 'lz4',
  },
  redis: {
    present: () => isOnPath('redis-server'),
    packages: { 'apt-get': ['redis-server'], dnf: ['redis'], apk: ['redis'], brew: ['redis'] },
    what: 'redis-server',
  },
  // Sessions of the pair that a rotation alternates between, as a pooler hands them out.
  pgbouncer: {
    present: () => isOnPath('pgbouncer') || existsSync('/usr/sbin/pgbouncer'),
    packages: { 'apt-get': ['pgbouncer'], dnf: ['pgbouncer'], apk: ['pgbouncer'], brew: ['pgbouncer'] },
    what: 'pgbouncer',
  },
  // An unrestricted language, in which tests try to break out of a drill.
  plpython: {
    present: hasPlpython,
    packages: {
      get 'apt-get'() {
        return plpythonOfDebian();
      },
      dnf: ['postgresql-plpython3'],
      apk: ['postgresql-plpython3'],
      brew: [],
    },
    what: 'PL/Python for the newest PostgreSQL server',
  },
  // What confines a drill is a program in it; outside of Debian it is a package of its own.
  perl: {
    present: () => process.platform !== 'linux' || spawnSync('perl', ['-MPOSIX', '-MErrno', '-e', '1']).status === 0,
    packages: {
      'apt-get': ['perl-base'],
      dnf: ['perl-interpreter', 'perl-POSIX', 'perl-Errno'],
      apk: ['perl'],
      brew: [],
    },
    what: 'Perl, which confines a drill',
  },
  // Unpacks PostgreSQL of other Debian releases for the long tests (test/helpers/debian-postgres.ts).
  debootstrap: {
    present: () => isOnPath('debootstrap'),
    packages: { 'apt-get': ['debootstrap'], dnf: ['debootstrap'], apk: ['debootstrap'], brew: [] },
    what: 'debootstrap',
  },
};

const INSTALL = { 'apt-get': 'apt-get install', dnf: 'dnf install', apk: 'apk add', brew: 'brew install' };

/**
 * Makes sure that the programs are installed.
 *
 * @returns whether anything was installed or said
 * @throws Error naming what to install, when a required one is missing and cannot be installed
 */
export async function installPrograms({ required, recommended }) {
  const missing = await missingOf([...required, ...recommended]);
  if (missing.length === 0) return false;

  const failure = installWithApt(missing);
  const still = await missingOf(missing);
  const needed = still.filter((name) => required.includes(name));
  if (needed.length > 0) throw new Error(explain(needed, still, failure));
  for (const name of still) {
    console.error(`${PROGRAMS[name].what} is not installed. ${PROGRAMS[name].without} ${howTo([name])}`);
  }
  return true;
}

async function missingOf(names) {
  const missing = [];
  for (const name of names) if (!(await PROGRAMS[name].present())) missing.push(name);
  return missing;
}

/** Asks the code that will look for them, so that the two cannot disagree. */
async function hasPostgres() {
  const { findPrograms } = await import(pathToFileURL(CLIENT_PROGRAMS).href);
  const needed = ['initdb', 'postgres', 'pg_dump', 'pg_dumpall', 'pg_restore', 'psql'];
  const installations = await findPrograms({ env: process.env });
  return installations.some((programs) => needed.every((program) => programs.has(program)));
}

/** Where the server programs look for their extensions: beside themselves, or where Debian and Fedora put them. */
async function hasPlpython() {
  const { findPrograms } = await import(pathToFileURL(CLIENT_PROGRAMS).href);
  const newest = (await findPrograms({ env: process.env })).filter((found) => found.has('postgres')).at(-1);
  if (!newest) return false;
  const prefix = join(realpathSync(newest.program('postgres')), '../..');
  const places = [
    ...['share/extension', 'share/postgresql/extension'].map((place) => join(prefix, place)),
    `/usr/share/postgresql/${newest.major}/extension`,
    '/usr/share/pgsql/extension',
    `/usr/share/postgresql${newest.major}/extension`,
  ];
  return places.some((place) => existsSync(join(place, 'plpython3u.control')));
}

/**
 * For the version of the installed server, since any other would upgrade it; without a server, for the one that
 * Debian installs.
 */
function plpythonOfDebian() {
  const list = spawnSync(
    'dpkg-query',
    ['-W', '-f', '${db:Status-Abbrev}${Package} ${Version}\\n', 'postgresql-[0-9]*'],
    {
      encoding: 'utf8',
    },
  );
  const servers = [...(list.stdout ?? '').matchAll(/^ii +postgresql-(\d+) (\S+)$/gm)];
  const newest = servers.sort((a, b) => Number(a[1]) - Number(b[1])).at(-1);
  if (newest) return [`postgresql-plpython3-${newest[1]}=${newest[2]}`];
  const policy = spawnSync('apt-cache', ['depends', '--no-recommends', '--no-suggests', 'postgresql'], {
    encoding: 'utf8',
  });
  const major = /Depends: postgresql-(\d+)$/m.exec(policy.stdout ?? '')?.[1];
  return major ? [`postgresql-plpython3-${major}`] : [];
}

/** @returns why nothing was installed, or `undefined` */
function installWithApt(names) {
  if (!isOnPath('apt-get')) return 'apt-get is not available';
  const asRoot = process.getuid() === 0 ? [] : ['sudo', '-n'];
  if (asRoot.length > 0 && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) {
    return 'you are not root, and sudo is missing or asks for a password';
  }
  const packages = names.flatMap((name) => PROGRAMS[name].packages['apt-get']);
  console.error(`Installing ${packages.join(', ')}: apt-get install …`);
  const [command, ...args] = [...asRoot, 'sh', '-c', APT_SCRIPT, 'sh', ...packages];
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.status === 0) return undefined;
  return `apt-get failed:\n${result.error?.message ?? `${result.stdout}${result.stderr}`.trim()}`;
}

/**
 * Debian's package would create a cluster and start it; the setting keeps it from that. It is removed again, so
 * that what the machine's owner installs later behaves as usual.
 */
const APT_SCRIPT = `
set -e
export DEBIAN_FRONTEND=noninteractive
directory=/etc/postgresql-common/createcluster.d
mkdir -p "$directory"
trap 'rm -f "$directory/holdfast-setup.conf"' EXIT
echo 'create_main_cluster = false' >"$directory/holdfast-setup.conf"
apt-get -q -o DPkg::Lock::Timeout=120 update
apt-get -q -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@"
`;

/** @param missing what the command to type installs: the recommended ones with the required ones */
function explain(needed, missing, failure) {
  const whats = needed.map((name) => PROGRAMS[name].what).join(', ');
  const elsewhere = needed.includes('postgresql')
    ? '\nPostgreSQL in another place: set HOLDFAST_PG_BIN to the directory that holds pg_dump, initdb and postgres.'
    : '';
  const reason = failure ?? 'the packages do not contain them';
  return `Missing: ${whats}; not installed, because ${reason}.\n${howTo(missing)}${elsewhere}`;
}

function howTo(names) {
  const managers = Object.keys(INSTALL);
  const present = managers.filter((manager) => isOnPath(manager));
  return (present.length > 0 ? present.slice(0, 1) : managers)
    .map((manager) => {
      const sudo = manager === 'brew' || process.getuid() === 0 ? '' : 'sudo ';
      return `Install with: ${sudo}${INSTALL[manager]} ${names.flatMap((name) => PROGRAMS[name].packages[manager]).join(' ')}`;
    })
    .join('\n');
}

function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    const path = join(directory, program);
    if (directory === '' || !existsSync(path)) return false;
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
