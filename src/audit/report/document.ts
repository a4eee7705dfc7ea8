/** The audit as JSON: what `holdfast audit --json` prints, and what a later audit takes as its baseline. */
import * as z from 'zod';
import { count, moment, tool as toolSchema } from '../../vault/formats/fields.js';
import type { AuditReport, ReportedFinding } from '../audit-report.js';
import type { BaselineComparison } from '../baseline/compare-baseline.js';
import { type Control, SEVERITIES } from '../model/control.js';
import { FRAMEWORK_KEYS } from '../frameworks/framework.js';
import { countsOf, REQUIREMENT_STATUSES } from '../frameworks/requirement-view.js';
import { waiverSchema } from '../waivers/waiver.js';
import { coverageOf } from './coverage.js';

/** What renders a report: the report, what it was compared with, and the program that made it. */
export interface Rendering {
  readonly report: AuditReport;
  readonly comparison?: BaselineComparison | undefined;
  readonly tool: { readonly name: string; readonly version: string };
}

const schemaVersion = z.literal(1);
const STATUSES = ['pass', 'fail', 'waived', 'not-evaluated', 'absent'] as const;

const controlSchema = z.object({
  id: z.string(),
  title: z.string().describe('What it asserts.'),
  severity: z.enum(SEVERITIES),
  evaluatedOn: z.array(z.enum(['template', 'live'])),
  references: z.object({
    pci: z.array(z.string()).describe('Requirements of PCI DSS v4.0.1.'),
    soc2: z.array(z.string()).describe('SOC 2 trust services criteria.'),
    nist: z.array(z.string()).describe('Controls of NIST SP 800-53 Rev. 5.'),
    cis: z.array(z.string()).describe('Recommendations of the CIS AWS Foundations Benchmark v5.0.0.'),
    iso: z.array(z.string()).describe('Controls of ISO/IEC 27001:2022, Annex A.'),
    runbook: z.array(z.string()).describe('Sections and lines of the runbook.'),
    knownAs: z.array(z.string()).describe('Equivalent checks in other tools.'),
  }),
  remediation: z.string(),
});

const findingSchema = z.object({
  key: z.string().describe('Stable between runs for the same control and resource.'),
  control: z.string(),
  severity: z.enum(SEVERITIES),
  status: z
    .enum(STATUSES)
    .describe(
      'absent: there is no resource of this kind. not-evaluated: something could not be read. waived: it fails, but a waiver in force or the template itself accepts that, or no resource of its kind can meet it; the note says why.',
    ),
  resource: z.string().nullable().describe('The ARN; in a template <stack>/<logical id>.'),
  resourceName: z.string().nullable(),
  account: z.string().nullable(),
  region: z.string().nullable(),
  problems: z.array(z.string()).describe('What is wrong, one sentence for each problem.'),
  unknown: z
    .object({
      reason: z.string(),
      permission: z.string().nullable().describe('The missing IAM action, if that is the reason.'),
    })
    .nullable()
    .describe('What could not be read.'),
  note: z
    .string()
    .nullable()
    .describe('The waiver in force, or why one is not in force; why the finding is accepted or exempt.'),
});

const byStatus = z.object({ pass: count(), fail: count(), waived: count(), 'not-evaluated': count(), absent: count() });
const bySeverity = z.object({ critical: count(), high: count(), medium: count(), low: count() });

