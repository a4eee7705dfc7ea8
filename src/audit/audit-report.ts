/** The result of an audit, in the order in which it is read: worst first. */
import type { AuroraParameter } from './aurora/facts.js';
import { evaluate } from './evaluate.js';
import { FRAMEWORKS } from './frameworks/frameworks.js';
import { type FrameworkView, viewOf } from './frameworks/requirement-view.js';
import { type Control, SEVERITIES } from './model/control.js';
import type { Declared } from './model/declared.js';
import type { Facts, FactSource } from './model/facts.js';
import type { Finding, Status } from './model/finding.js';
import { AUDIT_SCOPE, scopeFindings } from './scope.js';
import { applyWaivers } from './waivers/apply-waivers.js';
import { type MalformedWaiver, NO_WAIVERS, type Waiver, type Waivers } from './waivers/waiver.js';

/** Facts, and what the config declares of them: one account, or one set of templates. */
export interface AuditedFacts {
  readonly facts: Facts;
  readonly declared: Declared;
}

/** A finding with its control, and with where it was made. */
export interface ReportedFinding extends Finding {
  readonly about: Control;
  readonly account?: string;
  readonly region?: string;
  /** The same in each run, for the same control and resource. */
  readonly key: string;
}

/** One parameter of one cluster, in its three states. */
export interface AuroraParameterRow extends AuroraParameter {
  readonly cluster: string;
  readonly parameter: string;
}

/** Where an audit looked, and at how much of it. */
export interface AuditedPlace {
  readonly account?: string;
  readonly region?: string;
  /** Live: what the config declares, or everything. */
  readonly scope?: 'declared' | 'account';
  /** Live: the ARN of who asked. */
  readonly caller?: string;
  /** Of templates. */
  readonly stacks?: readonly string[];
}

export interface AuditReport {
  readonly source: FactSource;
  readonly places: readonly AuditedPlace[];
  /** When the first of the facts were read. */
  readonly readAt: Date;
  /** Those that were asked for, including those that found nothing. */
  readonly controls: readonly Control[];
  /** Of them, those that this source cannot answer. */
  readonly elsewhere: readonly Control[];
  readonly findings: readonly ReportedFinding[];
  /** What the findings come to for each framework. */
  readonly frameworks: readonly FrameworkView[];
  readonly auroraParameters: readonly AuroraParameterRow[];
  readonly malformedWaivers: readonly MalformedWaiver[];
  /** Waivers of controls that were asked for, about nothing that fails. */
  readonly unusedWaivers: readonly Waiver[];
}

export interface ReportOptions {
  readonly controls: readonly Control[];
  /** Where compensating controls are looked up. @default the controls */
  readonly catalog?: readonly Control[];
  readonly waivers?: Waivers;
  /** Whether a template may accept its own findings. @default true */
  readonly inlineAcceptance?: boolean;
}

/** Status first, then severity: what has to be done is at the top. */
const ORDER: readonly Status[] = ['fail', 'not-evaluated', 'waived', 'pass', 'absent'];

/** Runs the controls over all facts; at least one set of them. */
export function audit(
  audited: readonly [AuditedFacts, ...AuditedFacts[]],
  { controls, catalog = controls, waivers = NO_WAIVERS, inlineAcceptance = true }: ReportOptions,
): AuditReport {
  const asked = withScope(controls, audited);
  const byId = new Map(asked.map((control) => [control.id, control]));
  const unused = new Map(waivers.waivers.map((waiver) => [waiver, audited.length]));
  const findings = audited.flatMap(({ facts, declared }) => {
    const applied = applyWaivers(
      [...evaluate(catalog, facts, declared, { inlineAcceptance }), ...scopeFindings(facts)],
      waivers,
      facts.readAt,
    );
    const left = new Set(applied.unused);
    for (const [waiver, count] of unused) if (!left.has(waiver)) unused.set(waiver, count - 1);
    return applied.findings.flatMap((finding) => report(finding, byId, facts));
  });
  const { source, readAt } = audited[0].facts;
  const elsewhere = asked.filter((control) => !control.evaluatedOn.includes(source));
  return {
    source,
    places: audited.map(({ facts: { account, region, scope, caller, stacks } }) => ({
      ...(account && { account }),
      ...(region && { region }),
      ...(scope && { scope }),
      ...(caller && { caller }),
      ...(stacks && { stacks }),
    })),
    readAt,
    controls: asked,
    elsewhere,
    frameworks: FRAMEWORKS.map((framework) => viewOf(framework, { catalog, asked, elsewhere, findings })),
    findings: toldApart(findings).sort(worstFirst),
    auroraParameters: audited.flatMap(({ facts }) => auroraParameterRows(facts)),
    malformedWaivers: waivers.malformed,
    unusedWaivers: waivers.waivers.filter(
      (waiver) => unused.get(waiver) === audited.length && byId.has(waiver.control),
    ),
  };
}

/** What was not read is in the report, whichever controls were asked for. */
function withScope(controls: readonly Control[], audited: readonly AuditedFacts[]): readonly Control[] {
  return audited.some(({ facts: { unread = [] } }) => unread.length > 0) ? [...controls, AUDIT_SCOPE] : controls;
}

/** Two stacks can have a resource of one name: each is then called by its stack as well. */
function toldApart(findings: readonly ReportedFinding[]): ReportedFinding[] {
  const ids = new Map<string, Set<string>>();
  for (const { resource, resourceName } of findings) {
    if (resource === undefined || resourceName === undefined) continue;
    ids.set(resourceName, (ids.get(resourceName) ?? new Set()).add(resource));
  }
  return findings.map((finding) => {
    const { source, resource, resourceName } = finding;
    if (source === 'live' || resource === undefined || resourceName === undefined) return finding;
    const isAlone = (ids.get(resourceName)?.size ?? 0) < 2;
    return isAlone ? finding : { ...finding, resourceName: `${resourceName} (${resource})` };
  });
}

function report(
  finding: Finding,
  controls: ReadonlyMap<string, Control>,
  { account, region }: Facts,
): readonly ReportedFinding[] {
  const about = controls.get(finding.control);
  if (!about) return [];
  const key = [finding.control, finding.resource ?? finding.resourceName ?? account ?? ''].join(' ');
  return [{ ...finding, about, ...(account && { account }), ...(region && { region }), key }];
}

function worstFirst(a: ReportedFinding, b: ReportedFinding): number {
  return (
    ORDER.indexOf(a.status) - ORDER.indexOf(b.status) ||
    SEVERITIES.indexOf(a.about.severity) - SEVERITIES.indexOf(b.about.severity) ||
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  );
}

function auroraParameterRows({ auroraClusters }: Facts): AuroraParameterRow[] {
  if ('unknown' in auroraClusters) return [];
  return auroraClusters.value.flatMap(({ name, parameters }) =>
    'unknown' in parameters
      ? []
      : Object.entries(parameters.value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([parameter, states]) => ({ cluster: name, parameter, ...states })),
  );
}
