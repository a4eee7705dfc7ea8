/** What a finding says, in words that all formats share. */
import type { AuditReport, ReportedFinding } from '../audit-report.js';
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
