/** Writes config files into a directory of its own, and loads them. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig, type LoadedConfig } from '../../src/config/load.js';
import { HoldfastError } from '../../src/core/errors.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

/** A new directory that holds these files. */
export async function directoryWith(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = temporaryDirectory();
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(directory, name), text);
  return directory;
}

/** Loads one file with this text. */
export async function load(name: string, text: string, environment?: string): Promise<LoadedConfig> {
  return loadConfig({ cwd: await directoryWith({ [name]: text }), file: name, environment });
}

/** Loads a config that is given as an object. */
export async function loadObject(config: unknown, environment?: string): Promise<LoadedConfig> {
  return load('holdfast.json', JSON.stringify(config), environment);
}

/** The error that a promise ends with; fails when it does not. */
export async function errorOf(promise: Promise<unknown>): Promise<HoldfastError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof HoldfastError)) throw new Error(`Expected a HoldfastError, got ${String(outcome)}`);
  return outcome;
}

/** The problems that a config given as an object has, one a line, without the file's name and the line numbers. */
export async function problemsOf(config: unknown): Promise<string[]> {
  const error = await errorOf(loadObject(config));
  return error.message
    .split('\n')
    .slice(1)
    .map((line) => line.trim().replace(/ \(line \d+\)/g, ''));
}
