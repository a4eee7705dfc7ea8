/** What an audit says of each requirement of a framework, by the controls that answer it. */
import type { Control } from '../model/control.js';
import type { Finding, Status } from '../model/finding.js';
import type { FrameworkInfo } from './framework.js';

/**
 * - `met`: all that the controls behind it look at passes. The requirement may ask for more than they look at.
 * - `partly`: something passes, and something fails, is waived, or could not be evaluated.
 * - `not-met`: something fails, and nothing passes.
 * - `not-evaluated`: nothing passes or fails: not read, not asked for, not on this source, or there is no such thing.
 * - `not-covered`: no control answers it.
 */
export const REQUIREMENT_STATUSES = ['not-met', 'partly', 'not-evaluated', 'met', 'not-covered'] as const;
export type RequirementStatus = (typeof REQUIREMENT_STATUSES)[number];

/** A control behind a requirement: the worst of its findings, or why it has none. */
export interface RequirementControl {
  readonly control: string;
  readonly status: Status | 'elsewhere' | 'not-asked';
}

export interface RequirementRow {
  readonly id: string;
  readonly title: string;
  readonly status: RequirementStatus;
  readonly controls: readonly RequirementControl[];
}

export interface FrameworkView {
  readonly framework: FrameworkInfo;
  readonly requirements: readonly RequirementRow[];
}

interface Audited {
  /** The whole catalog: what was not asked for answers a requirement as well. */
  readonly catalog: readonly Control[];
  readonly asked: readonly Control[];
  readonly elsewhere: readonly Control[];
  readonly findings: readonly Finding[];
}

/** Each listed requirement of a framework, in its order. */
export function viewOf(framework: FrameworkInfo, { catalog, asked, elsewhere, findings }: Audited): FrameworkView {
  const statuses = new Map<string, Set<Status>>();
  for (const { control, status } of findings) statuses.set(control, (statuses.get(control) ?? new Set()).add(status));
  const statusOf = ({ id }: Control): RequirementControl['status'] => {
    if (!asked.some((one) => one.id === id)) return 'not-asked';
    if (elsewhere.some((one) => one.id === id)) return 'elsewhere';
    return WORST_FIRST.find((status) => statuses.get(id)?.has(status)) ?? 'absent';
  };
  return {
    framework,
    requirements: framework.requirements.map(({ id, title }) => {
      const behind = catalog.filter(({ references }) => references[framework.key]?.includes(id));
      const controls = behind.map((control) => ({ control: control.id, status: statusOf(control) }));
      const passes = behind.some((control) => statuses.get(control.id)?.has('pass') && asked.includes(control));
      return { id, title, status: together(controls, passes), controls };
    }),
  };
}

const WORST_FIRST = ['fail', 'not-evaluated', 'waived', 'pass', 'absent'] as const satisfies readonly Status[];

/** @param passes whether anything that the controls look at passes */
function together(controls: readonly RequirementControl[], passes: boolean): RequirementStatus {
  if (controls.length === 0) return 'not-covered';
  const has = (...statuses: readonly RequirementControl['status'][]) =>
    controls.some(({ status }) => statuses.includes(status));
  if (has('fail')) return passes ? 'partly' : 'not-met';
  // A waiver accepts a risk; it meets nothing.
  if (!passes) return has('waived') ? 'not-met' : 'not-evaluated';
  return has('not-evaluated', 'waived', 'elsewhere', 'not-asked') ? 'partly' : 'met';
}

/** How many requirements have each status. */
export function countsOf({ requirements }: FrameworkView): Readonly<Record<RequirementStatus, number>> {
  const counts = { met: 0, partly: 0, 'not-met': 0, 'not-evaluated': 0, 'not-covered': 0 };
  for (const { status } of requirements) counts[status] += 1;
  return counts;
}
