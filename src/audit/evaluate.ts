/** Runs controls over facts. */
import type { Control, ControlContext } from './model/control.js';
import type { Declared } from './model/declared.js';
import type { FactKind, FactOf, Facts } from './model/facts.js';
import type { Finding } from './model/finding.js';
import { type Question, UnknownReading, valueOf } from './model/reading.js';

export interface EvaluateOptions {
  /** Whether a template may accept its own findings. @default true */
  readonly inlineAcceptance?: boolean;
}

/**
 * One finding for each control and resource that it concerns; where there is none, one that says so.
 *
 * A control that is not evaluated on the facts' source is left out: the caller lists those.
 */
export function evaluate(
  controls: readonly Control[],
  facts: Facts,
  declared: Declared,
  { inlineAcceptance = true }: EvaluateOptions = {},
): Finding[] {
  const context = { facts, declared, refusesAcceptance: !inlineAcceptance };
  const asked = controls.filter((control) => control.evaluatedOn.includes(facts.source));
  return inEachBranch(
    asked.flatMap((control) => evaluateControl(control, context)),
    asked,
    context,
  );
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
  // Of what is elsewhere, something that belongs to it is no sign that it exists.
  const here = resources.filter(({ judgedFor }) => judgedFor === undefined);
  const names = new Set(here.map((resource) => resource.name));
  const missing = (control.expects?.(context.declared, context.facts.source) ?? []).filter((name) => !names.has(name));
  const unnamed = here.find(({ openName }) => openName !== undefined);
  findings.push(...missing.map((name): Finding => ({ ...base, resourceName: name, ...missed(unnamed) })));
  return findings.length > 0 ? findings : [{ ...base, status: 'absent' }];
}

/** Of what the config declares: it does not exist, unless it is the resource whose name is not known. */
function missed(unnamed: FactOf<FactKind> | undefined): Pick<Finding, 'status' | 'problems' | 'unknown'> {
  if (!unnamed?.openName) return { status: 'fail', problems: ['The config declares it, but it does not exist.'] };
  const reason = `It may be ${unnamed.id}, whose name is not known: ${unnamed.openName.reason}.`;
  return { status: 'not-evaluated', problems: [], unknown: { ...unnamed.openName, reason } };
}

function evaluateResource(control: Control, resource: FactOf<FactKind>, context: ControlContext): Finding[] {
  const base = {
    control: control.id,
    source: context.facts.source,
    resource: resource.id,
    resourceName: resource.name,
    ...(resource.file !== undefined && { file: resource.file }),
    ...(resource.optOuts.includes(control.id) && { optedOut: true, note: 'Opted out of by name.' }),
  };
  const problems: string[] = [];
  if (resource.judgedFor && !resource.judgedFor.includes(control.id)) return [];
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
  const accepted = context.refusesAcceptance ? undefined : resource.accepted?.find((one) => one.control === control.id);
  if (accepted)
    return [
      {
        ...base,
        status: 'waived',
        problems,
        note: `Accepted by the template itself, without approver or end: ${accepted.reason}`,
      },
    ];
  return [{ ...base, status: 'fail', problems }];
}

function reasonOf(error: unknown) {
  if (error instanceof UnknownReading) return error.unknown;
  throw error;
}

/** How many questions are asked for one finding, one after the other: 64 branches at most. */
const MOST_QUESTIONS = 6;

/**
 * Looks at both outcomes of what a template leaves to its deployment, where a verdict depends on it. What fails in both
 * fails and what passes in both passes; where they differ, it is not evaluated, and says which is which.
 */
function inEachBranch(
  findings: readonly Finding[],
  controls: readonly Control[],
  context: ControlContext,
  asked = 0,
): Finding[] {
  const { suppose } = context.facts;
  if (!suppose || asked === MOST_QUESTIONS) return [...findings];
  const groups = new Map<string, { readonly question: Question; readonly controls: Set<string> }>();
  for (const { control, status, unknown } of findings) {
    if (status !== 'not-evaluated' || !unknown?.question) continue;
    const key = JSON.stringify(unknown.question);
    const group = groups.get(key) ?? { question: unknown.question, controls: new Set() };
    groups.set(key, group);
    group.controls.add(control);
  }
  const settled = new Map<Finding, Finding>();
  const ofBranches: Finding[] = [];
  for (const [key, { question, controls: hanging }] of groups) {
    const some = controls.filter(({ id }) => hanging.has(id));
    const open = findings.filter(
      ({ control, status, unknown }) =>
        status === 'not-evaluated' && hanging.has(control) && JSON.stringify(unknown?.question) === key,
    );
    const [yes, no] = [true, false].map((answer) => {
      const facts = suppose(question, answer);
      const branch = { ...context, facts };
      const found = some.flatMap((control) => evaluateControl(control, branch));
      const wanted = new Set(open.map(placeOf));
      return inEachBranch(
        found.filter((finding) => wanted.has(placeOf(finding)) || wanted.has(placeOf(wholeOf(finding)))),
        some,
        branch,
        asked + 1,
      );
    });
    const inBoth = (finding: Finding) => {
      const of = (branch: readonly Finding[] = []) => branch.find((one) => placeOf(one) === placeOf(finding));
      return together(finding, question, of(yes), of(no));
    };
    for (const finding of open) settled.set(finding, inBoth(finding));
    // Parts that only a branch has: the replicas of a table.
    const known = new Set(findings.map(placeOf));
    for (const part of [...(yes ?? []), ...(no ?? [])].filter((one) => !known.has(placeOf(one)))) {
      known.add(placeOf(part));
      ofBranches.push(inBoth(part));
    }
  }
  return [...findings.map((finding) => settled.get(finding) ?? finding), ...ofBranches];
}

/** Of a part of a resource (`app/Orders@eu-west-1`), the resource. */
function wholeOf(finding: Finding): Finding {
  const { resource } = finding;
  return resource === undefined ? finding : { ...finding, resource: resource.split('@')[0] };
}

function placeOf({ control, resource = '', resourceName = '' }: Finding): string {
  return [control, resource, resource === '' ? resourceName : ''].join(' ');
}

/** Where a resource does not exist in a branch, the other one decides. */
function together(finding: Finding, question: Question, yes: Finding | undefined, no: Finding | undefined): Finding {
  if (!yes || !no) return yes ?? no ?? finding;
  if (yes.status === no.status) return { ...yes, problems: [...new Set([...yes.problems, ...no.problems])] };
  const say = (one: Finding, is: string) =>
    `where ${question.label} ${is} ${JSON.stringify(question.value)}, it ${WORDS[one.status]}${one.problems.length > 0 ? ` (${one.problems.join(' ')})` : ''}${one.unknown ? ` (${one.unknown.reason})` : ''}`;
  return {
    ...finding,
    status: 'not-evaluated',
    problems: [],
    unknown: { reason: `It depends on the deployment: ${say(yes, 'is')}; ${say(no, 'is not')}.` },
  };
}

const WORDS: Readonly<Record<Finding['status'], string>> = {
  pass: 'passes',
  fail: 'fails',
  waived: 'is waived',
  'not-evaluated': 'cannot be evaluated',
  absent: 'is not there',
};
