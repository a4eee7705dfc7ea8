/** `holdfast audit`: every requirement, on templates before they are deployed and on the account after. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { resolve } from 'node:path';
import { SEVERITIES, type Severity } from '../../audit/model/control.js';
import { type Framework, FRAMEWORKS, selectControls } from '../../audit/select-controls.js';
import { tool } from '../../backup/tool.js';
import { HoldfastError } from '../../core/errors.js';
import type { CollectOptions } from '../audit/collect-facts.js';
import { addFactsOptions } from '../audit/facts-options.js';
import type { AuditFormat } from '../audit/outputs.js';
import { withUnfinished, type CommandResult } from '../command-result.js';
import { EXIT_DONE } from '../exit-code.js';
import { collect } from '../inputs/option-parsers.js';
import { asCodedError } from '../report-error.js';
import type { RunCommand } from '../run-command.js';
import type { Session } from '../session.js';

const FORMATS = [
  'table',
  'json',
  'csv',
  'junit',
  'sarif',
  'markdown',
  'html',
] as const satisfies readonly AuditFormat[];

interface AuditOptions extends CollectOptions {
  readonly severity?: Severity;
  readonly framework?: Framework;
  readonly control?: readonly string[];
  readonly list?: boolean;
  readonly format?: readonly AuditFormat[];
  readonly output?: readonly string[];
  readonly waivers?: string;
  readonly baseline?: string;
  readonly failOnNew?: boolean;
  readonly evidence?: string;
  readonly json?: boolean;
}

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
    .option('--control <id>', 'only this control; repeatable', collect)
    .option('--list', 'show the controls, and audit nothing')
    .addOption(
      new Option('--format <format>', `${FORMATS.join(', ')}; repeatable (default: table)`).argParser(oneOfFormats),
    )
    .option(
      '--output <file>',
      'where the format goes: the n-th file takes the n-th format, a directory takes all of them; repeatable',
      collect,
    )
    .option('--waivers <file>', 'findings that somebody answers for, with reason and end')
    .option('--baseline <file>', 'an earlier audit, as --json printed it: tells what is new, fixed, still open')
    .option('--fail-on-new', 'findings that the baseline has already do not count for the exit status')
    .option('--evidence <dir>', 'write what each control has read, with hashes, into this directory')
    .addHelpText('after', HELP)
    .action((_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<AuditOptions>();
      // One way to print JSON, whichever option asks for it.
      if (shownFormat(options) === 'json') program.setOptionValue('json', true);
      return run(self, (session) => audit(session, options));
    });
}

const HELP = `
The table shows what has to be done; --verbose shows what passes as well.

Examples:
  holdfast audit --template cdk.out
  holdfast audit --framework pci --format html --output audit.html --evidence evidence/2026-11
  holdfast audit --format sarif --format junit --output results/
  holdfast audit --baseline last.json --fail-on-new
  holdfast audit --control redis-auth-verified --redis-secret arn:aws:secretsmanager:eu-west-1:111122223333:secret:redis
  holdfast audit --list --severity high

A file that cannot be written takes nothing else with it: the result is shown, and the reason.

Exit status: 0 nothing was found · 1 failed, or a file could not be written and there are no findings · 2 wrong usage or
  config · 3 findings · 4 nothing was found, and something could not be evaluated
`;

async function audit(session: Session, options: AuditOptions): Promise<CommandResult> {
  const { CONTROLS } = await import('../../audit/catalog.js');
  const { severity, framework, control } = options;
  const controls = selectControls(CONTROLS, {
    ...(severity && { severity }),
    ...(framework && { framework }),
    ...(control && { controls: control }),
  });
  if (options.list) return listed(controls);
  if (options.failOnNew && options.baseline === undefined) {
    throw new HoldfastError('USAGE', '--fail-on-new needs --baseline: what is new is new against something.');
  }
  const { planOutputs, renderAs, writeOutputs } = await import('../audit/outputs.js');
  const formats = options.format ?? [];
  if (options.json && shownFormat(options) !== 'json' && formats.length > (options.output ?? []).length) {
    throw new HoldfastError('USAGE', `--json and --format ${shownFormat(options)} exclude each other.`, {
      hint: 'Keep one of them, or give the format an --output.',
    });
  }
  // Everything that can be wrong with the options is found before anything is read.
  const plan = await planOutputs(session.cwd, formats, options.output ?? []);
  const { readWaivers } = await import('../../audit/waivers/read-waivers.js');
  const { readBaseline } = await import('../../audit/baseline/baseline.js');
  const at = (file: string) => resolve(session.cwd, file);
  const ids = CONTROLS.map(({ id }) => id);
  const waivers = options.waivers === undefined ? undefined : await readWaivers(at(options.waivers), ids);
  const source = options.template === undefined ? 'live' : 'template';
  const before = options.baseline === undefined ? undefined : await readBaseline(at(options.baseline), source);

  const { collectFacts } = await import('../audit/collect-facts.js');
  const collected = await collectFacts(session, options);
  const { audit: evaluateAll } = await import('../../audit/audit-report.js');
  const { compareWithBaseline } = await import('../../audit/baseline/compare-baseline.js');
  const report = evaluateAll(collected.audited, { controls, catalog: CONTROLS, ...(waivers && { waivers }) });
  const comparison = before && compareWithBaseline(report, before);
  const rendering = { report, comparison, tool };
  const { written, failures } = await writeOutputs(plan, rendering);
  const unfinished = [...failures];
  if (options.evidence !== undefined) {
    const { writeEvidence } = await import('../../audit/evidence/write-evidence.js');
    const directory = at(options.evidence);
    await writeEvidence(directory, { rendering, ...collected }).catch((error: unknown) => {
      unfinished.push({ subject: directory, error: asCodedError(error) });
    });
  }
  const evidenceWritten = options.evidence !== undefined && unfinished.length === failures.length;

  const { toAuditDocument } = await import('../../audit/report/document.js');
  const { exitOfAudit } = await import('../audit/exit-of-audit.js');
  const { formatAudit } = await import('../audit/audit-table.js');
  const { shown } = plan;
  return {
    document: toAuditDocument(rendering),
    format: (style) =>
      shown === 'table'
        ? [
            formatAudit(report, { comparison, all: session.options.verbose ?? false }, style),
            ...written.map((path) => `Wrote ${path}.`),
            ...(evidenceWritten ? [`Wrote the evidence to ${at(options.evidence ?? '')}.`] : []),
          ].join('\n')
        : renderAs(shown, rendering).trimEnd(),
    exitCode: withUnfinished(exitOfAudit(report, { comparison, onlyNew: options.failOnNew ?? false }), unfinished),
    unfinished,
  };
}

async function listed(controls: ReturnType<typeof selectControls>): Promise<CommandResult> {
  const { toControl } = await import('../../audit/report/document.js');
  const { formatControls } = await import('../audit/audit-table.js');
  return {
    document: { controls: controls.map(toControl) },
    format: (style) => formatControls(controls, style),
    exitCode: EXIT_DONE,
  };
}

/** What goes to standard output, as far as formats and files alone tell. */
function shownFormat({ format = [], output = [] }: AuditOptions): AuditFormat {
  return format[output.length] ?? 'table';
}

function oneOfFormats(value: string, previous: readonly AuditFormat[] | undefined): AuditFormat[] {
  const found = FORMATS.find((format) => format === value);
  if (found === undefined) throw new InvalidArgumentError(`Allowed choices are ${FORMATS.join(', ')}.`);
  return [...(previous ?? []), found];
}
