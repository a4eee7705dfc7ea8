import { describe, expect, it } from 'vitest';
import { lossesOf, refuseLosses, type ResourceDifference } from '../../../src/cli/aws/data-at-risk.js';
import type { Stack } from '../../../src/cli/aws/synthesize.js';

const stack = { name: 'data-layer-prod' } as Stack;
const CLUSTER: ResourceDifference = {
  id: 'Cluster',
  type: 'AWS::RDS::DBCluster',
  change: 'replace',
  because: ['DatabaseName'],
  kept: true,
};

describe('what a deployment would take', () => {
  it.each([
    ['a cluster that is replaced', CLUSTER, /Cluster would, or could, be replaced .*DatabaseName\. .*stay/],
    ['one that goes with it', { ...CLUSTER, kept: false }, /would be lost/],
    [
      'a secret that is deleted',
      { ...CLUSTER, type: 'AWS::SecretsManager::Secret', change: 'remove', because: [], kept: false },
      /would be deleted\. .*lost/,
    ],
  ] satisfies [string, ResourceDifference, RegExp][])(
    'is refused, with the reason and what becomes of it: %s',
    (_, one, message) => {
      expect(lossesOf([one])).toEqual([expect.stringMatching(message)]);
      expect(() => refuseLosses(stack, [one], [])).toThrow(
        expect.objectContaining({
          code: 'DATA_AT_RISK',
          hint: expect.stringContaining('--replace Cluster') as string,
          details: {
            problems: [{ stack: stack.name, resource: 'Cluster', message: expect.stringMatching(message) as string }],
          },
        }),
      );
    },
  );

  it.each([
    ['said to be meant', CLUSTER, ['Cluster']],
    ['changed in place', { ...CLUSTER, change: 'update' }, []],
    ['taken out and kept', { ...CLUSTER, change: 'remove' }, []],
    ['a thing without data', { ...CLUSTER, type: 'AWS::CodeBuild::Project' }, []],
  ] satisfies [string, ResourceDifference, string[]][])('is not refused: %s', (_, one, replace) => {
    expect(() => refuseLosses(stack, [one], replace)).not.toThrow();
  });
});
