/** The action of `holdfast audit`. */
import { resolve } from 'node:path';
import { type Severity } from '../../../audit/model/control.js';
import { type Framework, selectControls } from '../../../audit/select-controls.js';
import { tool } from '../../../core/tool.js';
import { HoldfastError } from '../../../core/errors.js';
import type { CollectOptions } from '../../audit/collect-facts.js';
import type { AuditFormat } from '../../audit/outputs.js';
import { withUnfinished, type CommandResult } from '../../command-result.js';
import { EXIT_DONE } from '../../exit-code.js';
import { asCodedError } from '../../report-error.js';
import type { Session } from '../../session.js';
import { shownFormat } from './shown-format.js';

export interface AuditOptions extends CollectOptions {
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

export async function audit(session: Session, options: AuditOptions): Promise<CommandResult> {
  const { CONTROLS } = await import('../../../audit/catalog.js');
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
  const { planOutputs, renderAs, writeOutputs } = await import('../../audit/outputs.js');
  const formats = options.format ?? [];
  if (options.json && shownFormat(options) !== 'json' && formats.length > (options.output ?? []).length) {
    throw new HoldfastError('USAGE', `--json and --format ${shownFormat(options)} exclude each other.`, {
      hint: 'Keep one of them, or give the format an --output.',
    });
  }
  // Everything that can be wrong with the options is found before anything is read.
  const plan = await planOutputs(session.cwd, formats, options.output ?? []);
  const { readWaivers } = await import('../../../audit/waivers/read-waivers.js');
  const { readBaseline } = await import('../../../audit/baseline/baseline.js');
  const at = (file: string) => resolve(session.cwd, file);
  const ids = CONTROLS.map(({ id }) => id);
  const waivers = options.waivers === undefined ? undefined : await readWaivers(at(options.waivers), ids);
  const source = options.template === undefined ? 'live' : 'template';
  const before = options.baseline === undefined ? undefined : await readBaseline(at(options.baseline), source);

  const { collectFacts } = await import('../../audit/collect-facts.js');
  const collected = await collectFacts(session, options);
  const { audit: evaluateAll } = await import('../../../audit/audit-report.js');
  const { compareWithBaseline } = await import('../../../audit/baseline/compare-baseline.js');
  const report = evaluateAll(collected.audited, { controls, catalog: CONTROLS, ...(waivers && { waivers }) });
  const comparison = before && compareWithBaseline(report, before);
  const rendering = { report, comparison, tool };
  const { written, failures } = await writeOutputs(plan, rendering);
  const unfinished = [...failures];
  if (options.evidence !== undefined) {
    const { writeEvidence } = await import('../../../audit/evidence/write-evidence.js');
    const directory = at(options.evidence);
    await writeEvidence(directory, { rendering, ...collected }).catch((error: unknown) => {
      unfinished.push({ subject: directory, error: asCodedError(error) });
    });
  }
  const evidenceWritten = options.evidence !== undefined && unfinished.length === failures.length;

  const { toAuditDocument } = await import('../../../audit/report/document.js');
  const { exitOfAudit } = await import('../../audit/exit-of-audit.js');
  const { formatAudit } = await import('../../audit/audit-table.js');
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
  const { toControl } = await import('../../../audit/report/document.js');
  const { formatControls } = await import('../../audit/audit-table.js');
  return {
    document: { controls: controls.map(toControl) },
    format: (style) => formatControls(controls, style),
    exitCode: EXIT_DONE,
  };
}
