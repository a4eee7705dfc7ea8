/** The action of `holdfast report`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { tool } from '../../../core/tool.js';
import { HoldfastError, messageOf } from '../../../core/errors.js';
import type { CollectOptions } from '../../audit/collect-facts.js';
import { withUnfinished, type CommandResult, type Failure } from '../../command-result.js';
import { worstExitCode } from '../../exit-code.js';
import type { Session } from '../../session.js';
import { exitOfStatus } from '../../status/exit-of-status.js';
import { expectationsOf } from '../../status/expectations.js';
import { CONTROLS } from '../../../audit/catalog.js';
import { audit } from '../../../audit/audit-report.js';
import { summaryOf } from '../../../audit/report/sentences.js';
import { auditSection } from '../../../audit/report/html/audit-section.js';
import { htmlPage } from '../../../audit/report/html/page.js';
import { readWaivers } from '../../audit/waivers.js';
import { collectFacts } from '../../audit/collect-facts.js';
import { exitOfAudit } from '../../audit/exit-of-audit.js';
import { readStatus } from '../../../backup/status/read-status.js';
import { openAuditedVault } from '../../audit/read-backups.js';
import { statusSection } from '../../report/status-section.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { reportDocument } from '../../json/aws-documents.js';

type Document = DocumentOf<typeof reportDocument>;

export interface ReportOptions extends CollectOptions {
  readonly output: string;
  readonly waivers?: string;
  readonly wildcardWaivers?: boolean;
  /** False by `--no-inline-acceptance`. */
  readonly inlineAcceptance?: boolean;
}

export async function report(session: Session, options: ReportOptions): Promise<CommandResult<Document>> {
  const file = resolve(session.cwd, options.output);
  const ids = CONTROLS.map(({ id }) => id);
  const waivers =
    options.waivers === undefined
      ? undefined
      : await readWaivers(resolve(session.cwd, options.waivers), ids, { wildcards: options.wildcardWaivers ?? false });
  const config = await session.config.optional();
  const store = await openAuditedVault(session, config);
  const { signal, clock } = session;
  const expected = expectationsOf(config, {});
  const status = await readStatus({ ...expected, names: [] }, { store, signal, clock });
  const { audited } = await collectFacts(session, options);
  const audits = audit(audited, {
    controls: CONTROLS,
    ...(waivers && { waivers }),
    inlineAcceptance: options.inlineAcceptance ?? true,
  });
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
