/** The policy of a backup job's role: its own prefix, its own secret, its own log, and nothing that reads a backup. */
import { completeSecretArns } from '../syntax/secret-arn.js';
import { oneOrMore, policyDocument, type PolicyDocument, type Statement } from './policy-document.js';
import { throughS3, WRITE_ACTIONS, WRITE_KEY_ACTIONS } from './writer.js';

export interface WriterRolePolicyOptions {
  readonly partition: string;
  readonly region: string;
  /** The source account. */
  readonly account: string;
  readonly bucket: string;
  /** The vault's CMK, full ARN. */
  readonly keyArn: string;
  /** What the keys of its objects begin with, slash included. */
  readonly keyPrefixes: readonly string[];
  readonly logins: readonly WriterLogin[];
  /** Log groups of its builds. */
  readonly logGroupNames: readonly string[];
}

/** How a job logs in to its database, as far as IAM has a say. */
export interface WriterLogin {
  /** With or without the suffix that Secrets Manager appends. */
  readonly secretArn?: string | undefined;
  /** Whether the ARN certainly has it, as one from CloudFormation does. @default false */
  readonly secretArnIsComplete?: boolean | undefined;
  /** The customer-managed key of the secret. */
  readonly secretKmsKeyArn?: string | undefined;
  /** For IAM authentication: the server and the role in it. */
  readonly connect?: { readonly resourceId: string; readonly user: string } | undefined;
}

export function writerRolePolicy(options: WriterRolePolicyOptions): PolicyDocument {
  const { partition, region, account, logins } = options;
  const objects = oneOrMore(options.keyPrefixes.map((prefix) => `arn:${partition}:s3:::${options.bucket}/${prefix}*`));
  const statements: Statement[] = [
    { Sid: 'PutNewObjects', Effect: 'Allow', Action: WRITE_ACTIONS, Resource: objects },
    {
      Sid: 'EncryptThem',
      Effect: 'Allow',
      Action: WRITE_KEY_ACTIONS,
      Resource: options.keyArn,
      Condition: throughS3(region, objects),
    },
    ...secrets(logins, region),
  ];
  const users = logins.flatMap(({ connect }) =>
    connect ? [`arn:${partition}:rds-db:${region}:${account}:dbuser:${connect.resourceId}/${connect.user}`] : [],
  );
  if (users.length > 0) {
    statements.push({ Sid: 'LogIn', Effect: 'Allow', Action: 'rds-db:connect', Resource: oneOrMore(users) });
  }
  statements.push({
    Sid: 'WriteLog',
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: oneOrMore(
      options.logGroupNames.map((name) => `arn:${partition}:logs:${region}:${account}:log-group:${name}:*`),
    ),
  });
  return policyDocument('role', statements);
}

function secrets(logins: readonly WriterLogin[], region: string): Statement[] {
  const arns = logins.flatMap(({ secretArn, secretArnIsComplete }) => {
    if (secretArn === undefined) return [];
    return secretArnIsComplete ? [secretArn] : completeSecretArns(secretArn);
  });
  if (arns.length === 0) return [];
  const read: Statement = {
    Sid: 'ReadSecret',
    Effect: 'Allow',
    Action: 'secretsmanager:GetSecretValue',
    Resource: oneOrMore(arns),
  };
  const keys = logins.flatMap(({ secretArn, secretKmsKeyArn }) =>
    secretArn === undefined || secretKmsKeyArn === undefined ? [] : [secretKmsKeyArn],
  );
  if (keys.length === 0) return [read];
  const decrypt: Statement = {
    Sid: 'DecryptSecret',
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: oneOrMore([...new Set(keys)]),
    Condition: {
      StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` },
      StringLike: { 'kms:EncryptionContext:SecretARN': oneOrMore(arns) },
    },
  };
  return [read, decrypt];
}
