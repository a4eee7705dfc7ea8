/**
 * The AWS emulator that the tests of S3 run against (moto), and the AWS CLI that looks at what they store: found,
 * installed where that is possible, else named.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const VENV = join(import.meta.dirname, '../../.holdfast/emulator');
const PACKAGES = ['moto[server]==5.2.1', 'awscli'];

/**
 * A Python that has the emulator: the project's own, else the one behind `moto_server` on the PATH, else `python3`.
 *
 * @returns its path, or `undefined` when there is none
 */
export function findEmulator() {
  const own = join(VENV, 'bin/python');
  const directories = (process.env.PATH ?? '').split(delimiter);
  const scripts = directories.map((directory) => join(directory, 'moto_server')).filter(isProgram);
  const candidates = [own, ...scripts.flatMap(interpreterOf), ...directories.map((path) => join(path, 'python3'))];
  return candidates.find((python) => isProgram(python) && hasEmulator(python));
}

/** The path of the AWS CLI, or `undefined` when there is none. */
export function findAwsCli() {
  const directories = [join(VENV, 'bin'), ...(process.env.PATH ?? '').split(delimiter)];
  return directories.map((directory) => join(directory, 'aws')).find(isProgram);
}

/**
 * Makes sure that the emulator and the AWS CLI are installed.
 *
 * @returns whether it was installed
 * @throws Error naming what to install
 */
export function installEmulator() {
  if (isComplete()) return false;
  console.error(`Installing the AWS emulator into .holdfast/emulator: pip install ${PACKAGES.join(' ')} …`);
  const failure =
    run('python3', ['-m', 'venv', VENV]) ??
    run(join(VENV, 'bin/python'), ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...PACKAGES]);
  if (failure === undefined && isComplete()) return true;
  // A partial installation would only get in the way of the next attempt.
  rmSync(VENV, { recursive: true, force: true });
  const missing = [
    ...(findEmulator() ? [] : ['the AWS emulator (moto)']),
    ...(findAwsCli() ? [] : ['the AWS command line']),
  ].join(' and ');
  throw new Error(
    `Missing: ${missing}; not installed, because ${failure ?? 'what was installed does not run'}.\n` +
      `Install with, in a virtual environment that is active: pip install ${PACKAGES.map((name) => `'${name}'`).join(' ')}`,
  );
}

function isComplete() {
  return findEmulator() !== undefined && findAwsCli() !== undefined;
}

function hasEmulator(python) {
  return spawnSync(python, ['-c', 'import moto.server'], { stdio: 'ignore' }).status === 0;
}

/** The Python that a script names in its first line: pipx and virtual environments write it there. */
function interpreterOf(script) {
  const [, interpreter] = /^#!(\/\S*python[\d.]*)\n/.exec(readFileSync(script, 'latin1')) ?? [];
  return interpreter === undefined ? [] : [interpreter];
}

/** @returns why it failed, or `undefined` */
function run(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.status === 0) return undefined;
  const said = result.error?.message ?? `${result.stdout}${result.stderr}`.trim();
  return `${command} ${args.join(' ')} failed:\n${said}`;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
