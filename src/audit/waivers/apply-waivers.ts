/** What waivers make of findings. */
import { DAY_MS, formatDay } from '../../core/times.js';
import type { Finding } from '../model/finding.js';
import { matchesGlob } from '../../syntax/glob.js';
import type { MalformedWaiver, Waiver, Waivers } from './waiver.js';

export interface WaivedFindings {
  readonly findings: readonly Finding[];
  /** Waivers that match nothing that fails: they can be removed. */
  readonly unused: readonly Waiver[];
}

/**
 * Turns findings that a waiver in force accepts into `waived`. Where a waiver has expired, is malformed, or names a
 * compensating control that does not pass, the finding stays, with a note that says so.
 *
 * @param findings of all controls, those that compensate among them
 * @param now waivers are in force through the end of their last day, in UTC
 */
export function applyWaivers(findings: readonly Finding[], { waivers, malformed }: Waivers, now: Date): WaivedFindings {
  const used = new Set<Waiver>();
  const applied = findings.map((finding): Finding => {
    if (finding.status !== 'fail') return finding;
    const about = waivers.filter((waiver) => isAbout(waiver, finding));
    const notes: string[] = [];
    for (const waiver of about) {
      used.add(waiver);
      const problem = whyNotInForce(waiver, finding, findings, now);
      if (problem === undefined) return { ...finding, status: 'waived', note: noteOf(waiver) };
      notes.push(problem);
    }
    notes.push(
      ...malformed
        .filter((entry) => isAbout(entry, finding))
        .map(({ where, problem }) => `It is not waived because ${where} is malformed: ${problem}.`),
    );
    return notes.length === 0 ? finding : { ...finding, note: [finding.note ?? [], notes].flat().join(' ') };
  });
  return { findings: applied, unused: waivers.filter((waiver) => !used.has(waiver)) };
}

/** A year, and the day that leap years have more. */
const LONGEST_MS = 366 * DAY_MS;

function isAbout({ control, resource }: Waiver | MalformedWaiver, finding: Finding): boolean {
  if (control !== finding.control || resource === undefined) return false;
  return [finding.resource, finding.resourceName].some(
    (name) => name !== undefined && matchesGlob(resource, name, '*'),
  );
}

function whyNotInForce(
  { expires, approver, compensatedBy }: Waiver,
  finding: Finding,
  findings: readonly Finding[],
  now: Date,
): string | undefined {
  if (formatDay(now) > expires) return `The waiver of ${approver} expired on ${expires}.`;
  if (Date.parse(expires) - now.getTime() > LONGEST_MS)
    return `The waiver of ${approver} is not in force: it ends on ${expires}, and at most a year from now is allowed.`;
  if (compensatedBy === undefined || isMet(compensatedBy, finding, findings)) return undefined;
  return `The waiver of ${approver} is not in force: the compensating control ${compensatedBy} does not pass.`;
}

/**
 * On the same resource where the control is about it, else on all that it is about; what was not evaluated does not
 * count as met.
 */
function isMet(control: string, { resource }: Finding, findings: readonly Finding[]): boolean {
  const all = findings.filter((finding) => finding.control === control);
  const same = all.filter((finding) => finding.resource !== undefined && finding.resource === resource);
  const relevant = same.length > 0 ? same : all;
  return relevant.length > 0 && relevant.every(({ status }) => status === 'pass');
}

function noteOf({ approver, expires, reason, compensatedBy }: Waiver): string {
  const instead = compensatedBy === undefined ? '' : ` ${compensatedBy} compensates.`;
  return `Waived by ${approver} until ${expires}: ${reason.replace(/\.?$/, '.')}${instead}`;
}
