/** The options that every program of Holdfast has, and the commands that some of them mean nothing to. */
import { Help, Option, type Command } from 'commander';
import { HoldfastError } from '../core/errors.js';
import type { GlobalOptions } from './session.js';

type Name = keyof Pick<GlobalOptions, 'vault' | 'config' | 'env'>;

const withheld = new WeakMap<Command, readonly Name[]>();

/** Says that a command has no use for these: its help does not show them, and giving one is refused. */
export function withoutOptions(command: Command, ...names: Name[]): Command {
  withheld.set(command, names);
  return command;
}

/** Adds them to a program, before its commands. */
export function addGlobalOptions(program: Command): Command {
  return program
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions })
    .addOption(
      new Option(
        '--vault <url>',
        "where backups are kept: file:///dir or s3://bucket/prefix (default: the config's vault)",
      ),
    )
    .addOption(new Option('--config <file>', 'the config (default: the first of holdfast.config.ts and others here)'))
    .addOption(new Option('--env <name>', 'which environment of the config'))
    .addOption(new Option('--json', 'print one JSON document on standard output, and nothing else there'))
    .addOption(
      new Option('--quiet', 'no progress and no information, only the result and warnings').conflicts('verbose'),
    )
    .addOption(new Option('--verbose', 'more information, and the causes of errors'))
    .addOption(new Option('--no-color', 'no colors (as with NO_COLOR in the environment)'))
    .hook('preAction', (_program, command) => refuseWithheld(command));
}

function visibleGlobalOptions(this: Help, command: Command): Option[] {
  const hidden: readonly string[] = withheld.get(command) ?? [];
  return Help.prototype.visibleGlobalOptions.call(this, command).filter((option) => !hidden.includes(option.name()));
}

/** @throws HoldfastError USAGE */
function refuseWithheld(command: Command): void {
  const options = command.optsWithGlobals<GlobalOptions>();
  for (const name of withheld.get(command) ?? []) {
    if (options[name] === undefined) continue;
    throw new HoldfastError('USAGE', `--${name} is given, and \`holdfast ${command.name()}\` does not use it.`, {
      hint: `Leave out --${name}.`,
    });
  }
}
