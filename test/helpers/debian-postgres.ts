/**
 * PostgreSQL of another Debian release than this machine's: its packages are fetched by `debootstrap`, which checks their
 * signatures, and unpacked beside the system. Nothing of them is installed, and none of their scripts run; the programs
 * start with the loader and libraries that came with them, or, where that loader is too old, with the system's.
 *
 * What was unpacked stays, outside of the checkout, for the runs to come.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { findPrograms, type PostgresPrograms } from '../../src/postgres/client-programs.js';

const run = promisify(execFile);

/** Servers of tests run as an ordinary user, who has to be able to read it: not under the home directory of root. */
const CACHE = '/var/cache/holdfast-tests';
const MIRROR = 'http://deb.debian.org/debian';

export interface DebianPostgres {
  /** The release that has it: `trixie` has 17, `bookworm` 15, `bullseye` 13. */
  readonly suite: string;
  readonly major: number;
  /** Packages beside the server's own: `postgresql-15-cron`. They are unpacked with it into a place of their own. */
  readonly packages?: readonly string[];
}

/**
 * The programs of a PostgreSQL of a Debian release.
 *
 * @throws Error with what is missing: root, debootstrap; or debootstrap's own words. Tests never skip for want of it
 */
export async function debianPostgres(wanted: DebianPostgres): Promise<PostgresPrograms> {
  const { suite, major, packages = [] } = wanted;
  const digest = createHash('sha256').update(packages.join()).digest('hex').slice(0, 8);
  const root = join(CACHE, `${suite}-postgresql-${major}${packages.length > 0 ? `-${digest}` : ''}`);
  if (!existsSync(root)) await unpack(root, wanted);
  const [programs] = await findPrograms({ env: { HOLDFAST_PG_BIN: join(root, binOf(major)) } });
  if (!programs) throw new Error(`There are no programs of PostgreSQL ${major} in ${root}: remove it, and run again.`);
  return programs;
}

const binOf = (major: number) => `usr/lib/postgresql/${major}/bin`;

