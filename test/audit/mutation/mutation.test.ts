/** Breaking one setting of the strict stacks fails the controls declared for it, and no other. */
import { beforeAll, describe, expect, it } from 'vitest';
import { CONTROLS } from '../../../src/audit/catalog.js';
import { evaluate } from '../../../src/audit/evaluate.js';
import { factsFromTemplates, type StackTemplate } from '../../../src/audit/facts-from-templates.js';
import type { Finding } from '../../../src/audit/model/finding.js';
import { AURORA_MUTATIONS } from '../aurora/mutations.js';
import { BACKUP_MUTATIONS } from '../backup/mutations.js';
import { DYNAMODB_MUTATIONS } from '../dynamodb/mutations.js';
import { IAM_MUTATIONS } from '../iam/mutations.js';
import { KMS_MUTATIONS } from '../kms/mutations.js';
import { LITERALS_MUTATIONS } from '../literals/mutations.js';
import { LOGS_MUTATIONS } from '../logs/mutations.js';
import { NETWORK_MUTATIONS } from '../network/mutations.js';
import { REDIS_MUTATIONS } from '../redis/mutations.js';
import { S3_MUTATIONS } from '../s3/mutations.js';
import { SECRETS_MUTATIONS } from '../secrets/mutations.js';
import { mutate } from './mutation.js';
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
  network: NETWORK_MUTATIONS,
  logs: LOGS_MUTATIONS,
  literals: LITERALS_MUTATIONS,
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
