/** `holdfast report`: one HTML page with the audit, the backups and their proofs. */
import type { Command } from 'commander';
import { addFactsOptions } from '../../audit/facts-options.js';
import type { RunCommand } from '../../run-command.js';
import type { ReportOptions } from './action.js';

export function addReportCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('report')
    .summary('write one HTML page: the audit, the backups and their proofs')
    .description(
      'Audits the account or templates, looks at the vault, and writes both into one page that loads nothing from anywhere.',
    )
    .option('--output <file>', 'where to', 'holdfast-report.html');
  addFactsOptions(command)
    .option('--waivers <file>', 'accepted findings, each with a reason, an approver and an end within a year')
    .option('--wildcard-waivers', 'let waivers name resources by a pattern')
    .option('--no-inline-acceptance', 'count what a template accepts of itself as a finding')
    .addHelpText('after', HELP)
    .action((_options: unknown, self: Command) =>
      run(self, async (session) =>
        (await import('./action.js')).report(session, self.optsWithGlobals<ReportOptions>()),
      ),
    );
}

const HELP = `
Examples:
  holdfast report
  holdfast report --template cdk.out --vault s3://rds-backup-layer2-prod --output report.html

If the page cannot be written, the summary is still shown, with the reason.

Exit status: 0 all is in order · 1 failed, or the page could not be written and nothing is bad · 2 wrong usage or config · 3 findings, or an objective is broken ·
  4 neither, and something could not be read
`;
