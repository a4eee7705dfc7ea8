/** Breaking one setting of the strict stacks fails the controls declared for it, and no other. */
import { beforeAll, describe, expect, it } from 'vitest';
import { CONTROLS } from '../../../src/audit/controls/index.js';
import { evaluate } from '../../../src/audit/evaluate.js';
import { factsFromTemplates, type StackTemplate } from '../../../src/audit/facts/template/index.js';
import type { Finding } from '../../../src/audit/finding.js';
import { mutate } from './mutation.js';
import { AURORA_MUTATIONS } from './mutations/aurora.js';
import { BACKUP_MUTATIONS } from './mutations/backup.js';
import { DYNAMODB_MUTATIONS } from './mutations/dynamodb.js';
import { IAM_MUTATIONS } from './mutations/iam.js';
import { KMS_MUTATIONS } from './mutations/kms.js';
import { REDIS_MUTATIONS } from './mutations/redis.js';
import { S3_MUTATIONS } from './mutations/s3.js';
import { SECRETS_MUTATIONS } from './mutations/secrets.js';
import { strictStacks, type StrictStacks } from './strict-stacks.js';

const MUTATIONS = {
  kms: KMS_MUTATIONS,
  aurora: AURORA_MUTATIONS,
  dynamodb: DYNAMODB_MUTATIONS,
  s3: S3_MUTATIONS,
  redis: REDIS_MUTATIONS,
  secrets: SECRETS_MUTATIONS,
  iam: IAM_MUTATIONS,
  backup: BACKUP_MUTATIONS,
};
const NOW = new Date('2026-11-22T12:00:00Z');
const OF_TEMPLATES = CONTROLS.filter(({ evaluatedOn }) => evaluatedOn.includes('template')).map(({ id }) => id);

let stacks: StrictStacks['stacks'];
let declared: StrictStacks['declared'];
beforeAll(async () => {
  ({ stacks, declared } = await strictStacks());
}, 60_000);

function audit(templates: readonly StackTemplate[]): Finding[] {
  return evaluate(CONTROLS, factsFromTemplates(templates, NOW), declared);
}

/** All that is not well, with the words that a report would have. */
function complaints(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ status }) => status === 'fail' || status === 'not-evaluated')
    .map(({ control, status, resourceName, problems, unknown }) =>
      [control, status, resourceName, ...problems, unknown?.reason].join(' | '),
    );
}

describe('the strict stacks', () => {
  it('pass every control of templates without a waiver', () => {
    const findings = audit(stacks);
    expect(complaints(findings)).toEqual([]);
    const passed = new Set(findings.filter(({ status }) => status === 'pass').map(({ control }) => control));
    expect(OF_TEMPLATES.filter((control) => !passed.has(control))).toEqual([]);
  });
});

describe.each(Object.entries(MUTATIONS))('%s', (_service, mutations) => {
  it.each(mutations.map((mutation) => [mutation.setting, mutation] as const))('%s', (_setting, { changes, fails }) => {
    const found = complaints(audit(mutate(stacks, changes)));
    const controls = [...new Set(found.map((line) => line.split(' | ').slice(0, 2).join(' ')))].sort();
    expect(controls, found.join('\n')).toEqual(fails.map((control) => `${control} fail`).sort());
  });
});

it('every control of templates is failed by a mutation', () => {
  const failed = new Set(Object.values(MUTATIONS).flatMap((list) => list.flatMap(({ fails }) => fails)));
  expect(OF_TEMPLATES.filter((control) => !failed.has(control))).toEqual([]);
  expect([...failed].filter((control) => !OF_TEMPLATES.includes(control))).toEqual([]);
});

it('a mutation of what is not there is an error, so that none passes for nothing', () => {
  const change = { in: 'fintech-data-layer/AuroraCluster', at: 'Properties/NoSuchThing' };
  expect(() => mutate(stacks, [change])).toThrow('There is nothing at Properties/NoSuchThing to remove.');
  expect(() => mutate(stacks, [{ in: 'fintech-data-layer/Nobody', at: '' }])).toThrow('0 resources');
});
