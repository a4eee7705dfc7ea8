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
import { CONTROLS } from '../../../audit/catalog.js';
import { planOutputs, renderAs, writeOutputs } from '../../audit/outputs.js';
import { readWaivers } from '../../audit/waivers.js';
import { NO_WAIVERS } from '../../../audit/waivers/waiver.js';
import { readBaseline } from '../../../audit/baseline/baseline.js';
import { collectFacts } from '../../audit/collect-facts.js';
import { audit as evaluateAll } from '../../../audit/audit-report.js';
import { compareWithBaseline } from '../../../audit/baseline/compare-baseline.js';
import { writeEvidence } from '../../../audit/evidence/write-evidence.js';
import { toAuditDocument, toControl } from '../../../audit/report/document.js';
import { exitOfAudit } from '../../audit/exit-of-audit.js';
import { formatAudit, formatControls } from '../../audit/audit-table.js';
import type { auditDocument, auditListDocument } from '../../../audit/report/document.js';
import type { DocumentOf } from '../../json/document-of.js';

type Document = DocumentOf<typeof auditDocument> | DocumentOf<typeof auditListDocument>;

export interface AuditOptions extends CollectOptions {
  readonly severity?: Severity;
  readonly framework?: Framework;
  readonly control?: readonly string[];
  readonly list?: boolean;
  readonly format?: readonly AuditFormat[];
  readonly output?: readonly string[];
  readonly waivers?: string;
  readonly wildcardWaivers?: boolean;
  /** False by `--no-inline-acceptance`. */
  readonly inlineAcceptance?: boolean;
  readonly baseline?: string;
  readonly failOnNew?: boolean;
  readonly evidence?: string;
  readonly json?: boolean;
}

export async function audit(session: Session, options: AuditOptions): Promise<CommandResult<Document>> {
  const { severity, framework, control } = options;
  const controls = selectControls(CONTROLS, {
    ...(severity && { severity }),
    ...(framework && { framework }),
    ...(control && { controls: control }),
  });
  if (options.list) return listed(controls);
  if (options.failOnNew && options.baseline === undefined) {
    throw new HoldfastError('USAGE', '--fail-on-new compares with a baseline: give --baseline.');
  }
  const formats = options.format ?? [];
  if (options.json && shownFormat(options) !== 'json' && formats.length > (options.output ?? []).length) {
    throw new HoldfastError('USAGE', `--json and --format ${shownFormat(options)} exclude each other.`, {
      hint: 'Keep one of them, or give the format an --output.',
    });
  }
  // Everything that can be wrong with the options is found before anything is read.
  const plan = await planOutputs(session.cwd, formats, options.output ?? []);
  const at = (file: string) => resolve(session.cwd, file);
  const ids = CONTROLS.map(({ id }) => id);
  const wildcards = options.wildcardWaivers ?? false;
  const waivers =
    options.waivers === undefined ? undefined : await readWaivers(at(options.waivers), ids, { wildcards });
  const inlineAcceptance = options.inlineAcceptance ?? true;
  const source = options.template === undefined ? 'live' : 'template';
  const before = options.baseline === undefined ? undefined : await readBaseline(at(options.baseline), source);

  const collected = await collectFacts(session, options);
  const report = evaluateAll(collected.audited, {
    controls,
    catalog: CONTROLS,
    ...(waivers && { waivers }),
    inlineAcceptance,
  });
  const comparison = before && compareWithBaseline(report, before);
  const rendering = { report, comparison, tool };
  const { written, failures } = await writeOutputs(plan, rendering);
  const unfinished = [...failures];
  if (options.evidence !== undefined) {
    const directory = at(options.evidence);
    const acceptance = {
      waivers: waivers ?? NO_WAIVERS,
      wildcardWaivers: wildcards,
      inlineAcceptance,
    };
    await writeEvidence(directory, { rendering, acceptance, ...collected }).catch((error: unknown) => {
      unfinished.push({ subject: directory, error: asCodedError(error) });
    });
  }
  const evidenceWritten = options.evidence !== undefined && unfinished.length === failures.length;

  const { shown } = plan;
  return {
    document: toAuditDocument(rendering),
    format: (style) =>
      shown === 'table'
        ? [
            formatAudit(report, { comparison, framework, all: session.options.verbose ?? false }, style),
            ...written.map((path) => `Wrote ${path}.`),
            ...(evidenceWritten ? [`Wrote the evidence to ${at(options.evidence ?? '')}.`] : []),
          ].join('\n')
        : renderAs(shown, rendering).trimEnd(),
    exitCode: withUnfinished(exitOfAudit(report, { comparison, onlyNew: options.failOnNew ?? false }), unfinished),
    unfinished,
  };
}

function listed(controls: ReturnType<typeof selectControls>): CommandResult<Document> {
  return {
    document: { controls: controls.map(toControl) },
    format: (style) => formatControls(controls, style),
    exitCode: EXIT_DONE,
  };
}
