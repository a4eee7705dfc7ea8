/** The command line of a worker. */
import type { Command } from 'commander';
import { createBaseProgram } from '../cli/base-program.js';
import { addBackupCommand } from '../cli/commands/backup/command.js';
import type { RunCommand } from '../cli/run-command.js';

/** The program of the backup worker: `backup`, as the command line has it, and nothing that it has no rights for. */
export function createWorkerProgram(run: RunCommand): Command {
  const program = createBaseProgram('Backs up the databases of HOLDFAST_CONFIG into their vault.', HELP);
  addBackupCommand(program, run);
  return program;
}

const HELP = `
The config is the JSON in the environment variable HOLDFAST_CONFIG, or a file given by --config.

Examples:
  node holdfast.mjs backup orders
  node holdfast.mjs backup --all --json

Exit status: the same as holdfast's
`;
