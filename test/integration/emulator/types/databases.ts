/** Aurora, its secrets, its scaling. */
import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  DescribeDBClusterParametersCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBParametersCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import {
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { att, clientOptions, policy, ref, sub, type Resources } from '../stacks.js';
import { KEY, type TypeCase } from './case.js';
import { SUBNETS } from './network.js';

const cluster = (
  changes: Readonly<Record<string, unknown>> = {},
  parameters: Readonly<Record<string, string>> = {},
): Resources => ({
  ...KEY,
  ...SUBNETS,
  Subnets: {
    Type: 'AWS::RDS::DBSubnetGroup',
    Properties: { DBSubnetGroupDescription: 'databases', SubnetIds: [ref('SubnetA'), ref('SubnetB')] },
  },
  Parameters: {
    Type: 'AWS::RDS::DBClusterParameterGroup',
    Properties: {
      Description: 'cluster',
      Family: 'aurora-postgresql17',
      Parameters: { log_statement: 'ddl', log_min_duration_statement: '500', ...parameters },
    },
  },
  InstanceParameters: {
    Type: 'AWS::RDS::DBParameterGroup',
    Properties: { Description: 'instance', Family: 'aurora-postgresql17', Parameters: { log_connections: '1' } },
  },
  Cluster: {
    Type: 'AWS::RDS::DBCluster',
    Properties: {
      Engine: 'aurora-postgresql',
      EngineVersion: '17.4',
      EngineLifecycleSupport: 'open-source-rds-extended-support-disabled',
      DatabaseName: 'app',
      DBClusterParameterGroupName: ref('Parameters'),
      DBSubnetGroupName: ref('Subnets'),
      VpcSecurityGroupIds: [att('Group', 'GroupId')],
      MasterUsername: 'owner',
      ManageMasterUserPassword: true,
      MasterUserSecret: { KmsKeyId: att('Key', 'Arn') },
      StorageEncrypted: true,
      KmsKeyId: att('Key', 'Arn'),
      BackupRetentionPeriod: 35,
      PreferredBackupWindow: '03:00-04:00',
      CopyTagsToSnapshot: true,
      DeletionProtection: false,
      EnableCloudwatchLogsExports: ['postgresql'],
      EnableIAMDatabaseAuthentication: true,
      DatabaseInsightsMode: 'advanced',
      PerformanceInsightsEnabled: true,
      PerformanceInsightsKmsKeyId: att('Key', 'Arn'),
      PerformanceInsightsRetentionPeriod: 465,
      ...changes,
    },
  },
  Writer: {
    Type: 'AWS::RDS::DBInstance',
    Properties: {
      Engine: 'aurora-postgresql',
      DBClusterIdentifier: ref('Cluster'),
      DBInstanceClass: 'db.r6g.large',
      DBParameterGroupName: ref('InstanceParameters'),
      EnablePerformanceInsights: true,
      PerformanceInsightsKMSKeyId: att('Key', 'Arn'),
      PerformanceInsightsRetentionPeriod: 465,
      PubliclyAccessible: false,
      CACertificateIdentifier: 'rds-ca-rsa2048-g1',
      AutoMinorVersionUpgrade: true,
      PromotionTier: 0,
    },
  },
  Target: {
    Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
    DependsOn: 'Writer',
    Properties: {
      ServiceNamespace: 'rds',
      ScalableDimension: 'rds:cluster:ReadReplicaCount',
      ResourceId: sub('cluster:${Cluster}'),
      MinCapacity: 1,
      MaxCapacity: 5,
    },
  },
  Scaling: {
    Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
    Properties: {
      PolicyName: 'readers',
      PolicyType: 'TargetTrackingScaling',
      ScalingTargetId: ref('Target'),
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 60,
        PredefinedMetricSpecification: { PredefinedMetricType: 'RDSReaderAverageCPUUtilization' },
      },
    },
  },
});

