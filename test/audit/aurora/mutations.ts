import { breaks, type Mutation } from '../mutation/mutation.js';

const CLUSTER = 'fintech-data-layer/AuroraCluster';
const READER = 'fintech-data-layer/AuroraClusterReader1';
const WRITER = 'fintech-data-layer/AuroraClusterWriter';
const TARGET = 'fintech-data-layer/AuroraReaderScalingTarget';
const TRACKING = 'Properties/TargetTrackingScalingPolicyConfiguration';

const cluster = (setting: string, control: string, property: string, to?: unknown) =>
  breaks(setting, [control], { in: CLUSTER, at: `Properties/${property}`, to });
const parameter = (name: string, control: string, to?: string) =>
  breaks(`${name} is ${to ?? 'not set'}`, [control], {
    in: 'fintech-data-layer/AuroraParameters',
    at: `Properties/Parameters/${name}`,
    to,
  });
const instance = (setting: string, control: string, property: string, to?: unknown) =>
  breaks(setting, [control], { in: READER, at: `Properties/${property}`, to });

export const AURORA_MUTATIONS: readonly Mutation[] = [
  cluster('storage is not encrypted', 'aurora-cmk', 'StorageEncrypted', false),
  cluster("storage is encrypted with AWS's key", 'aurora-cmk', 'KmsKeyId'),
  cluster('no deletion protection', 'aurora-deletion-protection', 'DeletionProtection', false),
  cluster('backups are kept for a week', 'aurora-backup-retention', 'BackupRetentionPeriod', 7),
  cluster('no backup window', 'aurora-backup-retention', 'PreferredBackupWindow'),
  cluster('no log is exported', 'aurora-log-export', 'EnableCloudwatchLogsExports', []),
  parameter('log_statement', 'aurora-parameters', 'none'),
  parameter('log_min_duration_statement', 'aurora-parameters', '1000'),
  parameter('idle_in_transaction_session_timeout', 'aurora-parameters'),
  parameter('rds.force_ssl', 'aurora-force-ssl', '0'),
  parameter('log_parameter_max_length', 'aurora-no-literals-in-logs'),
  parameter('log_parameter_max_length_on_error', 'aurora-no-literals-in-logs', '-1'),
  instance('the reader has a public address', 'aurora-not-public', 'PubliclyAccessible', true),
  breaks(
    'a route to an internet gateway',
    ['aurora-private-subnets'],
    {
      in: 'fintech-data-layer/NetworkVpcDataSubnet1RouteTableAssociation',
      at: 'Properties/RouteTableId',
      to: 'rtb-0a1b2c3d4e5f67890',
    },
    {
      in: 'fintech-data-layer/Way',
      at: '',
      to: {
        Type: 'AWS::EC2::Route',
        Properties: { RouteTableId: 'rtb-0a1b2c3d4e5f67890', DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-1' },
      },
    },
  ),
  cluster('the master user is called postgres', 'aurora-admin-name', 'MasterUsername', 'postgres'),
  cluster('the master password is not managed', 'aurora-managed-secret', 'ManageMasterUserPassword', false),
  cluster("the master secret is under AWS's key", 'aurora-managed-secret', 'MasterUserSecret/KmsKeyId'),
  cluster('no IAM authentication', 'aurora-iam-auth', 'EnableIAMDatabaseAuthentication', false),
  instance("the reader is in the writer's zone", 'aurora-multi-az', 'AvailabilityZone', 'us-east-1a'),
  breaks('there is no reader', ['aurora-multi-az'], { in: READER, at: '' }),
  breaks('at most three readers', ['aurora-reader-scaling'], { in: TARGET, at: 'Properties/MaxCapacity', to: 3 }),
  breaks('readers at 80 %', ['aurora-reader-scaling'], {
    in: `${TARGET}Cpu`,
    at: `${TRACKING}/TargetValue`,
    to: 80,
  }),
  breaks('readers scale on connections', ['aurora-reader-scaling'], {
    in: `${TARGET}Cpu`,
    at: `${TRACKING}/PredefinedMetricSpecification/PredefinedMetricType`,
    to: 'RDSReaderAverageDatabaseConnections',
  }),
  instance('no Performance Insights', 'aurora-performance-insights', 'EnablePerformanceInsights', false),
  instance("Performance Insights under AWS's key", 'aurora-performance-insights', 'PerformanceInsightsKMSKeyId'),
  cluster('a major out of support', 'aurora-supported-version', 'EngineVersion', '13.20'),
  cluster('a minor with a hole', 'aurora-supported-version', 'EngineVersion', '16.4'),
  cluster('no version', 'aurora-supported-version', 'EngineVersion', undefined),
  instance('no minor upgrades', 'aurora-minor-upgrades', 'AutoMinorVersionUpgrade', false),
  breaks('an authority that has ended', ['aurora-current-ca'], {
    in: WRITER,
    at: 'Properties/CACertificateIdentifier',
    to: 'rds-ca-2019',
  }),
  cluster('snapshots without tags', 'aurora-tags-to-snapshots', 'CopyTagsToSnapshot', false),
  cluster('another cluster than declared', 'aurora-cmk', 'DBClusterIdentifier', 'other'),
];
