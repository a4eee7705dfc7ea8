/** The policy of the data key: who administers it, who uses it, and through what. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal, PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** The services that the runbook lets use the key. */
export const KEY_SERVICES = ['rds', 'dynamodb', 's3', 'secretsmanager', 'elasticache'] as const;
export type KeyService = (typeof KEY_SERVICES)[number];

/** Everything that manages a key. No cryptographic action, and no CreateGrant, which could give one away. */
const ADMINISTRATION = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:PutKeyPolicy',
  'kms:RevokeGrant',
  'kms:RotateKeyOnDemand',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
];

/** What an audit reads. */
const READING = [
  'kms:DescribeKey',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListKeyRotations',
  'kms:ListResourceTags',
];

const USE = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'];

export interface KeyPolicyOptions {
  readonly services: readonly KeyService[];
  /** ARNs (wildcards allowed) of those who administer. Empty: anyone whom IAM in the account allows. */
  readonly administrators: readonly string[];
  /** ARNs (wildcards allowed) of the roles that deploy the data layer. */
  readonly deploymentRoles: readonly string[];
  /** Names of log groups (wildcards allowed) that CloudWatch Logs encrypts with the key. */
  readonly logGroups: readonly string[];
}

/**
 * The account's root stands in every statement, for IAM's sake: a principal still needs a policy of its own. It holds
 * no `kms:*`, which would let IAM alone decide and so defeat the rest.
 */
export function keyPolicy(scope: IConstruct, options: KeyPolicyOptions): PolicyDocument {
  const { account, region } = Stack.of(scope);
  const root = () => [new AccountRootPrincipal()];
  const via = options.services.map((service) => `${service}.${region}.amazonaws.com`);
  const named = options.administrators.length > 0;
  const notAdministrators = named ? { ArnNotLike: { 'aws:PrincipalArn': options.administrators } } : {};
  const managers = [...options.administrators, ...options.deploymentRoles];

  const statements = [
    new PolicyStatement({
      sid: 'AdministerWithoutUse',
      principals: root(),
      actions: ADMINISTRATION,
      resources: ['*'],
      conditions: named ? { ArnLike: { 'aws:PrincipalArn': managers } } : {},
    }),
    new PolicyStatement({ sid: 'ReadSettings', principals: root(), actions: READING, resources: ['*'] }),
    new PolicyStatement({
      sid: 'UseThroughServices',
      principals: root(),
      actions: USE,
      resources: ['*'],
      conditions: {
        StringEquals: { 'kms:ViaService': via, 'kms:CallerAccount': account },
        ...notAdministrators,
      },
    }),
    new PolicyStatement({
      sid: 'GrantToServices',
      principals: root(),
      actions: ['kms:CreateGrant'],
      resources: ['*'],
      conditions: {
        StringEquals: { 'kms:ViaService': via, 'kms:CallerAccount': account },
        Bool: { 'kms:GrantIsForAWSResource': 'true' },
        ...notAdministrators,
      },
    }),
  ];
  if (options.services.includes('elasticache') && options.deploymentRoles.length > 0) {
    // AWS documents in two ways whether ElastiCache's requests carry kms:ViaService when a cache is made.
    statements.push(
      new PolicyStatement({
        sid: 'GrantToElastiCacheAtDeployment',
        principals: root(),
        actions: ['kms:CreateGrant'],
        resources: ['*'],
        conditions: {
          ArnLike: { 'aws:PrincipalArn': options.deploymentRoles },
          StringEquals: { 'kms:CallerAccount': account },
          Bool: { 'kms:GrantIsForAWSResource': 'true' },
        },
      }),
    );
  }
  if (options.logGroups.length > 0) statements.push(logsStatement(scope, options.logGroups, region));
  return new PolicyDocument({ statements, assignSids: false });
}

/** CloudWatch Logs acts for itself, so it is named as a service, and held to our log groups by its context. */
function logsStatement(scope: IConstruct, logGroups: readonly string[], region: string): PolicyStatement {
  const arns = logGroups.map((resourceName) =>
    Stack.of(scope).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  );
  return new PolicyStatement({
    sid: 'EncryptLogGroups',
    principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
    actions: [...USE, 'kms:DescribeKey'],
    resources: ['*'],
    conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arns } },
  });
}
