/** What a finding says, in words that all formats share. */
import type { AuditReport, ReportedFinding } from '../audit-report.js';
import {
  countsOf,
  type FrameworkView,
  REQUIREMENT_STATUSES,
  type RequirementControl,
  type RequirementRow,
  type RequirementStatus,
} from '../frameworks/requirement-view.js';
import { coverageOf } from './coverage.js';

/** What people look for it by: the name, else the id; for a control without a resource, nothing. */
export function subjectOf({ resourceName, resource }: ReportedFinding): string {
  return resourceName ?? resource ?? '';
}

/** More sentences than these nobody reads at once: the JSON has all of them. */
const MOST_SENTENCES = 8;

/** What is wrong, what could not be read, and what was said about it; in this order. */
export function detailsOf({ problems, unknown, note, status }: ReportedFinding): string[] {
  const details = problems.slice(0, MOST_SENTENCES);
  const left = problems.length - details.length;
  if (left > 0) details.push(`And ${left} more: the JSON has them all.`);
  if (unknown) {
    const permission = unknown.permission === undefined ? '' : ` (${unknown.permission} is needed)`;
    details.push(`Not read: ${unknown.reason}${permission}`);
  }
  if (note !== undefined) details.push(note);
  if (status === 'absent') details.push('There is no such resource.');
  return details;
}

/**
 * `3 findings (1 critical, 2 high), 40 checks of 25 controls passed, 2 not evaluated, 1 waived; 3 controls have no
 * resources to check.`
 */
export function summaryOf(report: AuditReport): string {
  const { findings, failed, controls } = coverageOf(report);
  const severities = Object.entries(failed)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${severity}`);
  const parts = [
    `${findings.fail} ${findings.fail === 1 ? 'finding' : 'findings'}${severities.length > 0 ? ` (${severities.join(', ')})` : ''}`,
    passedOf(report),
    ...(findings['not-evaluated'] > 0 ? [`${findings['not-evaluated']} not evaluated`] : []),
    ...(findings.waived > 0 ? [`${findings.waived} waived`] : []),
  ];
  const left = [
    ...(controls.absent > 0 ? [`${controlsHave(controls.absent)} no resources to check`] : []),
    ...(controls.elsewhere > 0
      ? [
          `${controls.elsewhere} can only be evaluated on ${report.source === 'template' ? 'the live account' : 'templates'}`,
        ]
      : []),
  ];
  return `${parts.join(', ')}${left.length > 0 ? `; ${left.join(', ')}` : ''}.`;
}

/** `Not evaluated: 3 of 40 checks (8%) of app.` One sentence for each stack that leaves something open. */
export function openShares(report: AuditReport): string[] {
  return coverageOf(report)
    .stacks.filter(({ notEvaluated }) => notEvaluated > 0)
    .map(
      ({ stack, checks, notEvaluated }) =>
        `Not evaluated: ${notEvaluated} of ${checks} checks (${Math.round((100 * notEvaluated) / checks)}%) of ${stack}.`,
    );
}

/** `account 111122223333, us-east-1`; templates may have no account. */
export function placesOf({ places, source }: AuditReport): string {
  const named = places
    .filter(({ account, region }) => account !== undefined || region !== undefined)
    .map(({ account, region }) => [account, region].filter(Boolean).join(', '));
  const what = source === 'template' ? 'Templates' : 'Live account';
  return named.length === 0 ? what : `${what} ${[...new Set(named)].join(' and ')}`;
}

/** What is wrong with the waiver file itself. */
export function waiverProblems({ malformedWaivers, unusedWaivers }: AuditReport): string[] {
  return [
    ...malformedWaivers.map(({ where, problem }) => `${where} is malformed and waives nothing: ${problem}.`),
    ...unusedWaivers.map(
      ({ control, resource }) => `The waiver of ${control} for ${resource} matches no failing finding.`,
    ),
  ];
}

/** What a requirement comes to, for people. */
export const REQUIREMENT_WORDS: Readonly<Record<RequirementStatus, string>> = {
  met: 'met',
  partly: 'partly met',
  'not-met': 'not met',
  'not-evaluated': 'not evaluated',
  'not-covered': 'not covered',
};

/** `PCI DSS v4.0.1: 12 met, 3 partly met, 1 not met, 4 not evaluated, 30 not covered.` */
export function frameworkSummary(view: FrameworkView): string {
  const counts = countsOf(view);
  const parts = (['met', 'partly', 'not-met', 'not-evaluated', 'not-covered'] as const).map(
    (status) => `${counts[status]} ${REQUIREMENT_WORDS[status]}`,
  );
  return `${view.framework.name} ${view.framework.version}: ${parts.join(', ')}.`;
}

/** The requirements that a control answers, what has to be done first. */
export function coveredOf({ requirements }: FrameworkView): readonly RequirementRow[] {
  const order = (row: RequirementRow) => REQUIREMENT_STATUSES.indexOf(row.status);
  return requirements.filter(({ status }) => status !== 'not-covered').sort((a, b) => order(a) - order(b));
}

/** `s3-cmk (fails), aurora-cmk (passes)` */
export function controlsInWords({ controls }: RequirementRow): string {
  return controls.map(({ control, status }) => `${control} (${CONTROL_WORDS[status]})`).join(', ');
}

const CONTROL_WORDS: Readonly<Record<RequirementControl['status'], string>> = {
  pass: 'passes',
  fail: 'fails',
  waived: 'waived',
  'not-evaluated': 'not evaluated',
  absent: 'nothing there',
  elsewhere: 'not on this source',
  'not-asked': 'not asked for',
};

/** One control checks every resource of its kind. */
function passedOf({ findings }: AuditReport): string {
  const passed = findings.filter(({ status }) => status === 'pass');
  const controls = new Set(passed.map(({ control }) => control)).size;
  const checks = passed.length === 1 ? '1 check' : `${passed.length} checks`;
  return controls === 0
    ? `${checks} passed`
    : `${checks} of ${controls} ${controls === 1 ? 'control' : 'controls'} passed`;
}

function controlsHave(count: number): string {
  return count === 1 ? '1 control has' : `${count} controls have`;
}