export const auditDocument = z
  .object({
    schemaVersion,
    audit: z.object({
      source: z.enum(['template', 'live']),
      readAt: moment().describe('When the first facts were read.'),
      places: z.array(
        z.object({
          account: z.string().nullable(),
          region: z.string().nullable(),
          scope: z
            .enum(['declared', 'account'])
            .nullable()
            .describe('What of the account was read; null of templates.'),
          caller: z.string().nullable().describe('The ARN of who read the account; null of templates.'),
          stacks: z.array(z.string()).nullable().describe('The stacks of templates; null of an account.'),
        }),
      ),
      tool: toolSchema(),
    }),
    coverage: z.object({
      findings: byStatus,
      failed: bySeverity,
      controls: z
        .object({ asked: count(), evaluated: count(), notEvaluated: count(), absent: count(), elsewhere: count() })
        .describe('elsewhere: can only be evaluated on the other source.'),
      stacks: z
        .array(z.object({ stack: z.string(), checks: count(), notEvaluated: count() }))
        .describe('Of templates: the verdicts about the resources of each stack, and how many could not be reached.'),
    }),
    controls: z.array(controlSchema).describe('The controls that were selected.'),
    elsewhere: z.array(z.string()).describe('Ids of controls that cannot be evaluated on this source.'),
    findings: z.array(findingSchema).describe('Worst first.'),
    frameworks: z
      .array(
        z.object({
          framework: z.enum(FRAMEWORK_KEYS),
          name: z.string(),
          version: z.string(),
          source: z.string().describe('Where the mapping of controls to requirements is from.'),
          counts: z.object({
            met: count(),
            partly: count(),
            'not-met': count(),
            'not-evaluated': count(),
            'not-covered': count(),
          }),
          requirements: z.array(
            z.object({
              requirement: z.string(),
              title: z.string(),
              status: z
                .enum(REQUIREMENT_STATUSES)
                .describe(
                  'met: all that the controls behind it look at passes; it may ask for more. partly: something passes, and something fails, is waived or could not be evaluated. not-covered: no control answers it.',
                ),
              controls: z.array(
                z.object({
                  control: z.string(),
                  status: z
                    .enum([...STATUSES, 'elsewhere', 'not-asked'])
                    .describe('The worst of its findings; elsewhere: can only be evaluated on the other source.'),
                }),
              ),
            }),
          ),
        }),
      )
      .describe('What the findings come to for each framework.'),
    auroraParameters: z.array(
      z.object({
        cluster: z.string(),
        parameter: z.string(),
        declared: z.string().nullable().describe('Set in the cluster parameter group.'),
        applied: z.string().nullable().describe('In effect; null in templates.'),
        pending: z.string().nullable().describe('Set, and waiting for a reboot.'),
      }),
    ),
    waivers: z.object({
      malformed: z.array(z.object({ where: z.string(), problem: z.string() })),
      unused: z.array(waiverSchema).describe('They match no failing finding and can be removed.'),
    }),
    baseline: z
      .object({
        readAt: moment(),
        changes: z.array(
          z.object({
            change: z.enum(['new', 'open', 'fixed', 'waived', 'unknown']),
            key: z.string(),
            control: z.string(),
            resource: z.string().nullable(),
            resourceName: z.string().nullable(),
          }),
        ),
      })
      .nullable()
      .describe('null without --baseline. unknown: it failed then and could not be evaluated now.'),
  })
  .meta({ title: 'holdfast audit --json' });
export type AuditDocument = z.infer<typeof auditDocument>;

export const auditListDocument = z
  .object({ schemaVersion, controls: z.array(controlSchema) })
  .meta({ title: 'holdfast audit --list --json' });

/** The document without its `schemaVersion`. */
export function toAuditDocument({ report, comparison, tool }: Rendering): Omit<AuditDocument, 'schemaVersion'> {
  const coverage = coverageOf(report);
  return {
    audit: {
      source: report.source,
      readAt: report.readAt.toISOString(),
      places: report.places.map(({ account, region, scope, caller, stacks }) => ({
        account: account ?? null,
        region: region ?? null,
        scope: scope ?? null,
        caller: caller ?? null,
        stacks: stacks ? [...stacks] : null,
      })),
      tool: { ...tool },
    },
    coverage: { ...coverage, stacks: [...coverage.stacks] },
    controls: report.controls.map(toControl),
    elsewhere: report.elsewhere.map(({ id }) => id),
    findings: report.findings.map(toFinding),
    frameworks: report.frameworks.map((view) => ({
      framework: view.framework.key,
      name: view.framework.name,
      version: view.framework.version,
      source: view.framework.source,
      counts: { ...countsOf(view) },
      requirements: view.requirements.map(({ id, title, status, controls }) => ({
        requirement: id,
        title,
        status,
        controls: controls.map((control) => ({ ...control })),
      })),
    })),
    auroraParameters: report.auroraParameters.map(({ declared, applied, pending, ...row }) => ({
      ...row,
      declared: declared ?? null,
      applied: applied ?? null,
      pending: pending ?? null,
    })),
    waivers: {
      malformed: report.malformedWaivers.map(({ where, problem }) => ({ where, problem })),
      unused: [...report.unusedWaivers],
    },
    baseline: comparison
      ? {
          readAt: comparison.readAt,
          changes: comparison.changes.map(({ resource, resourceName, ...change }) => ({
            ...change,
            resource: resource ?? null,
            resourceName: resourceName ?? null,
          })),
        }
      : null,
  };
}

/** The catalog's entry, as lists of controls show it. */
export function toControl({ id, title, severity, evaluatedOn, references, remediation }: Control) {
  const { pci = [], soc2 = [], nist = [], cis = [], iso = [], runbook = [], knownAs = [] } = references;
  return {
    id,
    title,
    severity,
    evaluatedOn: [...evaluatedOn],
    references: {
      pci: [...pci],
      soc2: [...soc2],
      nist: [...nist],
      cis: [...cis],
      iso: [...iso],
      runbook: [...runbook],
      knownAs: [...knownAs],
    },
    remediation,
  };
}

function toFinding(finding: ReportedFinding): AuditDocument['findings'][number] {
  const { unknown } = finding;
  return {
    key: finding.key,
    control: finding.control,
    severity: finding.about.severity,
    status: finding.status,
    resource: finding.resource ?? null,
    resourceName: finding.resourceName ?? null,
    account: finding.account ?? null,
    region: finding.region ?? null,
    problems: [...finding.problems],
    unknown: unknown ? { reason: unknown.reason, permission: unknown.permission ?? null } : null,
    note: finding.note ?? null,
  };
}
