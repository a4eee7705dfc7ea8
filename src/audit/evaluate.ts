/** Runs controls over facts. */
import type { Control, ControlContext } from './model/control.js';
import type { Declared } from './model/declared.js';
import type { FactKind, FactOf, Facts } from './model/facts.js';
import type { Finding } from './model/finding.js';
import { UnknownReading, valueOf } from './model/reading.js';

/**
 * One finding for each control and resource that it concerns; where there is none, one that says so.
 *
 * A control that is not evaluated on the facts' source is left out: the caller lists those.
 */
export function evaluate(controls: readonly Control[], facts: Facts, declared: Declared): Finding[] {
  const context = { facts, declared };
  return controls
    .filter((control) => control.evaluatedOn.includes(facts.source))
    .flatMap((control) => evaluateControl(control, context));
}

function evaluateControl(control: Control, context: ControlContext): Finding[] {
  const base = { control: control.id, source: context.facts.source, problems: [] };
  let resources: readonly FactOf<FactKind>[];
  try {
    resources = valueOf<readonly FactOf<FactKind>[]>(context.facts[control.kind]);
  } catch (error) {
    return [{ ...base, status: 'not-evaluated', unknown: reasonOf(error) }];
  }
  const findings = resources.flatMap((resource) => evaluateResource(control, resource, context));
  const names = new Set(resources.map((resource) => resource.name));
  const missing = (control.expects?.(context.declared, context.facts.source) ?? []).filter((name) => !names.has(name));
  findings.push(
    ...missing.map((name): Finding => ({
      ...base,
      status: 'fail',
      resourceName: name,
      problems: ['The config declares it, but it does not exist.'],
    })),
  );
  return findings.length > 0 ? findings : [{ ...base, status: 'absent' }];
}

function evaluateResource(control: Control, resource: FactOf<FactKind>, context: ControlContext): Finding[] {
  const base = {
    control: control.id,
    source: context.facts.source,
    resource: resource.id,
    resourceName: resource.name,
    ...(resource.optOuts.includes(control.id) && { optedOut: true, note: 'Opted out of by name.' }),
  };
  const problems: string[] = [];
  try {
    if (control.concerns && !control.concerns(resource, context)) return [];
    const exempt = control.exempts?.(resource);
    if (exempt !== undefined) return [{ ...base, status: 'waived', problems, note: `Exempt: ${exempt}` }];
    for (const problem of control.check(resource, context)) problems.push(problem);
  } catch (error) {
    const unknown = reasonOf(error);
    // A known fault outweighs what is not known.
    return [{ ...base, status: problems.length > 0 ? 'fail' : 'not-evaluated', problems, unknown }];
  }
  if (problems.length === 0) return [{ ...base, status: 'pass', problems }];
  const accepted = resource.accepted?.find((one) => one.control === control.id);
  if (accepted) return [{ ...base, status: 'waived', problems, note: `Accepted where it arises: ${accepted.reason}` }];
  return [{ ...base, status: 'fail', problems }];
}

function reasonOf(error: unknown) {
  if (error instanceof UnknownReading) return error.unknown;
  throw error;
}
