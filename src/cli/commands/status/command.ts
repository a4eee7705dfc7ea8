/** `holdfast status`: the age of backups and proofs against their limits. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { objectiveProblem, parseObjective } from '../../../syntax/duration.js';
import { all } from '../../inputs/option-parsers.js';
import type { RunCommand } from '../../run-command.js';
import type { Objective, StatusFormat, StatusOptions } from './action.js';

export function addStatusCommand(program: Command, run: RunCommand): void {
  program
    .command('status')
    .argument('[db...]', 'only these databases')
    .summary('show the age of backups and proofs against their limits')
    .description(
      'Shows each database of the config and of the vault: its newest backup and proof, their age against the objectives, how its size has changed, and what has vanished between two backups. Worst first.',
    )
    .addOption(
      new Option('--format <format>', 'how to print it (default: table)').choices(
        all<StatusFormat>({ table: true, json: true, prometheus: true }),
      ),
    )
    .option(
      '--backup-age <time>',
      "the greatest age allowed for a backup: 26h, 8d, none (default: the config's objectives)",
      objective,
    )
    .option('--proof-age <time>', "the greatest age allowed for a proof (default: the config's objectives)", objective)
    .addHelpText('after', HELP)
    .action((names: string[], _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<StatusOptions>();
      // One way to print JSON, whichever option asks for it.
      if (options.format === 'json') program.setOptionValue('json', true);
      return run(self, async (session) => (await import('./action.js')).status(session, names, options));
    });
}

const HELP = `
Objectives are in the config (objectives.backupAge, objectives.proofAge); where it has none, they come from the
schedule. Databases that are not in the config are shown too, and only the options apply to them.

Examples:
  holdfast status
  holdfast status --vault s3://rds-backup-layer2-prod --backup-age 26h --json
  holdfast status --format prometheus > /var/lib/node_exporter/holdfast.prom

Exit status: 0 all objectives are met · 1 failed · 2 wrong usage or config · 3 one is broken ·
  4 none is known to be broken, and something could not be read, or there is no database at all
`;

function objective(text: string): Objective {
  const problem = objectiveProblem(text);
  if (problem !== undefined) throw new InvalidArgumentError(problem);
  return { ms: parseObjective(text) };
}
