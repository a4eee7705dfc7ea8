/** The commander program: what there is to type, and the help. */
import { Command, Option } from 'commander';
import { tool } from '../backup/tool.js';
import { addBackupCommand } from './commands/backup.js';
import { addCheckCommand } from './commands/check.js';
import { addDemoCommand } from './commands/demo.js';
import { addListCommand } from './commands/list.js';
import { addRestoreCommand } from './commands/restore.js';
import { addShowCommand } from './commands/show.js';
import { addVerifyCommand } from './commands/verify.js';
import type { RunCommand } from './run-command.js';

/** The program with all commands; the caller sets where it writes. */
export function createProgram(run: RunCommand): Command {
  const program = new Command('holdfast')
    .description('Backs up PostgreSQL into a vault, and proves that each copy restores.')
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
    .addHelpText('after', MAIN_HELP)
    .exitOverride();
  for (const add of [
    addBackupCommand,
    addListCommand,
    addShowCommand,
    addRestoreCommand,
    addVerifyCommand,
    addCheckCommand,
    addDemoCommand,
  ]) {
    add(program, run);
  }
  return program;
}

const MAIN_HELP = `
Examples:
  holdfast demo
  holdfast backup --url postgres://dumper@db.example.com/orders --vault file:///srv/vault
  holdfast verify orders --vault file:///srv/vault

Exit status:
  0  done
  1  failed
  2  wrong usage or config
  3  done, and the verdict is bad
  4  incomplete: something could not be read, so there is no verdict
  130  interrupted, nothing half-written
  Of several things that were done, the worst counts: 130, 1, 2, 3, 4, 0.
`;
