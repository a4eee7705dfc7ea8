import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import type { AuditReport } from '../../../src/audit/audit-report.js';
import { readBaseline } from '../../../src/audit/baseline/baseline.js';
import { compareWithBaseline } from '../../../src/audit/baseline/compare-baseline.js';
import { renderJson } from '../../../src/audit/report/render-json.js';
import { NO_WAIVERS } from '../../../src/audit/waivers/waiver.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { SAMPLE_WAIVERS, sampleReport, sampleTemplate, tagged, versioned } from '../report/sample-audit.js';

const bucket = (properties: object) => ({ Type: 'AWS::S3::Bucket', Properties: properties });
const TOOL = { name: 'holdfast', version: '0.1.0' };

async function compare(now: AuditReport, before: AuditReport) {
  const file = join(temporaryDirectory(), 'before.json');
  writeFileSync(file, renderJson({ report: before, tool: TOOL }));
  const { changes } = compareWithBaseline(now, await readBaseline(file, 'template'));
  return changes.map(({ change, control, resourceName }) => `${change} ${control} ${resourceName}`).sort();
}

test('an audit against itself has nothing new and nothing fixed', async () => {
  expect(await compare(sampleReport(), sampleReport())).toEqual([
    'open sample-tagged hostile',
    'open sample-tagged open',
  ]);
});

test('what fails now and did not is new, what passes now and failed is fixed', async () => {
  const now = sampleTemplate({
    Open: bucket({
      BucketName: 'open',
      Tags: [{ Key: 'owner', Value: 'me' }],
      VersioningConfiguration: { Status: 'Enabled' },
    }),
    Good: bucket({ BucketName: 'good', VersioningConfiguration: { Status: 'Enabled' } }),
  });
  expect(await compare(sampleReport({ template: now }), sampleReport())).toEqual([
    'fixed sample-tagged open',
    'new sample-tagged good',
    'open sample-tagged hostile',
  ]);
});

test('a resource that is gone is fixed; one that cannot be evaluated any more is not', async () => {
  const failing = sampleTemplate({ Unknown: bucket({ BucketName: 'unknown', Tags: [{ Key: 'owner', Value: 'me' }] }) });
  const before = sampleReport({ template: failing });
  const { Open: _gone, ...rest } = (sampleTemplate() as { Resources: Record<string, object> }).Resources;
  const now = { Parameters: { Versions: { Type: 'String' } }, Resources: rest };
  expect(await compare(sampleReport({ template: now }), before)).toEqual([
    'fixed sample-tagged open',
    'open sample-tagged hostile',
    'unknown sample-versioned unknown',
  ]);
});

test('a finding that was waived and is no more is new; one that is waived since is told as that', async () => {
  const waived = sampleReport({ waivers: SAMPLE_WAIVERS });
  const bare = sampleReport({ waivers: NO_WAIVERS });
  expect(await compare(bare, waived)).toContain('new sample-versioned plain');
  expect(await compare(waived, bare)).toContain('waived sample-versioned plain');
});

test('controls that were not asked for are left out: their findings are not fixed', async () => {
  const before = sampleReport({ waivers: NO_WAIVERS });
  expect(await compare(sampleReport({ controls: [versioned], waivers: NO_WAIVERS }), before)).toEqual([
    'open sample-versioned plain',
  ]);
  expect(await compare(sampleReport({ controls: [tagged] }), before)).not.toContain('fixed sample-versioned plain');
});

test('a baseline of the live account is refused for templates, and so is what is no audit', async () => {
  const file = join(temporaryDirectory(), 'before.json');
  writeFileSync(file, renderJson({ report: { ...sampleReport(), source: 'live' }, tool: TOOL }));
  await expect(readBaseline(file, 'template')).rejects.toMatchObject({ code: 'BASELINE_INVALID' });
  writeFileSync(file, '{"schemaVersion":1}');
  await expect(readBaseline(file, 'template')).rejects.toMatchObject({ code: 'BASELINE_INVALID' });
});

test('20.A7: what was not looked at is not fixed: another stack', async () => {
  const before = sampleReport();
  const elsewhere = { ...before, places: [{ stacks: ['another'] }], findings: [] };
  expect(await compare(elsewhere, before)).toEqual(['unknown sample-tagged hostile', 'unknown sample-tagged open']);
});

describe('20.A7: what was not looked at is not fixed, live', () => {
  const HERE = { account: '111122223333', region: 'eu-west-3' };
  const place = (scope: 'declared' | 'account', region = HERE.region) => ({ ...HERE, region, scope });
  const live = (places: AuditReport['places'], failing: boolean): AuditReport => ({
    ...sampleReport(),
    source: 'live',
    places,
    findings: sampleReport()
      .findings.filter(({ status }) => failing && status === 'fail')
      .map((finding) => ({ ...finding, ...HERE })),
  });
  it.each([
    ['the same', place('account'), place('account'), 'fixed'],
    ['another Region', place('account'), place('account', 'eu-west-1'), 'unknown'],
    ['less of it', place('account'), place('declared'), 'unknown'],
    ['more of it', place('declared'), place('account'), 'fixed'],
    ['what the config declares, both times', place('declared'), place('declared'), 'fixed'],
  ] as const)('20.A7: %s', async (_title, then, now, change) => {
    const file = join(temporaryDirectory(), 'before.json');
    writeFileSync(file, renderJson({ report: live([then], true), tool: TOOL }));
    const { changes } = compareWithBaseline(live([now], false), await readBaseline(file, 'live'));
    expect([...new Set(changes.map((one) => one.change))]).toEqual([change]);
  });
});
