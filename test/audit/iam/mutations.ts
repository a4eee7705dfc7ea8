import { breaks, type Mutation } from '../mutation/mutation.js';

const ROTATE = 'fintech-data-layer/RotationsDatabaseUserRotateRole';
const OF_FUNCTION = 'Properties/Policies/0/PolicyDocument/Statement';
const TASK_POLICY = 'fintech-data-layer/TaskRolePolicy';
const OF_TASK = 'Properties/PolicyDocument/Statement';
const allow = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource });

const EVERYTHING = [
  'iam-no-privilege-escalation',
  'iam-no-star-star',
  'iam-no-unexplained-wildcard',
  'kms-no-decrypt-on-all',
];

export const IAM_MUTATIONS: readonly Mutation[] = [
  breaks('a function may do everything', EVERYTHING, {
    in: ROTATE,
    at: `${OF_FUNCTION}/-`,
    to: allow('*', '*'),
  }),
  breaks('a function may write its own policies', ['iam-no-privilege-escalation'], {
    in: ROTATE,
    at: `${OF_FUNCTION}/-`,
    to: allow('iam:PutRolePolicy', 'arn:aws:iam::111122223333:role/fintech*'),
  }),
  breaks('a function reads every secret', ['iam-no-unexplained-wildcard'], {
    in: ROTATE,
    at: `${OF_FUNCTION}/-`,
    to: allow('secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:us-east-1:111122223333:secret:*'),
  }),
  breaks("a function's code may make network interfaces", ['iam-no-unexplained-wildcard'], {
    in: ROTATE,
    at: `${OF_FUNCTION}/Sid=NotTheFunctionItself`,
  }),
  breaks('a function may do whatever SQS does', ['iam-no-unexplained-wildcard'], {
    in: ROTATE,
    at: `${OF_FUNCTION}/-`,
    to: allow('sqs:*', 'arn:aws:sqs:us-east-1:111122223333:one'),
  }),
  breaks('the scheduler acts for whomever', ['iam-confused-deputy'], {
    in: 'rds-pgdump-backup-prod/BackupsFoundationSchedulerRole',
    at: 'Properties/AssumeRolePolicyDocument/Statement/0/Condition',
  }),
  breaks('everybody may become the task role', ['iam-trust-limited'], {
    in: 'fintech-data-layer/TaskRole',
    at: 'Properties/AssumeRolePolicyDocument/Statement/-',
    to: { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' },
  }),
  breaks('the task role reads objects', ['iam-task-role-least-privilege'], {
    in: TASK_POLICY,
    at: `${OF_TASK}/-`,
    to: allow('s3:GetObject', 'arn:aws:s3:::fintech-prod-data-111122223333-us-east-1/raw/1'),
  }),
  breaks('the task role reads a family of secrets', ['iam-task-role-least-privilege'], {
    in: TASK_POLICY,
    at: `${OF_TASK}/Sid=ReadSecrets/Resource/-`,
    to: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:fintech/*',
  }),
  breaks('the task role reads a secret that is not declared', ['iam-task-role-least-privilege'], {
    in: TASK_POLICY,
    at: `${OF_TASK}/Sid=ReadSecrets/Resource/-`,
    to: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:payroll-AbCdEf',
  }),
  ...[
    'arn:aws:secretsmanager:us-east-1:111122223333:secret:fintech/backup-credentials-??????',
    'arn:aws:secretsmanager:us-east-1:999999999999:secret:fintech/api-keys-??????',
  ].map((secret) =>
    breaks(`the task role reads ${secret}`, ['iam-task-role-least-privilege'], {
      in: TASK_POLICY,
      at: `${OF_TASK}/Sid=ReadSecrets/Resource/-`,
      to: secret,
    }),
  ),
  breaks('the task role decrypts with a foreign key', ['iam-task-role-least-privilege'], {
    in: TASK_POLICY,
    at: `${OF_TASK}/Sid=DecryptSecrets/Resource`,
    to: 'arn:aws:kms:us-east-1:999999999999:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  }),
  breaks('the task role decrypts through S3', ['iam-task-role-least-privilege'], {
    in: TASK_POLICY,
    at: `${OF_TASK}/Sid=DecryptSecrets/Condition/StringEquals/kms:ViaService`,
    to: 's3.us-east-1.amazonaws.com',
  }),
  breaks('the task role has another name', ['iam-task-role-least-privilege'], {
    in: 'fintech-data-layer/TaskRole',
    at: 'Properties/RoleName',
    to: 'Other',
  }),
  breaks('a user may do everything', EVERYTHING, {
    in: 'fintech-data-layer/User',
    at: '',
    to: {
      Type: 'AWS::IAM::User',
      Properties: {
        Policies: [{ PolicyName: 'all', PolicyDocument: { Statement: [allow('*', '*')] } }],
      },
    },
  }),
  breaks('the task role decrypts without Secrets Manager', ['iam-task-role-least-privilege'], {
    in: TASK_POLICY,
    at: `${OF_TASK}/Sid=DecryptSecrets/Condition`,
  }),
];
