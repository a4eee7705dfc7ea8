/** What a rotation function may do: with one secret, and with what that secret is for. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { OWNER_TAG } from '../../rotation/redis/owner.js';

export interface RotationAccess {
  readonly secret: ISecret;
  /** That encrypts the secret. */
  readonly encryptionKey: IKey;
  /** Of the administrator, read alone. */
  readonly administratorSecret?: ISecret | undefined;
  /** Of the administrator's secret. */
  readonly administratorKey?: IKey | undefined;
  /** ARNs of the replication group or user whose password the function changes. */
  readonly elastiCache?:
    | {
        readonly kind: 'auth' | 'user';
        readonly arns: readonly string[];
        /** ARNs of the group's nodes: what is done to its tags is done to theirs, and has to be allowed there as well. */
        readonly nodes?: readonly string[];
      }
    | undefined;
}

/** Of the function, by the name that it will have: a reference to it would be circular. */
export function functionArn(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: name,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

export function rotationStatements(scope: Construct, functionName: string, access: RotationAccess): PolicyStatement[] {
  const { secret, encryptionKey, administratorSecret, administratorKey, elastiCache } = access;
  const statements = [
    new PolicyStatement({
      sid: 'RotateOneSecret',
      actions: [
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
      ],
      resources: [secret.secretArn],
      // The secret itself has to name this function as its own.
      conditions: {
        StringEquals: { 'secretsmanager:resource/AllowRotationLambdaArn': functionArn(scope, functionName) },
      },
    }),
    keyStatement(scope, 'UseItsKey', ['kms:Decrypt', 'kms:GenerateDataKey'], encryptionKey, secret),
  ];
  if (administratorSecret) {
    statements.push(
      new PolicyStatement({
        sid: 'ReadTheAdministrator',
        actions: ['secretsmanager:GetSecretValue'],
        resources: [administratorSecret.secretArn],
      }),
      keyStatement(
        scope,
        'ReadTheAdministratorsKey',
        ['kms:Decrypt'],
        administratorKey ?? encryptionKey,
        administratorSecret,
      ),
    );
  }
  if (elastiCache) {
    const [describe, modify] =
      elastiCache.kind === 'auth'
        ? ['elasticache:DescribeReplicationGroups', 'elasticache:ModifyReplicationGroup']
        : ['elasticache:DescribeUsers', 'elasticache:ModifyUser'];
    const resources = [...elastiCache.arns];
    statements.push(
      new PolicyStatement({
        sid: 'ChangePasswords',
        actions: [describe, modify, 'elasticache:ListTagsForResource'],
        resources,
      }),
      new PolicyStatement({
        sid: 'TagThemAsItsOwn',
        actions: ['elasticache:AddTagsToResource'],
        resources: [...resources, ...(elastiCache.nodes ?? [])],
        conditions: { 'ForAllValues:StringEquals': { 'aws:TagKeys': [OWNER_TAG] }, Null: { 'aws:TagKeys': 'false' } },
      }),
    );
  }
  return statements;
}

/** Through Secrets Manager, and for one secret: the key decrypts nothing else for the function. */
function keyStatement(scope: Construct, sid: string, actions: string[], key: IKey, secret: ISecret): PolicyStatement {
  return new PolicyStatement({
    sid,
    actions,
    resources: [key.keyArn],
    conditions: {
      StringEquals: {
        'kms:ViaService': `secretsmanager.${Stack.of(scope).region}.amazonaws.com`,
        'kms:EncryptionContext:SecretARN': secret.secretArn,
      },
    },
  });
}

const NETWORK_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** Lambda itself makes the function's network interfaces with its role; the function's own code may not. */
export function networkStatements(scope: Construct, functionName: string): PolicyStatement[] {
  return [
    new PolicyStatement({ sid: 'LetLambdaConnect', actions: NETWORK_ACTIONS, resources: ['*'] }),
    new PolicyStatement({
      sid: 'NotTheFunctionItself',
      effect: Effect.DENY,
      actions: NETWORK_ACTIONS,
      resources: ['*'],
      conditions: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn(scope, functionName) } },
    }),
  ];
}
