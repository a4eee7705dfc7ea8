import { describe, expect, it } from 'vitest';
import { OpenValue } from '../../../src/audit/template/open-value.js';
import { TemplateResolver } from '../../../src/audit/template/resolve.js';
import { toStackTemplate } from '../../../src/audit/template/template.js';

const TEMPLATE = {
  Parameters: {
    Stage: { Type: 'String', Default: 'prod' },
    Subnets: { Type: 'List<AWS::EC2::Subnet::Id>', Default: 'subnet-1,subnet-2' },
    KeyId: { Type: 'String' },
    Image: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/aws/image' },
  },
  Mappings: { Sizes: { prod: { days: 35 } } },
  Conditions: {
    IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
    HasKey: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'KeyId' }, ''] }] },
    Either: { 'Fn::Or': [{ Condition: 'HasKey' }, { Condition: 'IsProd' }] },
    Both: { 'Fn::And': [{ Condition: 'HasKey' }, { Condition: 'IsProd' }] },
    Loop: { 'Fn::Not': [{ Condition: 'Loop' }] },
  },
  Resources: {
    Key: { Type: 'AWS::KMS::Key' },
    Data: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { 'Fn::Sub': 'data-${Stage}' } } },
    Unnamed: { Type: 'AWS::S3::Bucket' },
    Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'fintech/redis-auth' } },
    Cluster: { Type: 'AWS::RDS::DBCluster', Properties: {} },
    Selfish: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { Ref: 'Selfish' } } },
  },
};

const stack = toStackTemplate(TEMPLATE, { stack: 'data', account: '111122223333', region: 'us-east-1' });
const resolver = new TemplateResolver(stack, {
  exports: () => ({ exported: new Map([['shared-key', 'arn:of:key']]), handedOver: new Map() }),
});

describe('what a template says is resolved', () => {
  const cases: [title: string, value: unknown, expected: unknown][] = [
    ['a parameter by its default', { Ref: 'Stage' }, 'prod'],
    ['a list parameter into its items', { Ref: 'Subnets' }, ['subnet-1', 'subnet-2']],
    ['a bucket by its name', { Ref: 'Data' }, 'data-prod'],
    ['a resource whose name is open by what stands for it', { Ref: 'Selfish' }, '${Selfish}'],
    ['a resource without a name by its logical id', { Ref: 'Unnamed' }, 'Unnamed'],
    ['an ARN', { 'Fn::GetAtt': ['Data', 'Arn'] }, 'arn:aws:s3:::data-prod'],
    ['an ARN with a dot', { 'Fn::GetAtt': 'Key.Arn' }, 'arn:aws:kms:us-east-1:111122223333:key/Key'],
    [
      'a secret by the ARN with an open suffix',
      { Ref: 'Secret' },
      'arn:aws:secretsmanager:us-east-1:111122223333:secret:fintech/redis-auth-??????',
    ],
    [
      'an attribute that is only known at deployment into a name of its own',
      { 'Fn::GetAtt': ['Cluster', 'Endpoint.Address'] },
      '${Cluster.Endpoint.Address}',
    ],
    [
      'a substitution with variables, attributes and an escape',
      { 'Fn::Sub': ['${a}/${Data.Arn}/${!literal}/${AWS::Region}', { a: { Ref: 'Stage' } }] },
      'prod/arn:aws:s3:::data-prod/${literal}/us-east-1',
    ],
    [
      'a join',
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }]] },
      'arn:aws:iam::111122223333',
    ],
    ['a selection out of a split', { 'Fn::Select': [1, { 'Fn::Split': ['-', 'a-b'] }] }, 'b'],
    ['a mapping', { 'Fn::FindInMap': ['Sizes', { Ref: 'Stage' }, 'days'] }, 35],
    ['a choice', { 'Fn::If': ['IsProd', 'yes', 'no'] }, 'yes'],
    ['an Or that is decided by one side', { 'Fn::If': ['Either', 1, 2] }, 1],
    ['an import', { 'Fn::ImportValue': 'shared-key' }, 'arn:of:key'],
    ['a property without a value away', { a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
    ['a policy condition as what it is', { Condition: { Bool: { x: true } } }, { Condition: { Bool: { x: true } } }],
  ];
  it.each(cases)('%s', (_title, value, expected) => {
    expect(resolver.resolve(value)).toEqual(expected);
  });
});

describe('what a template leaves open stays open', () => {
  const cases: [title: string, value: unknown, reason: RegExp][] = [
    ['a parameter without a default', { Ref: 'KeyId' }, /parameter KeyId has no default/],
    ['a parameter that is read at deployment', { Ref: 'Image' }, /Image is read at deployment/],
    ['a substitution with an open part', { 'Fn::Sub': 'key/${KeyId}' }, /KeyId/],
    ['a join with an open part', { 'Fn::Join': ['', ['a', { Ref: 'KeyId' }]] }, /KeyId/],
    ['a choice by an open condition', { 'Fn::If': ['HasKey', 1, 2] }, /KeyId/],
    ['an And that an open side decides', { 'Fn::If': ['Both', 1, 2] }, /KeyId/],
    ['an import from elsewhere', { 'Fn::ImportValue': 'other' }, /other is exported by another/],
    ['a resource that is not there', { Ref: 'Nothing' }, /no Nothing/],
    ['a condition about itself', { 'Fn::If': ['Loop', 1, 2] }, /refers to itself/],
    ['a function that is not known', { 'Fn::Transform': { Name: 'x' } }, /Fn::Transform/],
  ];
  it.each(cases)('%s', (_title, value, reason) => {
    const resolved = resolver.resolve(value);
    expect(resolved).toBeInstanceOf(OpenValue);
    expect((resolved as OpenValue).reason).toMatch(reason);
  });
});

it('keeps two references to one key equal in a stack without an environment', () => {
  const agnostic = new TemplateResolver(toStackTemplate(TEMPLATE, { stack: 'data' }), {
    exports: () => ({ exported: new Map(), handedOver: new Map() }),
  });
  expect(agnostic.resolve({ 'Fn::GetAtt': ['Key', 'Arn'] })).toBe(
    agnostic.resolve({ 'Fn::Sub': 'arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/${Key}' }),
  );
});
