/** What an audit says of each requirement, and that the mapping holds together. */
import { describe, expect, it } from 'vitest';
import { audit } from '../../../src/audit/audit-report.js';
import { CONTROLS } from '../../../src/audit/catalog.js';
import { factsFromTemplates, toStackTemplate } from '../../../src/audit/facts-from-templates.js';
import { FRAMEWORKS } from '../../../src/audit/frameworks/frameworks.js';
import { countsOf, viewOf } from '../../../src/audit/frameworks/requirement-view.js';
import { NOTHING_DECLARED } from '../../../src/audit/model/declared.js';
import type { Finding, Status } from '../../../src/audit/model/finding.js';
import { renderHtml } from '../../../src/audit/report/html/render-html.js';
import { renderMarkdown } from '../../../src/audit/report/render-markdown.js';
import { formatAudit } from '../../../src/cli/audit/audit-table.js';
import { styleOf } from '../../../src/cli/text/style.js';
import { onlyLive, rotated, tagged, versioned } from '../report/sample-audit.js';

const LOG = styleOf({ stream: {}, env: {}, color: false });

const framework = {
  key: 'pci',
  name: 'PCI DSS',
  version: 'v4.0.1',
  source: 'none',
  scope: 'all',
  requirements: ['1', '2', '3'].map((id) => ({ id, title: `What ${id} asks for` })),
} as const;
const [a, b, c, d] = [versioned, tagged, rotated, onlyLive].map((control, index) => ({
  ...control,
  references: { pci: [index < 2 ? '1' : '2'] },
}));
const catalog = [a!, b!, c!, d!];

/** What becomes of the requirements where these are the findings of a and b; c passes, d is only for accounts. */
function statusesOf(ofA: readonly Status[], ofB: readonly Status[], asked = catalog): string[] {
  const findings = [
    ...ofA.map((status) => ({ control: a!.id, status })),
    ...ofB.map((status) => ({ control: b!.id, status })),
    { control: c!.id, status: 'pass' },
  ].map((one): Finding => ({ source: 'template', problems: [], ...one }) as Finding);
  return viewOf(framework, { catalog, asked, elsewhere: [d!], findings }).requirements.map(({ status }) => status);
}

describe('20.F: a requirement', () => {
  it.each<[expected: string, ofA: Status[], ofB: Status[]]>([
    ['met', ['pass', 'pass'], ['pass']],
    ['met', ['pass'], ['absent']],
    ['partly', ['pass', 'fail'], ['absent']],
    ['partly', ['pass'], ['fail']],
    ['partly', ['pass'], ['not-evaluated']],
    ['partly', ['pass'], ['waived']],
    ['not-met', ['fail'], ['not-evaluated']],
    ['not-met', ['waived'], ['absent']],
    ['not-evaluated', ['not-evaluated'], ['absent']],
    ['not-evaluated', ['absent'], ['absent']],
  ])('is %s where its controls find %j and %j', (expected, ofA, ofB) => {
    expect(statusesOf(ofA, ofB)[0]).toBe(expected);
  });

  it('is partly met where one of its controls belongs to the other source or was not asked for, and open without any', () => {
    expect(statusesOf(['pass'], ['pass'])).toEqual(['met', 'partly', 'not-covered']);
    expect(statusesOf(['pass'], ['pass'], [a!])).toEqual(['partly', 'not-evaluated', 'not-covered']);
  });
});

it('20.F: each reference is a requirement that its framework lists, and each list has every id once', () => {
  for (const { key, requirements } of FRAMEWORKS) {
    const ids = requirements.map(({ id }) => id);
    expect(new Set(ids).size, key).toBe(ids.length);
    for (const { id, references } of CONTROLS)
      expect(
        (references[key] ?? []).filter((one) => !ids.includes(one)),
        `${key} of ${id}`,
      ).toEqual([]);
  }
});

it('20.F: every critical control answers PCI DSS, SOC 2, NIST 800-53 and ISO 27001', () => {
  for (const { id, references } of CONTROLS.filter(({ severity }) => severity === 'critical'))
    for (const key of ['pci', 'soc2', 'nist', 'iso'] as const)
      expect(references[key] ?? [], `${key} of ${id}`).not.toEqual([]);
});

it('20.F: protection and backup of audit logs (PCI DSS 10.3.2, 10.3.3) are not claimed for snapshots and recovery', () => {
  const claiming = CONTROLS.filter(({ references }) => references.pci?.some((one) => /^10\.3\.[23]$/.test(one)));
  expect(claiming.map(({ id }) => id).filter((id) => /snapshot|pitr/.test(id))).toEqual([]);
});

it('20.F: text, Markdown and HTML say what each framework comes to', () => {
  const bucket = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'data' } };
  const stack = toStackTemplate({ Resources: { Data: bucket } }, { stack: 'app' });
  const facts = factsFromTemplates([stack], new Date('2026-11-22T00:00:00Z'));
  const report = audit([{ facts, declared: NOTHING_DECLARED }], { controls: CONTROLS });
  const rendering = { report, tool: { name: 'holdfast', version: '0.1.0' } };
  const pci = report.frameworks.find((view) => view.framework.key === 'pci')!;
  const { met, partly } = countsOf(pci);
  const line = `PCI DSS v4.0.1: ${met} met, ${partly} partly met, `;
  expect(renderHtml(rendering)).toContain(line);
  expect(renderMarkdown(rendering)).toContain(line);
  const text = formatAudit(report, { all: false, framework: 'pci' }, LOG);
  expect(text).toContain(line);
  expect(text).toMatch(/4\.2\.1 +not met .*s3-tls-only \(fails\)/s);
  expect(formatAudit(report, { all: false }, LOG)).not.toContain(line);
});
