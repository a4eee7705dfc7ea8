/** The strict stacks outside of the commercial part of AWS: what passes there, and that it is not for nothing. */
import { expect, it } from 'vitest';
import { CONTROLS } from '../../../src/audit/catalog.js';
import { evaluate } from '../../../src/audit/evaluate.js';
import { factsFromTemplates, type StackTemplate } from '../../../src/audit/facts-from-templates.js';
import { mutate } from './mutation.js';
import { strictStacks } from './strict-stacks.js';

it.each([
  ['us-gov-west-1', 'aws-us-gov'],
  ['cn-north-1', 'aws-cn'],
])(
  'in %s they pass without a waiver, and a writer that reads fails',
  async (region, partition) => {
    const { stacks, declared } = await strictStacks(region);
    const complaints = (templates: readonly StackTemplate[]) =>
      evaluate(CONTROLS, factsFromTemplates(templates, new Date()), declared)
        .filter(({ status }) => status === 'fail' || status === 'not-evaluated')
        .map(({ control, resourceName, problems, unknown }) => [control, resourceName, ...problems, unknown?.reason]);
    expect(complaints(stacks)).toEqual([]);
    const reads = mutate(stacks, [
      {
        in: 'rds-pgdump-backup-prod/BackupsRoleledger',
        at: 'Properties/Policies/0/PolicyDocument/Statement/-',
        to: {
          Effect: 'Allow',
          Action: 's3:GetObject',
          Resource: `arn:${partition}:s3:::rds-backup-layer2-prod/layer2/*`,
        },
      },
      {
        in: 'rds-backup-layer2-prod/VaultBucketPolicy',
        at: 'Properties/PolicyDocument/Statement/Sid=AllowNewObjectsAccount1Database1/Resource',
        to: `arn:${partition}:s3:::rds-backup-layer2-prod/*`,
      },
    ]);
    expect(complaints(reads)).toEqual([
      [
        'vault-writer-is-write-only',
        'rds-backup-layer2-prod',
        'The statement AllowNewObjectsAccount1Database1 of the bucket policy is not limited to a prefix.',
        'The policy backup of rds-pgdump-codebuild-role-prod-ledger allows s3:GetObject in the vault.',
        undefined,
      ],
    ]);
  },
  60_000,
);
