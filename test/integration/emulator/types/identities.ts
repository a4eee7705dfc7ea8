/** Roles and policies, functions, and what is read with the AWS CLI: parameters, repositories, backup plans. */
import {
  GetPolicyCommand as GetManagedPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import {
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import type { Emulator } from '../../../helpers/emulator.js';
import { att, clientOptions, policy, ref, type Resources } from '../stacks.js';
import { KEY, type TypeCase } from './case.js';

const trust = (service: string) =>
  policy({ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' });

const may = (action: string) => policy({ Effect: 'Allow', Action: action, Resource: '*' });

const roles = (action: string): Resources => ({
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: 'rds-pgdump-codebuild-role-prod',
      AssumeRolePolicyDocument: trust('codebuild.amazonaws.com'),
      Description: 'backups',
      MaxSessionDuration: 7200,
      ManagedPolicyArns: [ref('Managed')],
      Policies: [{ PolicyName: 'inline', PolicyDocument: may(action) }],
      Tags: [{ Key: 'team', Value: 'data' }],
    },
  },
  Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: may(action) } },
  Own: {
    Type: 'AWS::IAM::Policy',
    Properties: { PolicyName: 'own', PolicyDocument: may(action), Roles: [ref('Role')] },
  },
  Apart: {
    Type: 'AWS::IAM::RolePolicy',
    Properties: { PolicyName: 'apart', PolicyDocument: may(action), RoleName: ref('Role') },
  },
  Profile: { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: [ref('Role')] } },
});

export const ROLES: TypeCase = {
  shows: [
    'AWS::IAM::InstanceProfile',
    'AWS::IAM::ManagedPolicy',
    'AWS::IAM::Policy',
    'AWS::IAM::Role',
    'AWS::IAM::RolePolicy',
  ],
  resources: roles('s3:PutObject'),
  outputs: { arn: att('Role', 'Arn'), id: att('Role', 'RoleId') },
  async read(emulator, { ids }) {
    const client = new IAMClient(clientOptions(emulator));
    const RoleName = ids.Role;
    const { Role } = await client.send(new GetRoleCommand({ RoleName }));
    const { PolicyNames = [] } = await client.send(new ListRolePoliciesCommand({ RoleName }));
    const documents = await Promise.all(
      PolicyNames.map((PolicyName) => client.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
    );
    const { AttachedPolicies } = await client.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    const profiles = await client.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
    const version = await client.send(
      new GetPolicyVersionCommand({ PolicyArn: ids.Managed, VersionId: await defaultVersion(emulator, ids.Managed!) }),
    );
    const action = (document: string | undefined) =>
      (JSON.parse(decodeURIComponent(document!)) as { Statement: { Action: string }[] }).Statement[0]?.Action;
    return {
      role: Role,
      names: [...PolicyNames].sort(),
      actions: [...documents.map((item) => item.PolicyDocument), version.PolicyVersion?.Document].map(action),
      attached: AttachedPolicies?.map(({ PolicyArn }) => PolicyArn),
      profiles: profiles.InstanceProfiles?.length,
    };
  },
  expected: ({ ids, outputs }) => ({
    role: { Arn: outputs.arn, RoleId: outputs.id, Description: 'backups', MaxSessionDuration: 7200 },
    names: ['apart', 'inline', 'own'],
    actions: Array<string>(4).fill('s3:PutObject'),
    attached: [ids.Managed],
    profiles: 1,
  }),
  changed: {
    resources: roles('s3:AbortMultipartUpload'),
    expected: () => ({ actions: Array<string>(4).fill('s3:AbortMultipartUpload') }),
  },
};

async function defaultVersion(emulator: Emulator, PolicyArn: string): Promise<string | undefined> {
  const client = new IAMClient(clientOptions(emulator));
  return (await client.send(new GetManagedPolicyCommand({ PolicyArn }))).Policy?.DefaultVersionId;
}

const functions = (timeout: number): Resources => ({
  ...KEY,
  Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust('lambda.amazonaws.com') } },
  Dead: { Type: 'AWS::SQS::Queue' },
  Function: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: 'rotation',
      Code: { ZipFile: 'exports.handler = async () => {};' },
      Handler: 'index.handler',
      Runtime: 'nodejs22.x',
      Role: att('Role', 'Arn'),
      Timeout: timeout,
      MemorySize: 256,
      Environment: { Variables: { NODE_OPTIONS: '--enable-source-maps' } },
      KmsKeyArn: att('Key', 'Arn'),
      TracingConfig: { Mode: 'Active' },
      ReservedConcurrentExecutions: 1,
    },
  },
  Permission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: att('Function', 'Arn'),
      Principal: 'secretsmanager.amazonaws.com',
      SourceAccount: ref('AWS::AccountId'),
    },
  },
  Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: ref('Function') } },
  Alias: {
    Type: 'AWS::Lambda::Alias',
    Properties: { Name: 'live', FunctionName: ref('Function'), FunctionVersion: att('Version', 'Version') },
  },
  Invokes: {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: {
      FunctionName: ref('Function'),
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: att('Dead', 'Arn') } },
    },
  },
});