async function unpack(root: string, wanted: DebianPostgres): Promise<void> {
  const { suite, major } = wanted;
  const needs = `PostgreSQL ${major} of Debian ${suite} is unpacked with debootstrap`;
  if (process.getuid?.() !== 0) throw new Error(`${needs}, which needs root: run these tests as root.`);
  await run('debootstrap', ['--version']).catch(() => {
    throw new Error(`${needs}, which is not installed: npm run setup -- --for long installs it.`);
  });
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, `.${suite}-`));
  try {
    const [fetched, made] = [join(work, 'packages'), join(work, 'root')];
    await mkdir(made);
    const names = [`postgresql-${major}`, `postgresql-client-${major}`, ...(wanted.packages ?? [])];
    const include = `--include=${names.join(',')}`;
    await run('debootstrap', ['--download-only', '--variant=minbase', include, suite, fetched, MIRROR], {
      maxBuffer: 64 * 1024 * 1024,
    });
    const packages = join(fetched, 'var/cache/apt/archives');
    for (const name of await readdir(packages)) {
      if (WITH_SYSTEM_LOADER.has(suite) && name.startsWith('libc6_')) continue;
      if (name.endsWith('.deb')) await run('dpkg-deb', ['-x', join(packages, name), made]);
    }
    if (suite === 'bullseye') await updateFromSecurity(made, work, wanted);
    await chooseAlternatives(join(made, `usr/share/postgresql/${major}/extension`));
    await chmod(made, 0o755);
    await wrapPrograms(made, root, wanted);
    // Another process may have been faster: then its is taken.
    await rename(made, root).catch((error: unknown) => {
      if (!existsSync(root)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * The last minor of a release that gets no more updates is in the archive for security alone, which `debootstrap` cannot
 * take together with the release.
 */
async function updateFromSecurity(made: string, work: string, { suite, major }: DebianPostgres): Promise<void> {
  const place = join(work, 'security');
  const packages = join(place, 'packages');
  await mkdir(packages, { recursive: true });
  // apt-get makes them itself only under the system's own directories.
  for (const partial of ['state/lists/partial', 'cache/archives/partial']) {
    await mkdir(join(place, partial), { recursive: true });
  }
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const source = `deb [signed-by=${keys}] ${MIRROR}-security ${suite}-security main\n`;
  await writeFile(join(place, 'sources.list'), source);
  await writeFile(join(place, 'status'), '');
  const settings = {
    'Dir::Etc::SourceList': join(place, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State': join(place, 'state'),
    'Dir::State::Status': join(place, 'status'),
    'Dir::Cache': join(place, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Check-Valid-Until': 'false',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const names = [`postgresql-${major}`, `postgresql-client-${major}`, 'libpq5'];
  const apt = (...args: string[]) => run('apt-get', [...options, ...args], { cwd: packages });
  await apt('update').catch((error: unknown) => {
    throw new Error(`PostgreSQL ${major} of Debian ${suite} is updated with apt-get, which failed.`, { cause: error });
  });
  await apt('download', ...names);
  for (const name of await readdir(packages)) await run('dpkg-deb', ['-x', join(packages, name), made]);
}

/** What the script of a package does: `postgis.control` is the file of one of several versions. */
async function chooseAlternatives(extensions: string): Promise<void> {
  const names = await readdir(extensions).catch((): string[] => []);
  for (const name of names) {
    const general = name.replace(/^(postgis\w*)-3\.control$/, '$1.control');
    if (!names.includes(general)) await symlink(name, join(extensions, general));
  }
}

/** Their loader cannot be told what a program is called (glibc before 2.33); any newer C library runs their programs. */
const WITH_SYSTEM_LOADER: ReadonlySet<string> = new Set(['bullseye']);

/**
 * The programs are linked to another C library than the system's. They find their own files by the name that they are
 * called by, so each gets a script of that name in their place, and lies beside it.
 */
async function wrapPrograms(made: string, root: string, { suite, major }: DebianPostgres): Promise<void> {
  const bin = binOf(major);
  const real = `${bin}.real`;
  await rename(join(made, bin), join(made, real));
  await mkdir(join(made, bin));
  const start = WITH_SYSTEM_LOADER.has(suite)
    ? withSystemLoader(root, await triplets(made))
    : await withItsLoader(made, root);
  for (const name of await readdir(join(made, real))) {
    const script = start(`'${root}/${bin}/${name}'`, `'${root}/${real}/${name}'`);
    await writeFile(join(made, bin, name), script, { mode: 0o755 });
  }
}

/** Makes a script that starts a program under the name that it is called by. */
type Start = (name: string, program: string) => string;

function withSystemLoader(root: string, directories: readonly string[]): Start {
  const path = directories.map((directory) => `${root}/${directory}`).join(':');
  return (name, program) => `#!/bin/bash
export LD_LIBRARY_PATH='${path}'
exec -a ${name} ${program} "$@"
`;
}

async function withItsLoader(made: string, root: string): Promise<Start> {
  for (const directory of await triplets(made)) {
    const loader = (await readdir(join(made, directory))).find((name) => /^ld-linux.*\.so\.\d+$/.test(name));
    if (loader === undefined) continue;
    const libraries = `usr/lib/${basename(directory)}`;
    // The system would choose one of several for them.
    const path = [libraries, ...['blas', 'lapack'].map((name) => `${libraries}/${name}`)];
    const libraryPath = path.map((one) => `${root}/${one}`).join(':');
    return (name, program) => `#!/bin/sh
exec '${root}/${directory}/${loader}' --library-path '${libraryPath}' --argv0 ${name} ${program} "$@"
`;
  }
  throw new Error(`There is no loader in ${made}.`);
}

/** `usr/lib/x86_64-linux-gnu` and the like. */
async function triplets(made: string): Promise<string[]> {
  const found: string[] = [];
  for (const parent of ['usr/lib', 'lib']) {
    const names = await readdir(join(made, parent)).catch(() => []);
    found.push(...names.filter((name) => name.endsWith('-linux-gnu')).map((name) => `${parent}/${name}`));
  }
  return found;
}
