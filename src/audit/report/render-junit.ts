/**
 * JUnit XML: one suite per control, one case per resource, so that a build server shows findings as failed tests. What
 * was not evaluated is an error, which fails a build as well; waived and absent cases are skipped.
 */
import type { ReportedFinding } from '../audit-report.js';
import type { Control } from '../model/control.js';
import type { Rendering } from './document.js';
import { escapeMarkup as x } from './escape-markup.js';
import { detailsOf, subjectOf } from './sentences.js';

export function renderJunit({ report }: Rendering): string {
  const cases = new Map<string, ReportedFinding[]>();
  for (const finding of report.findings) cases.set(finding.control, [...(cases.get(finding.control) ?? []), finding]);
  const suites = report.controls
    .filter(({ id }) => cases.has(id))
    .flatMap((control, index) => suite(control, cases.get(control.id) ?? [], { index, readAt: report.readAt }));
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join('\n');
}

/** Attributes that the schema requires and an audit has no value for are zero. */
function suite(
  control: Control,
  findings: readonly ReportedFinding[],
  { index, readAt }: { readonly index: number; readonly readAt: Date },
): string[] {
  const count = (...statuses: readonly string[]) => findings.filter(({ status }) => statuses.includes(status)).length;
  const counts = `tests="${findings.length}" failures="${count('fail')}" errors="${count('not-evaluated')}" skipped="${count('waived', 'absent')}"`;
  const place = `timestamp="${readAt.toISOString().slice(0, 19)}" hostname="${x(findings[0]?.account ?? 'template')}"`;
  return [
    `  <testsuite name="${x(control.id)}" package="holdfast.audit" id="${index}" ${place} ${counts} time="0">`,
    '    <properties>',
    `      <property name="title" value="${x(control.title)}"/>`,
    `      <property name="severity" value="${control.severity}"/>`,
    '    </properties>',
    ...findings.flatMap(testCase),
    '    <system-out/>',
    '    <system-err/>',
    '  </testsuite>',
  ];
}

function testCase(finding: ReportedFinding): string[] {
  const open = `    <testcase classname="${x(finding.control)}" name="${x(subjectOf(finding) || finding.about.title)}" time="0"`;
  const details = detailsOf(finding);
  const message = `message="${x(details[0] ?? '')}"`;
  const text = x(
    [...details, `Remedy: ${finding.about.remediation}`, finding.resource ?? ''].filter(Boolean).join('\n'),
  );
  switch (finding.status) {
    case 'pass':
      return [`${open}/>`];
    case 'fail':
      return [
        `${open}>`,
        `      <failure ${message} type="${finding.about.severity}">${text}</failure>`,
        '    </testcase>',
      ];
    case 'not-evaluated':
      return [`${open}>`, `      <error ${message} type="not-evaluated">${text}</error>`, '    </testcase>'];
    case 'waived':
    case 'absent':
      return [`${open}>`, '      <skipped/>', '    </testcase>'];
  }
}