export const FUNCTIONS: TypeCase = {
  shows: [
    'AWS::Lambda::Alias',
    'AWS::Lambda::EventInvokeConfig',
    'AWS::Lambda::Function',
    'AWS::Lambda::Permission',
    'AWS::Lambda::Version',
  ],
  resources: functions(60),
  outputs: { arn: att('Function', 'Arn'), key: att('Key', 'Arn') },
  async read(emulator) {
    const client = new LambdaClient(clientOptions(emulator));
    const FunctionName = 'rotation';
    const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName }));
    const { Policy } = await client.send(new GetPolicyCommand({ FunctionName }));
    const alias = await client.send(new GetAliasCommand({ FunctionName, Name: 'live' }));
    const invokes = await client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
    const concurrency = await client.send(new GetFunctionConcurrencyCommand({ FunctionName }));
    return {
      function: Configuration,
      permitted: Policy?.includes('secretsmanager.amazonaws.com'),
      version: alias.FunctionVersion,
      retries: invokes.MaximumRetryAttempts,
      concurrency: concurrency.ReservedConcurrentExecutions,
    };
  },
  expected: ({ outputs }) => ({
    function: {
      FunctionArn: outputs.arn,
      Runtime: 'nodejs22.x',
      Timeout: 60,
      MemorySize: 256,
      Environment: { Variables: { NODE_OPTIONS: '--enable-source-maps' } },
      KMSKeyArn: outputs.key,
      TracingConfig: { Mode: 'Active' },
    },
    permitted: true,
    version: '1',
    retries: 1,
    concurrency: 1,
  }),
  changed: { resources: functions(120), expected: () => ({ function: { Timeout: 120 } }) },
};

const KEEP_TEN = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10 },
      action: { type: 'expire' },
    },
  ],
});

const others: Resources = {
  ...KEY,
  Parameter: {
    Type: 'AWS::SSM::Parameter',
    Properties: { Name: '/holdfast/version', Type: 'String', Value: '21', Tags: { team: 'data' } },
  },
  Repository: {
    Type: 'AWS::ECR::Repository',
    Properties: {
      RepositoryName: 'worker',
      ImageTagMutability: 'IMMUTABLE',
      ImageScanningConfiguration: { ScanOnPush: true },
      LifecyclePolicy: { LifecyclePolicyText: KEEP_TEN },
    },
  },
  Vault: {
    Type: 'AWS::Backup::BackupVault',
    Properties: { BackupVaultName: 'tables', EncryptionKeyArn: att('Key', 'Arn') },
  },
  Plan: {
    Type: 'AWS::Backup::BackupPlan',
    Properties: {
      BackupPlan: {
        BackupPlanName: 'daily',
        BackupPlanRule: [
          {
            RuleName: 'daily',
            TargetBackupVault: ref('Vault'),
            ScheduleExpression: 'cron(0 5 ? * * *)',
            Lifecycle: { DeleteAfterDays: 35 },
          },
        ],
      },
    },
  },
};

export const OTHERS: TypeCase = {
  shows: ['AWS::Backup::BackupPlan', 'AWS::Backup::BackupVault', 'AWS::ECR::Repository', 'AWS::SSM::Parameter'],
  resources: others,
  outputs: { key: att('Key', 'Arn'), uri: att('Repository', 'RepositoryUri'), value: att('Parameter', 'Value') },
  async read(emulator, { ids }) {
    const read = async (...args: string[]) => JSON.parse(await emulator.aws(...args, '--output', 'json')) as unknown;
    return {
      parameter: await read('ssm', 'get-parameter', '--name', '/holdfast/version'),
      repositories: await read('ecr', 'describe-repositories'),
      vault: await read('backup', 'describe-backup-vault', '--backup-vault-name', 'tables'),
      plan: await read('backup', 'get-backup-plan', '--backup-plan-id', ids.Plan!),
    };
  },
  expected: ({ outputs }) => ({
    parameter: { Parameter: { Value: outputs.value } },
    repositories: {
      repositories: [
        {
          repositoryUri: outputs.uri,
          imageTagMutability: 'IMMUTABLE',
          imageScanningConfiguration: { scanOnPush: true },
        },
      ],
    },
    vault: { EncryptionKeyArn: outputs.key },
    plan: { BackupPlan: { Rules: [{ TargetBackupVaultName: 'tables', Lifecycle: { DeleteAfterDays: 35 } }] } },
  }),
};
