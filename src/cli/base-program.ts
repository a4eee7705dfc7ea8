/** What every program of Holdfast has, whichever its commands are. */
import { Command } from 'commander';
import { tool } from '../core/tool.js';
import { addGlobalOptions } from './global-options.js';

/** A program without commands; the caller sets where it writes. @param help text below the options */
export function createBaseProgram(description: string, help: string): Command {
  const program = new Command('holdfast')
    .description(description)
    .version(tool.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help for a command')
    .helpCommand('help [command]', 'print help for a command');
  return addGlobalOptions(program).addHelpText('after', help).exitOverride();
}