export const CLUSTERS: TypeCase = {
  shows: [
    'AWS::ApplicationAutoScaling::ScalableTarget',
    'AWS::ApplicationAutoScaling::ScalingPolicy',
    'AWS::RDS::DBCluster',
    'AWS::RDS::DBClusterParameterGroup',
    'AWS::RDS::DBInstance',
    'AWS::RDS::DBParameterGroup',
    'AWS::RDS::DBSubnetGroup',
  ],
  resources: cluster(),
  outputs: {
    key: att('Key', 'Arn'),
    secret: att('Cluster', 'MasterUserSecret.SecretArn'),
    endpoint: att('Cluster', 'Endpoint.Address'),
    port: att('Cluster', 'Endpoint.Port'),
    reader: att('Cluster', 'ReadEndpoint.Address'),
  },
  async read(emulator, { ids }) {
    const client = new RDSClient(clientOptions(emulator));
    const scaling = new ApplicationAutoScalingClient(clientOptions(emulator));
    const { DBClusters } = await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: ids.Cluster }));
    const { DBInstances } = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: ids.Writer }));
    const { Parameters } = await client.send(
      new DescribeDBClusterParametersCommand({ DBClusterParameterGroupName: ids.Parameters, Source: 'user' }),
    );
    const instance = await client.send(
      new DescribeDBParametersCommand({ DBParameterGroupName: ids.InstanceParameters, Source: 'user' }),
    );
    const { ScalableTargets } = await scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'rds' }));
    const { ScalingPolicies } = await scaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: 'rds' }));
    return {
      cluster: DBClusters?.[0],
      writer: DBInstances?.[0],
      parameters: Object.fromEntries(Parameters!.map((item) => [item.ParameterName!, item.ParameterValue] as const)),
      instance: instance.Parameters?.map(({ ParameterName }) => ParameterName),
      target: [ScalableTargets?.[0]?.MinCapacity, ScalableTargets?.[0]?.MaxCapacity],
      scaling: ScalingPolicies?.[0]?.TargetTrackingScalingPolicyConfiguration?.TargetValue,
    };
  },
  expected: ({ ids, outputs }) => ({
    cluster: {
      Endpoint: outputs.endpoint,
      ReaderEndpoint: outputs.reader,
      Port: Number(outputs.port),
      DBSubnetGroup: ids.Subnets,
      MasterUserSecret: { SecretArn: outputs.secret, KmsKeyId: outputs.key },
      KmsKeyId: outputs.key,
      EngineLifecycleSupport: 'open-source-rds-extended-support-disabled',
      VpcSecurityGroups: [{ VpcSecurityGroupId: ids.Group }],
      BackupRetentionPeriod: 35,
      EnabledCloudwatchLogsExports: ['postgresql'],
      IAMDatabaseAuthenticationEnabled: true,
      DatabaseInsightsMode: 'advanced',
      PerformanceInsightsEnabled: true,
      PerformanceInsightsKMSKeyId: outputs.key,
      PerformanceInsightsRetentionPeriod: 465,
      StorageEncrypted: true,
      CopyTagsToSnapshot: true,
    },
    writer: {
      DBSubnetGroup: { DBSubnetGroupName: ids.Subnets },
      PerformanceInsightsEnabled: true,
      PerformanceInsightsKMSKeyId: outputs.key,
      PerformanceInsightsRetentionPeriod: 465,
      CACertificateIdentifier: 'rds-ca-rsa2048-g1',
      PubliclyAccessible: false,
      PromotionTier: 0,
      DBParameterGroups: [{ DBParameterGroupName: ids.InstanceParameters }],
    },
    parameters: { log_statement: 'ddl', log_min_duration_statement: '500' },
    instance: ['log_connections'],
    target: [1, 5],
    scaling: 60,
  }),
  changed: {
    resources: cluster({ BackupRetentionPeriod: 14, PerformanceInsightsRetentionPeriod: 31 }, { 'rds.force_ssl': '1' }),
    expected: () => ({
      cluster: { BackupRetentionPeriod: 14, PerformanceInsightsRetentionPeriod: 31 },
      parameters: { log_statement: 'ddl', 'rds.force_ssl': '1' },
    }),
  },
};

