/** `holdfast audit`: every requirement, on templates before they are deployed and on the account after. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Severity } from '../../../audit/model/control.js';
import type { Framework } from '../../../audit/select-controls.js';
import { addFactsOptions } from '../../audit/facts-options.js';
import type { AuditFormat } from '../../audit/outputs.js';
import { all, collect } from '../../inputs/option-parsers.js';
import type { RunCommand } from '../../run-command.js';
import type { AuditOptions } from './action.js';
import { shownFormat } from './shown-format.js';

const SEVERITIES = all<Severity>({ critical: true, high: true, medium: true, low: true });
const FRAMEWORKS = all<Framework>({ pci: true, soc2: true, nist: true, cis: true, iso: true, runbook: true });
const FORMATS = all<AuditFormat>({
  table: true,
  json: true,
  csv: true,
  junit: true,
  sarif: true,
  markdown: true,
  html: true,
});

export function addAuditCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('audit')
    .summary('check every requirement, on templates or on the live account')
    .description(
      'Checks templates before they are deployed, or the account after. What could not be read is not evaluated, and never passes.',
    );
  addFactsOptions(command)
    .addOption(new Option('--severity <severity>', 'only controls of this severity and worse').choices(SEVERITIES))
    .addOption(new Option('--framework <name>', 'only controls that it asks for').choices(FRAMEWORKS))
    .option('--control <id>', 'this control, whatever else is selected; repeatable', collect)
    .option('--list', 'show the controls, and audit nothing')
    .addOption(
      new Option('--format <format>', `${FORMATS.join(', ')}; repeatable (default: table)`).argParser(oneOfFormats),
    )
    .option(
      '--output <file>',
      'where the format goes: the n-th file takes the n-th format, a directory takes all of them; repeatable',
      collect,
    )
    .option('--waivers <file>', 'accepted findings, each with a reason, an approver and an end within a year')
    .option('--wildcard-waivers', 'let waivers name resources by a pattern')
    .option('--no-inline-acceptance', 'count what a template accepts of itself as a finding')
    .option('--baseline <file>', 'an earlier audit, as --json printed it: shows what is new, fixed or still open')
    .option('--fail-on-new', 'findings that are already in the baseline do not affect the exit status')
    .option('--evidence <dir>', 'write what each control read, with hashes, into this directory')
    .addHelpText('after', HELP)
    .action((_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<AuditOptions>();
      // One way to print JSON, whichever option asks for it.
      if (shownFormat(options) === 'json') program.setOptionValue('json', true);
      return run(self, async (session) => (await import('./action.js')).audit(session, options));
    });
}

const HELP = `
The table shows what has to be done; --verbose shows what passes as well. With --framework it begins with what each
requirement comes to: met, partly, not met, not evaluated, or not covered by any control.

Examples:
  holdfast audit --template cdk.out
  holdfast audit --framework pci --format html --output audit.html --evidence evidence/2026-11
  holdfast audit --format sarif --format junit --output results/
  holdfast audit --baseline last.json --fail-on-new
  holdfast audit --control redis-auth-verified --redis-secret arn:aws:secretsmanager:eu-west-1:111122223333:secret:redis
  holdfast audit --framework nist
  holdfast audit --list --severity high

If a file cannot be written, the result is still shown, with the reason.

Exit status: 0 nothing was found · 1 failed, or a file could not be written and there are no findings · 2 wrong usage or
  config · 3 findings · 4 nothing was found, and something could not be evaluated
`;

function oneOfFormats(value: string, previous: readonly AuditFormat[] | undefined): AuditFormat[] {
  const found = FORMATS.find((format) => format === value);
  if (found === undefined) throw new InvalidArgumentError(`Allowed choices are ${FORMATS.join(', ')}.`);
  return [...(previous ?? []), found];
}
