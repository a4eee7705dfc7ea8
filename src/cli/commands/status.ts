/** `holdfast status`: how old backups and proofs are, against what they may be. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { readStatus } from '../../backup/status/read-status.js';
import { objectiveProblem, parseObjective, type ObjectivesConfig } from '../../config/sections/objectives.js';
import { HoldfastError } from '../../core/errors.js';
import type { CommandResult } from '../command-result.js';
import { openSessionVault } from '../inputs/open-context.js';
import type { RunCommand } from '../run-command.js';
import type { Session } from '../session.js';
import { exitOfStatus } from '../status/exit-of-status.js';
import { expectationsOf } from '../status/expectations.js';
import { formatPrometheus } from '../status/prometheus.js';
import { toStatusDocument } from '../status/status-document.js';
import { formatStatus } from '../status/status-table.js';

const FORMATS = ['table', 'json', 'prometheus'] as const;

interface StatusOptions {
  readonly format?: (typeof FORMATS)[number];
  readonly json?: boolean;
  readonly backupAge?: Objective;
  readonly proofAge?: Objective;
}

/** Milliseconds; absent for none. */
interface Objective {
  readonly ms?: number | undefined;
}

export function addStatusCommand(program: Command, run: RunCommand): void {
  program
    .command('status')
    .argument('[db...]', 'only these databases')
    .summary('show how old backups and proofs are, against what they may be')
    .description(
      'Shows each database of the config and of the vault: its newest backup and proof, their age against the objectives, how its size has changed, and what has vanished between two backups. Worst first.',
    )
    .addOption(new Option('--format <format>', 'how to print it (default: table)').choices(FORMATS))
    .option(
      '--backup-age <time>',
      "how old a backup may be: 26h, 8d, none (default: the config's objectives)",
      objective,
    )
    .option('--proof-age <time>', "how old a proof may be (default: the config's objectives)", objective)
    .addHelpText('after', HELP)
    .action((names: string[], _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<StatusOptions>();
      // One way to print JSON, whichever option asks for it.
      if (options.format === 'json') program.setOptionValue('json', true);
      return run(self, (session) => status(session, names, options));
    });
}

const HELP = `
Objectives are in the config (objectives.backupAge, objectives.proofAge); where it has none, they come from the
schedule. Databases that the config does not have are shown, and held to the options alone.

Examples:
  holdfast status
  holdfast status --vault s3://rds-backup-layer2-prod --backup-age 26h --json
  holdfast status --format prometheus > /var/lib/node_exporter/holdfast.prom

Exit status: 0 all objectives are met · 1 failed · 2 wrong usage or config · 3 one is broken ·
  4 none is known to be broken, and something could not be read, or there is no database at all
`;

async function status(session: Session, names: readonly string[], options: StatusOptions): Promise<CommandResult> {
  if (options.json && options.format !== undefined && options.format !== 'json') {
    throw new HoldfastError('USAGE', `--json and --format ${options.format} exclude each other.`, {
      hint: 'Keep one of them.',
    });
  }
  const store = await openSessionVault(session);
  const config = await session.config.optional();
  const { signal, clock } = session;
  const found = await readStatus({ ...expectationsOf(config, over(options)), names }, { store, signal, clock });
  return {
    document: toStatusDocument(found, store.url),
    format: (style) =>
      options.format === 'prometheus' ? formatPrometheus(found) : formatStatus(found, store.url, style),
    exitCode: exitOfStatus(found),
  };
}

/** The objectives that the command line gives; one that is not given leaves the config's alone. */
function over({ backupAge, proofAge }: StatusOptions): Partial<ObjectivesConfig> {
  return { ...(backupAge && { backupAgeMs: backupAge.ms }), ...(proofAge && { proofAgeMs: proofAge.ms }) };
}

function objective(text: string): Objective {
  const problem = objectiveProblem(text);
  if (problem !== undefined) throw new InvalidArgumentError(problem);
  return { ms: parseObjective(text) };
}
