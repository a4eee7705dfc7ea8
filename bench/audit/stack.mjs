/** A template of buckets with their policies, roles with theirs, secrets and tables, a fourth of them under a condition. */

const document = (...Statement) => ({ Version: '2012-10-17', Statement });
const DENY_HTTP = {
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: '*',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};

const GROUPS = [
  (index) => ({
    [`Bucket${index}`]: { Type: 'AWS::S3::Bucket', Properties: {} },
    [`BucketPolicy${index}`]: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: { Bucket: { Ref: `Bucket${index}` }, PolicyDocument: document(DENY_HTTP) },
    },
  }),
  (index) => ({
    [`Role${index}`]: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: document({
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        }),
      },
    },
    [`RolePolicy${index}`]: {
      Type: 'AWS::IAM::Policy',
      Condition: 'Strict',
      Properties: {
        PolicyName: 'p',
        Roles: [{ Ref: `Role${index}` }],
        PolicyDocument: document({
          Effect: 'Allow',
          Action: 'sqs:SendMessage',
          Resource: { 'Fn::Sub': `arn:aws:sqs:us-east-1:111122223333:queue-${index}` },
        }),
      },
    },
  }),
  (index) => ({
    [`Secret${index}`]: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: `app/secret-${index}` } },
    [`Rotation${index}`]: {
      Type: 'AWS::SecretsManager::RotationSchedule',
      Properties: { SecretId: { Ref: `Secret${index}` }, RotationRules: { AutomaticallyAfterDays: 30 } },
    },
  }),
  (index) => ({
    [`Table${index}`]: {
      Type: 'AWS::DynamoDB::Table',
      Properties: { BillingMode: 'PAY_PER_REQUEST', SSESpecification: { SSEEnabled: true } },
    },
    [`Project${index}`]: {
      Type: 'AWS::CodeBuild::Project',
      Properties: { Name: `build-${index}`, Environment: { EnvironmentVariables: [] } },
    },
  }),
];

/** @param count of resources, at least */
export function stackOf(count) {
  const Resources = {};
  for (let index = 0; Object.keys(Resources).length < count; index += 1)
    Object.assign(Resources, GROUPS[index % GROUPS.length](index));
  return {
    Parameters: { Mode: { Type: 'String' } },
    Conditions: { Strict: { 'Fn::Equals': [{ Ref: 'Mode' }, 'strict'] } },
    Resources,
  };
}
