/** Which controls an audit runs and shows. */
import { nearest } from '../core/nearest.js';
import { HoldfastError } from '../core/errors.js';
import type { FrameworkKey } from './frameworks/framework.js';
import { type Control, SEVERITIES, type Severity } from './model/control.js';

/** What controls refer to, as the keys of their references. */
export type Framework = FrameworkKey | 'runbook';

export interface ControlFilter {
  /** This severity and worse. */
  readonly severity?: Severity;
  /** Those that refer to it. */
  readonly framework?: Framework;
  /** These, by id, besides those that the other two select. */
  readonly controls?: readonly string[];
}

/**
 * @throws HoldfastError USAGE for an id that no control has, and when nothing is left
 */
export function selectControls(catalog: readonly Control[], filter: ControlFilter): readonly Control[] {
  const ids = catalog.map(({ id }) => id);
  const missing = filter.controls?.find((id) => !ids.includes(id));
  if (missing !== undefined) {
    const meant = nearest(missing, ids);
    throw new HoldfastError('USAGE', `There is no control ${missing}.`, {
      hint: meant ? `Did you mean ${meant}?` : 'holdfast audit --list shows them all.',
    });
  }
  const selected = catalog.filter((control) => matches(control, filter));
  if (selected.length > 0) return selected;
  throw new HoldfastError('USAGE', 'No control matches all of the filters, so nothing would be audited.', {
    hint: 'holdfast audit --list shows severities and references.',
  });
}

function matches(control: Control, { severity, framework, controls }: ControlFilter): boolean {
  if (controls?.includes(control.id)) return true;
  if (controls !== undefined && severity === undefined && framework === undefined) return false;
  return (
    (severity === undefined || SEVERITIES.indexOf(control.severity) <= SEVERITIES.indexOf(severity)) &&
    (framework === undefined || (control.references[framework] ?? []).length > 0)
  );
}
