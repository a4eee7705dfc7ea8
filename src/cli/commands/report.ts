/** `holdfast report`: one HTML page with the audit, the backups and their proofs. */
import type { Command } from 'commander';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { tool } from '../../backup/tool.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { CollectOptions } from '../audit/collect-facts.js';
import { addFactsOptions } from '../audit/facts-options.js';
import { withUnfinished, type CommandResult, type Failure } from '../command-result.js';
import { worstExitCode } from '../exit-code.js';
import type { RunCommand } from '../run-command.js';
import type { Session } from '../session.js';
import { exitOfStatus } from '../status/exit-of-status.js';
import { expectationsOf } from '../status/expectations.js';

interface ReportOptions extends CollectOptions {
  readonly output: string;
  readonly waivers?: string;
}

export function addReportCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('report')
    .summary('write one HTML page: the audit, the backups and their proofs')
    .description(
      'Audits the account or templates, looks at the vault, and writes both into one page that loads nothing from anywhere.',
    )
    .option('--output <file>', 'where to', 'holdfast-report.html');
  addFactsOptions(command)
    .option('--waivers <file>', 'findings that somebody answers for, with reason and end')
    .addHelpText('after', HELP)
    .action((_options: unknown, self: Command) =>
      run(self, (session) => report(session, self.optsWithGlobals<ReportOptions>())),
    );
}

const HELP = `
Examples:
  holdfast report
  holdfast report --template cdk.out --vault s3://rds-backup-layer2-prod --output report.html

Where the page cannot be written, the summary is shown all the same, and the reason.

Exit status: 0 all is in order · 1 failed, or the page could not be written and nothing is bad · 2 wrong usage or config · 3 findings, or an objective is broken ·
  4 neither, and something could not be read
`;

async function report(session: Session, options: ReportOptions): Promise<CommandResult> {
  const { CONTROLS } = await import('../../audit/catalog.js');
  const { readWaivers } = await import('../../audit/waivers/read-waivers.js');
  const { audit } = await import('../../audit/audit-report.js');
  const { summaryOf } = await import('../../audit/report/sentences.js');
  const { auditSection } = await import('../../audit/report/html/audit-section.js');
  const { htmlPage } = await import('../../audit/report/html/page.js');
  const { collectFacts } = await import('../audit/collect-facts.js');
  const { exitOfAudit } = await import('../audit/exit-of-audit.js');
  const { readStatus } = await import('../../backup/status/read-status.js');
  const { openAuditedVault } = await import('../audit/read-backups.js');
  const { statusSection } = await import('../report/status-section.js');

  const file = resolve(session.cwd, options.output);
  const ids = CONTROLS.map(({ id }) => id);
  const waivers =
    options.waivers === undefined ? undefined : await readWaivers(resolve(session.cwd, options.waivers), ids);
  const config = await session.config.optional();
  const store = await openAuditedVault(session, config);
  const { signal, clock } = session;
  const expected = expectationsOf(config, {});
  const status = await readStatus({ ...expected, names: [] }, { store, signal, clock });
  const { audited } = await collectFacts(session, options);
  const audits = audit(audited, { controls: CONTROLS, ...(waivers && { waivers }) });
  const body = [
    '<h1>Holdfast report</h1>',
    '<h2>Backups and proofs</h2>',
    statusSection(status, store.url),
    '<h2>Audit</h2>',
    auditSection({ report: audits, tool }, 'h3'),
  ].join('\n');
  const unfinished: Failure[] = [];
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, htmlPage('Holdfast report', body));
  } catch (error) {
    const message = `Writing ${file}: ${messageOf(error)}`;
    unfinished.push({ subject: file, error: new HoldfastError('OUTPUT_FAILED', message, { cause: error }) });
  }
  const written = unfinished.length === 0;
  const broken = status.databases.filter(({ state }) => state === 'broken').length;
  const summary = `Backups: ${status.databases.length} databases, ${broken} with a broken objective. Audit: ${summaryOf(audits)}`;
  return {
    document: { report: { file, written, databases: status.databases.length, broken, audit: summaryOf(audits) } },
    format: () => (written ? `${summary}\nWrote ${file}.` : summary),
    exitCode: withUnfinished(
      worstExitCode([exitOfStatus(status), exitOfAudit(audits, { onlyNew: false })]),
      unfinished,
    ),
    unfinished,
  };
}
