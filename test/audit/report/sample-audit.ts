/** A small audit in which every status occurs, with names that every format has to escape. */
import { audit, type AuditReport } from '../../../src/audit/audit-report.js';
import { factsFromTemplates, toStackTemplate } from '../../../src/audit/facts-from-templates.js';
import { type Control, defineControl } from '../../../src/audit/model/control.js';
import { NOTHING_DECLARED } from '../../../src/audit/model/declared.js';
import { valueOf } from '../../../src/audit/model/reading.js';
import type { Rendering } from '../../../src/audit/report/document.js';
import type { Waivers } from '../../../src/audit/waivers/waiver.js';

export const READ_AT = new Date('2026-11-22T03:00:00Z');
/** It opens tags, formulas, table cells and links. */
export const HOSTILE = '=cmd|"<img src=x onerror=alert(1)>"|[a](javascript:b)';

export const versioned = defineControl({
  id: 'sample-versioned',
  title: 'Versions are kept.',
  severity: 'low',
  references: { soc2: ['A1.2'] },
  remediation: 'Turn versioning on.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket) {
    if (valueOf(bucket.versioning) !== 'Enabled') yield 'No versions are kept.';
  },
});
export const tagged = defineControl({
  id: 'sample-tagged',
  title: 'An owner is named.',
  severity: 'critical',
  references: { pci: ['3.7.4'], soc2: ['CC6.1'], runbook: ['7.2.1'], knownAs: ['SH S3.1'] },
  remediation: 'Add the tag owner & "say" who <it> is.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket) {
    const { owner } = valueOf(bucket.tags);
    if (owner === undefined) yield 'Nobody owns it.';
    else if (owner === 'hostile') yield `It is owned by ${HOSTILE}.`;
  },
});
export const rotated = defineControl({
  id: 'sample-rotated',
  title: 'Keys rotate.',
  severity: 'high',
  references: {},
  remediation: 'Turn rotation on.',
  evaluatedOn: ['template', 'live'],
  kind: 'kmsKeys',
  *check(key) {
    if (!valueOf(key.rotationEnabled)) yield 'It does not rotate.';
  },
});
export const onlyLive = defineControl({
  id: 'sample-only-live',
  title: 'Logs arrive.',
  severity: 'medium',
  references: {},
  remediation: 'Look why.',
  evaluatedOn: ['live'],
  kind: 'buckets',
  *check() {},
});
export const SAMPLE_CONTROLS: readonly Control[] = [versioned, tagged, rotated, onlyLive];

const bucket = (properties: object) => ({ Type: 'AWS::S3::Bucket', Properties: properties });
const owned = (owner: string) => [{ Key: 'owner', Value: owner }];
const on = { VersioningConfiguration: { Status: 'Enabled' } };

/** `Open` fails one, `Good` passes both, `Unknown` has versions that depend on a parameter, `Hostile` has such an owner. */
export function sampleTemplate(changes: Readonly<Record<string, object>> = {}): object {
  return {
    Parameters: { Versions: { Type: 'String' } },
    Resources: {
      Open: bucket({ BucketName: 'open', ...on }),
      Good: bucket({ BucketName: 'good', Tags: owned('orders'), ...on }),
      Unknown: bucket({
        BucketName: 'unknown',
        Tags: owned('orders'),
        VersioningConfiguration: { Status: { Ref: 'Versions' } },
      }),
      Plain: bucket({ BucketName: 'plain', Tags: owned('orders') }),
      Hostile: bucket({ BucketName: 'hostile', Tags: owned('hostile'), ...on }),
      ...changes,
    },
  };
}

export function sampleReport(
  options: { template?: object; waivers?: Waivers; controls?: readonly Control[] } = {},
): AuditReport {
  const { template = sampleTemplate(), waivers = SAMPLE_WAIVERS, controls = SAMPLE_CONTROLS } = options;
  const stack = toStackTemplate(template, { stack: 'shop', account: '111122223333', region: 'eu-west-1' });
  const facts = factsFromTemplates([stack], READ_AT);
  return audit([{ facts, declared: NOTHING_DECLARED }], { controls, catalog: SAMPLE_CONTROLS, waivers });
}

/** The versions of `plain` are waived. */
export const SAMPLE_WAIVERS: Waivers = {
  waivers: [
    {
      control: 'sample-versioned',
      resource: 'plain',
      reason: 'It is a cache',
      approver: 'ana@example.com',
      expires: '2026-12-31',
    },
  ],
  malformed: [],
};

export function sampleRendering(): Rendering {
  return { report: sampleReport(), tool: { name: 'holdfast', version: '0.1.0' } };
}
