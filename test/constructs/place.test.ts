/** Account and Region come from the stack: with both, and with none, where they are only known at deployment. */
import type { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { BackupAccountStack, DataLayerStack, SourceAccountStack } from '../../src/constructs/index.js';
import { emptyBundles } from '../helpers/empty-bundles.js';
import { templateOf } from './data-layer/data-layer-stacks.js';
import { EveryDataConstruct, everyJobConstruct, EveryVaultConstruct } from './every-construct.js';
import { ownStack, ownVpc } from './own-stack.js';

/** Every ARN and every name of an endpoint that is written out, and so holds for one place only. */
function placesIn(stack: Stack): string[] {
  const text = JSON.stringify(templateOf(stack));
  return [
    ...text.matchAll(/arn:aws[a-z-]*:[a-z-]*:(?:us|eu|cn)-[a-z]+-\d|com\.amazonaws\.(?:us|eu|cn)-|\b\d{12}\b/g),
  ].map(([found]) => found);
}

function everything(stack: Stack): Stack {
  new EveryDataConstruct(stack, 'Data', ownVpc(stack));
  new EveryVaultConstruct(stack, 'Vault');
  everyJobConstruct(stack, 'Jobs');
  return stack;
}

describe('a stack without an account and a Region', () => {
  let stack: Stack;
  beforeAll(() => {
    stack = everything(ownStack({}));
  });

  it("synthesizes with every construct, and names no place but that of the vault's key", () => {
    const places = placesIn(stack).filter((place) => place !== '444455556666' && place !== 'arn:aws:kms:us-east-1');
    expect(places).toEqual([]);
  });

  it('takes the partition of the deployment too', () => {
    const text = JSON.stringify(templateOf(stack));
    expect(text).toContain('AWS::Partition');
    expect(text).not.toMatch(/arn:aws:(?!kms:us-east-1:444455556666)/);
  });

  it('is told that it may not see changes of the roles that read backups', () => {
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('only known at deployment'));
  });
});

it('in China, every ARN is of that partition', () => {
  const text = JSON.stringify(templateOf(everything(ownStack({ account: '111122223333', region: 'cn-north-1' }))));
  expect(text).toContain('arn:aws-cn:s3:::');
  expect(text).not.toMatch(/arn:aws:(?!kms:us-east-1:444455556666)/);
});

describe('our own stacks without an environment', () => {
  it('the two of backups synthesize, under the names of the layer-2 document', () => {
    const app = ownStack().node.root;
    const backup = new BackupAccountStack(app, 'Backup', {
      environment: 'prod',
      sources: [{ account: '111122223333', databases: ['shop'] }],
    });
    const source = new SourceAccountStack(app, 'Source', {
      environment: 'prod',
      vaultBucketName: 'rds-backup-layer2-prod',
      databases: [{ name: 'shop', host: 'db.internal', schedule: 'rate(1 day)' }],
      bundle: emptyBundles().bundle,
    });
    expect(JSON.stringify(templateOf(backup))).toContain('"RoleName":"rds-backup-layer2-restore-role-prod"');
    expect(JSON.stringify(templateOf(source))).toContain('"RoleName":"rds-pgdump-codebuild-role-prod-shop"');
  });

  it('that of the data layer synthesizes: zones and buckets are named at deployment', () => {
    const layer = { network: { createCidr: '10.1.0.0/20' } };
    const stack = new DataLayerStack(ownStack().node.root, 'Layer', { layer });
    expect(placesIn(stack)).toEqual([]);
    expect(JSON.stringify(templateOf(stack))).toContain('{"Fn::Join":["",[{"Ref":"AWS::Region"},"a"]]}');
  });
});
