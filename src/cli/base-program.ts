/** What every program of Holdfast takes, whichever commands it has: the global options. */
import { Command, Option } from 'commander';
import { tool } from '../core/tool.js';

/** A program without commands; the caller sets where it writes. @param help text below the options */
export function createBaseProgram(description: string, help: string): Command {
  return new Command('holdfast')
    .description(description)
    .version(tool.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help for a command')
    .helpCommand('help [command]', 'print help for a command')
    .configureHelp({ showGlobalOptions: true })
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
    .addOption(new Option('--no-color', 'no colours (as with NO_COLOR in the environment)'))
    .addHelpText('after', help)
    .exitOverride();
}
