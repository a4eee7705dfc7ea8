/** The places that take a value from outside. Each says why it refuses a value, or `undefined` if it takes it. */
import { CommanderError, type Command } from 'commander';
import { createProgram } from '../../src/cli/program.js';
import { HoldfastError } from '../../src/core/errors.js';
import { silentLogger } from '../../src/core/logger.js';
import { environmentConfig } from '../../src/runtime/environment-config.js';
import { loadObject } from '../config/config-files.js';

/** Everything that a refusal says: the message, and what to do. */
export async function refusalOf(action: () => unknown): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (error instanceof HoldfastError) return `${error.message} ${error.hint ?? ''}`;
    if (error instanceof CommanderError) return error.message;
    throw error;
  }
}

/** A config file. */
export function inConfigFile(config: object): Promise<string | undefined> {
  return refusalOf(() => loadObject(config));
}

/** What a worker finds in its environment. */
export function inWorkerEnvironment(config: object): Promise<string | undefined> {
  const open = environmentConfig({ HOLDFAST_CONFIG: JSON.stringify(config) });
  const logger = silentLogger;
  return refusalOf(() => open({ file: undefined, environment: undefined, cwd: '/', logger }).required());
}

/** The options that a command line says; throws what commander does where it refuses them. */
export function parseCommandLine(args: readonly string[]): Record<string, unknown> {
  let options: Record<string, unknown> = {};
  const program = createProgram((command) => {
    options = command.optsWithGlobals();
    return Promise.resolve();
  });
  silence(program);
  program.parse(args, { from: 'user' });
  return options;
}

function silence(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  command.commands.forEach(silence);
}
