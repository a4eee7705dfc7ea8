/** Two of every construct in one stack: no two resources ask AWS for the same name. */
import { beforeAll, describe, expect, it } from 'vitest';
import { templateOf, type SynthesizedTemplate } from './data-layer/data-layer-stacks.js';
import { EveryDataConstruct, everyJobConstruct, EveryVaultConstruct } from './every-construct.js';
import { ownStack, ownVpc } from './own-stack.js';

/** Properties by which AWS tells the resources of a type apart, within an account and a Region. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApplicationAutoScaling::ScalingPolicy': ['PolicyName', 'ScalingTargetId'],
  'AWS::CloudWatch::Alarm': ['AlarmName'],
  'AWS::CodeBuild::Project': ['Name'],
  'AWS::DynamoDB::Table': ['TableName'],
  'AWS::EC2::SecurityGroup': ['GroupName'],
  'AWS::ECR::Repository': ['RepositoryName'],
  'AWS::ElastiCache::ReplicationGroup': ['ReplicationGroupId'],
  'AWS::ElastiCache::SubnetGroup': ['CacheSubnetGroupName'],
  'AWS::ElastiCache::User': ['UserId'],
  'AWS::ElastiCache::UserGroup': ['UserGroupId'],
  'AWS::Events::Rule': ['Name'],
  'AWS::IAM::ManagedPolicy': ['ManagedPolicyName'],
  'AWS::IAM::Policy': ['PolicyName', 'Roles'],
  'AWS::IAM::Role': ['RoleName'],
  'AWS::IAM::RolePolicy': ['RoleName', 'PolicyName'],
  'AWS::KMS::Alias': ['AliasName'],
  'AWS::Lambda::Function': ['FunctionName'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::RDS::DBCluster': ['DBClusterIdentifier'],
  'AWS::RDS::DBClusterParameterGroup': ['DBClusterParameterGroupName'],
  'AWS::RDS::DBInstance': ['DBInstanceIdentifier'],
  'AWS::RDS::DBSubnetGroup': ['DBSubnetGroupName'],
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::Scheduler::Schedule': ['GroupName', 'Name'],
  'AWS::Scheduler::ScheduleGroup': ['Name'],
  'AWS::SecretsManager::Secret': ['Name'],
  'AWS::SNS::Topic': ['TopicName'],
  'AWS::SQS::Queue': ['QueueName'],
};

/**
 * The names that a template asks for: `type: name`. A resource without its name gets one of CloudFormation's.
 *
 * @param stack what a reference in a name is within
 */
function namesIn(template: SynthesizedTemplate, stack = ''): string[] {
  return Object.values(template.Resources).flatMap(({ Type, Properties }) => {
    const values = (NAMES[Type] ?? []).map(
      (property) => (Properties as Record<string, unknown> | undefined)?.[property],
    );
    return values.length > 0 && values.every((value) => value !== undefined)
      ? [`${Type}: ${JSON.stringify(values).replaceAll('"Ref":"', `"Ref":"${stack}`)}`]
      : [];
  });
}

const duplicatesIn = (names: readonly string[]) => names.filter((name, index) => names.indexOf(name) !== index);

let template: SynthesizedTemplate;
let elsewhere: SynthesizedTemplate;

function build(id: string): SynthesizedTemplate {
  const stack = ownStack(undefined, id);
  const vpc = ownVpc(stack);
  for (const name of ['One', 'Two']) {
    new EveryDataConstruct(stack, `Data${name}`, vpc);
    new EveryVaultConstruct(stack, `Vault${name}`);
    everyJobConstruct(stack, `Jobs${name}`);
  }
  return templateOf(stack);
}

beforeAll(() => {
  [template, elsewhere] = [build('Shop'), build('Ledger')];
}, 120_000);

it('two of each construct in one stack have no name in common', () => {
  const names = namesIn(template);
  expect(duplicatesIn(names)).toEqual([]);
  // The names that something else depends on before the resource exists.
  for (const type of ['RDS::DBCluster', 'S3::Bucket', 'Lambda::Function', 'CodeBuild::Project', 'ElastiCache::User'])
    expect(names.filter((name) => name.startsWith(`AWS::${type}:`)).length, type).toBeGreaterThan(1);
});

it('two stacks with the same constructs have no name in common', () => {
  expect(duplicatesIn([...namesIn(template, 'Shop/'), ...namesIn(elsewhere, 'Ledger/')])).toEqual([]);
});

it('every resource with a property `<type>Name` is among those that are compared', () => {
  const others = Object.values(template.Resources).flatMap(({ Type, Properties }) => {
    const property = `${Type.split('::')[2]}Name`;
    return NAMES[Type] === undefined && property in ((Properties ?? {}) as object) ? [Type] : [];
  });
  expect([...new Set(others)]).toEqual([]);
});

describe('a name that is made', () => {
  it('is within the limits of its service', () => {
    const longest: Readonly<Record<string, number>> = {
      'AWS::RDS::DBCluster': 63,
      'AWS::ElastiCache::ReplicationGroup': 40,
      'AWS::ElastiCache::User': 40,
      'AWS::Lambda::Function': 64,
      'AWS::S3::Bucket': 63,
      'AWS::CodeBuild::Project': 150,
    };
    const stack = ownStack(undefined, 'AStackWhoseNameIsLongerThanAnyServiceWouldTakeForOneOfItsOwnResources');
    new EveryDataConstruct(stack, 'DataLayerOfTheShopAndOfItsLedger', ownVpc(stack));
    new EveryVaultConstruct(stack, 'VaultOfTheShopAndOfItsLedger');
    everyJobConstruct(stack, 'JobsOfTheShopAndOfItsLedger');
    for (const line of namesIn(templateOf(stack))) {
      const [type = '', name = ''] = line.split(': ');
      const [value] = JSON.parse(name) as unknown[];
      if (longest[type] === undefined || typeof value !== 'string') continue;
      expect(value.length, line).toBeLessThanOrEqual(longest[type]);
      expect(value, line).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
    }
  });
});