const secrets = (description: string): Resources => ({
  ...KEY,
  Function: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { ZipFile: 'exports.handler = async () => {};' },
      Handler: 'index.handler',
      Runtime: 'nodejs22.x',
      Role: att('Role', 'Arn'),
    },
  },
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: policy({
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      }),
    },
  },
  Database: {
    Type: 'AWS::RDS::DBCluster',
    Properties: {
      DatabaseName: 'app',
      Engine: 'aurora-postgresql',
      MasterUsername: 'owner',
      ManageMasterUserPassword: true,
    },
  },
  Secret: {
    Type: 'AWS::SecretsManager::Secret',
    Properties: {
      Name: 'fintech/db-credentials',
      Description: description,
      KmsKeyId: att('Key', 'Arn'),
      GenerateSecretString: {
        SecretStringTemplate: '{"username":"app"}',
        GenerateStringKey: 'password',
        PasswordLength: 40,
        ExcludePunctuation: true,
      },
      Tags: [{ Key: 'team', Value: 'data' }],
    },
  },
  Attachment: {
    Type: 'AWS::SecretsManager::SecretTargetAttachment',
    Properties: { SecretId: ref('Secret'), TargetId: ref('Database'), TargetType: 'AWS::RDS::DBCluster' },
  },
  Policy: {
    Type: 'AWS::SecretsManager::ResourcePolicy',
    Properties: {
      SecretId: ref('Secret'),
      ResourcePolicy: policy({ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:*', Resource: '*' }),
    },
  },
  Schedule: {
    Type: 'AWS::SecretsManager::RotationSchedule',
    DependsOn: 'Attachment',
    Properties: {
      SecretId: ref('Secret'),
      RotationLambdaARN: att('Function', 'Arn'),
      RotateImmediatelyOnUpdate: false,
      RotationRules: { ScheduleExpression: 'rate(30 days)', Duration: '2h' },
    },
  },
});

export const SECRETS: TypeCase = {
  shows: [
    'AWS::SecretsManager::ResourcePolicy',
    'AWS::SecretsManager::RotationSchedule',
    'AWS::SecretsManager::Secret',
    'AWS::SecretsManager::SecretTargetAttachment',
  ],
  resources: secrets('first'),
  outputs: {
    key: att('Key', 'Arn'),
    host: att('Database', 'Endpoint.Address'),
    function: att('Function', 'Arn'),
    user: sub('{{resolve:secretsmanager:${Secret}:SecretString:username}}'),
  },
  async read(emulator, { ids }) {
    const client = new SecretsManagerClient(clientOptions(emulator));
    const SecretId = ids.Secret;
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSCURRENT' }));
    const { ResourcePolicy } = await client.send(new GetResourcePolicyCommand({ SecretId }));
    const described = await client.send(new DescribeSecretCommand({ SecretId }));
    const { password, ...rest } = JSON.parse(SecretString!) as Record<string, unknown>;
    return {
      ...described,
      password: /^[A-Za-z0-9]{40}$/.test(password as string),
      rest,
      denies: ResourcePolicy?.includes('Deny'),
    };
  },
  expected: ({ ids, outputs }) => ({
    ARN: ids.Secret,
    Name: 'fintech/db-credentials',
    Description: 'first',
    KmsKeyId: outputs.key,
    Tags: [{ Key: 'team', Value: 'data' }],
    RotationEnabled: true,
    RotationLambdaARN: outputs.function,
    RotationRules: { ScheduleExpression: 'rate(30 days)', Duration: '2h' },
    password: true,
    rest: {
      username: outputs.user,
      dbname: 'app',
      engine: 'postgres',
      host: outputs.host,
      port: 5432,
      dbClusterIdentifier: ids.Database,
    },
    denies: true,
  }),
  changed: { resources: secrets('second'), expected: () => ({ Description: 'second', password: true }) },
};
