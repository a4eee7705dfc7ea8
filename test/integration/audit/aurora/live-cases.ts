import { RegisterScalableTargetCommand } from '@aws-sdk/client-application-auto-scaling';
import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  DeleteInternetGatewayCommand,
  DeleteRouteCommand,
  DescribeRouteTablesCommand,
  DetachInternetGatewayCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateDBClusterCommand,
  type CreateDBClusterCommandInput,
  CreateDBClusterSnapshotCommand,
  DeleteDBClusterCommand,
  DeleteDBClusterSnapshotCommand,
  type DescribeDBClustersCommandOutput,
  DescribeDBSubnetGroupsCommand,
  ModifyDBClusterCommand,
  type ModifyDBClusterCommandInput,
  ModifyDBClusterParameterGroupCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  ModifyDBInstanceCommand,
  type ModifyDBInstanceCommandInput,
} from '@aws-sdk/client-rds';
import type { AuditClients } from '../../../../src/audit/live/clients.js';
import { answering, type LiveCase, type Mend, type Surroundings } from '../live-cases/live-case.js';
import { STRANGER } from '../live-cases/policies.js';

const CLUSTER = 'fintech-db-cluster';
const WRITER = 'fintech-db-writer';
type Rds = AuditClients['rds'];

export const AURORA_CASES: readonly LiveCase[] = [
  another('aurora-cmk', 'plain', 'Storage is not encrypted.'),
  {
    control: 'aurora-deletion-protection',
    fails: [CLUSTER],
    says: 'Deletion protection is off.',
    break: modified({ DeletionProtection: false }, { DeletionProtection: true }),
  },
  {
    control: 'aurora-backup-retention',
    fails: [CLUSTER],
    says: 'Backups are kept for 7 days; at least 35 are required.',
    break: modified({ BackupRetentionPeriod: 7 }, { BackupRetentionPeriod: 35 }),
  },
  another('aurora-log-export', 'quiet', 'The log type postgresql is not exported.'),
  parameter('aurora-parameters', 'log_statement', 'none', 'ddl', 'log_statement is none; ddl is required.'),
  parameter('aurora-force-ssl', 'rds.force_ssl', '0', '1', 'rds.force_ssl is 0.'),
  parameter(
    'aurora-no-literals-in-logs',
    'log_parameter_max_length',
    '-1',
    '0',
    'log_parameter_max_length is -1: bind values are logged.',
  ),
  {
    control: 'aurora-parameters-in-sync',
    fails: [CLUSTER],
    says: `${WRITER} is pending-reboot.`,
    recorded: 'DescribeDBClusters has every member in-sync',
    break: ({ aws: { rds } }) =>
      Promise.resolve(
        answering<DescribeDBClustersCommandOutput>(rds, 'DescribeDBClustersCommand', (answer) => ({
          ...answer!,
          DBClusters: answer!.DBClusters!.map((cluster) => ({
            ...cluster,
            DBClusterMembers: cluster.DBClusterMembers!.map((member) =>
              member.DBInstanceIdentifier === WRITER
                ? { ...member, DBClusterParameterGroupStatus: 'pending-reboot' }
                : member,
            ),
          })),
        })),
      ),
  },
  {
    control: 'aurora-not-public',
    fails: [CLUSTER],
    says: `${WRITER} is publicly accessible.`,
    break: modifiedWriter({ PubliclyAccessible: true }, { PubliclyAccessible: false }),
  },
  {
    control: 'aurora-private-subnets',
    fails: [CLUSTER],
    says: /has a route to an internet gateway/,
    break: withInternetGateway,
  },
  another('aurora-admin-name', 'usual', 'The master user is called postgres.', { MasterUsername: 'postgres' }),
  another('aurora-managed-secret', 'by-hand', 'RDS does not manage the master password.'),
  another('aurora-iam-auth', 'passwords', 'IAM authentication is off.'),
  another('aurora-multi-az', 'alone', 'There is no instance.'),
  {
    control: 'aurora-reader-scaling',
    fails: [CLUSTER],
    says: 'Readers scale from 1 to 2; at least from 1 to 5 is required.',
    async break({ aws: { autoScaling } }) {
      const scale = (MaxCapacity: number) =>
        autoScaling.send(new RegisterScalableTargetCommand({ ...READERS, MinCapacity: 1, MaxCapacity }));
      await scale(2);
      return () => scale(5);
    },
  },
  {
    control: 'aurora-performance-insights',
    fails: [CLUSTER],
    says: `It is off on ${WRITER}.`,
    break: modifiedWriter({ EnablePerformanceInsights: false }, { EnablePerformanceInsights: true }),
  },
  another('aurora-supported-version', 'old', /^Version 12\.22 is out of standard support/, { EngineVersion: '12.22' }),
  {
    control: 'aurora-snapshots-private',
    fails: ['shared'],
    says: `It is shared with account ${STRANGER}.`,
    break: ({ aws: { rds } }) => snapshotOf(rds, CLUSTER, 'shared', [STRANGER]),
  },
  {
    control: 'aurora-snapshots-encrypted',
    fails: ['plain'],
    says: 'It is not encrypted.',
    // It outlives its cluster.
    async break({ aws: { rds } }) {
      const forget = await created(rds, 'gone');
      const forgetSnapshot = await snapshotOf(rds, 'gone', 'plain', []);
      await forget();
      return forgetSnapshot;
    },
  },
  {
    control: 'aurora-minor-upgrades',
    fails: [CLUSTER],
    says: `Minor versions of ${WRITER} are not upgraded automatically.`,
    break: modifiedWriter({ AutoMinorVersionUpgrade: false }, { AutoMinorVersionUpgrade: true }),
  },
  {
    control: 'aurora-current-ca',
    fails: [CLUSTER],
    says: `${WRITER} uses rds-ca-2019, which is not a current authority.`,
    break: modifiedWriter({ CACertificateIdentifier: 'rds-ca-2019' }, { CACertificateIdentifier: 'rds-ca-rsa2048-g1' }),
  },
  {
    control: 'aurora-tags-to-snapshots',
    fails: [CLUSTER],
    says: 'Tags are not copied to snapshots.',
    break: modified({ CopyTagsToSnapshot: false }, { CopyTagsToSnapshot: true }),
  },
];

const READERS = {
  ServiceNamespace: 'rds',
  ResourceId: `cluster:${CLUSTER}`,
  ScalableDimension: 'rds:cluster:ReadReplicaCount',
} as const;

type Changes<Input> = Omit<Input, 'DBClusterIdentifier' | 'DBInstanceIdentifier'>;

function modified(broken: Changes<ModifyDBClusterCommandInput>, right: Changes<ModifyDBClusterCommandInput>) {
  return async ({ aws: { rds } }: Surroundings): Promise<Mend> => {
    const modify = (changes: typeof broken) =>
      rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: CLUSTER, ApplyImmediately: true, ...changes }));
    await modify(broken);
    return () => modify(right);
  };
}

function modifiedWriter(broken: Changes<ModifyDBInstanceCommandInput>, right: Changes<ModifyDBInstanceCommandInput>) {
  return async ({ aws: { rds } }: Surroundings): Promise<Mend> => {
    const modify = (changes: typeof broken) =>
      rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: WRITER, ApplyImmediately: true, ...changes }));
    await modify(broken);
    return () => modify(right);
  };
}

function parameter(control: string, name: string, broken: string, right: string, says: LiveCase['says']): LiveCase {
  return {
    control,
    fails: [CLUSTER],
    says,
    async break({ aws: { rds } }) {
      const set = (ParameterValue: string) =>
        rds.send(
          new ModifyDBClusterParameterGroupCommand({
            DBClusterParameterGroupName: PARAMETER_GROUP,
            Parameters: [{ ParameterName: name, ParameterValue, ApplyMethod: 'immediate' }],
          }),
        );
      await set(broken);
      return () => set(right);
    },
  };
}

const PARAMETER_GROUP = 'fintech-aurora-params';

/** For what cannot be changed of a cluster that exists, here or on AWS: another one, as it comes. */
function another(
  control: string,
  name: string,
  says: LiveCase['says'],
  settings?: Partial<CreateDBClusterCommandInput>,
): LiveCase {
  return { control, fails: [name], says, break: ({ aws: { rds } }) => created(rds, name, settings) };
}

async function created(
  rds: Rds,
  DBClusterIdentifier: string,
  settings: Partial<CreateDBClusterCommandInput> = {},
): Promise<Mend> {
  await rds.send(
    new CreateDBClusterCommand({
      DBClusterIdentifier,
      Engine: 'aurora-postgresql',
      EngineVersion: '16.6',
      MasterUsername: 'owner',
      MasterUserPassword: 'for-the-emulator',
      ...settings,
    }),
  );
  return () => rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier, SkipFinalSnapshot: true }));
}

async function snapshotOf(rds: Rds, DBClusterIdentifier: string, name: string, accounts: string[]): Promise<Mend> {
  const DBClusterSnapshotIdentifier = name;
  await rds.send(new CreateDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier, DBClusterIdentifier }));
  if (accounts.length > 0) {
    await rds.send(
      new ModifyDBClusterSnapshotAttributeCommand({
        DBClusterSnapshotIdentifier,
        AttributeName: 'restore',
        ValuesToAdd: accounts,
      }),
    );
  }
  return () => rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier }));
}

async function withInternetGateway({ aws: { rds, ec2 } }: Surroundings): Promise<Mend> {
  const { DBSubnetGroups } = await rds.send(new DescribeDBSubnetGroupsCommand({}));
  const { VpcId, Subnets } = DBSubnetGroups![0]!;
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({}));
  const subnet = Subnets![0]!.SubnetIdentifier;
  const { RouteTableId } = RouteTables!.find(({ Associations }) =>
    Associations!.some(({ SubnetId }) => SubnetId === subnet),
  )!;
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const { InternetGatewayId } = InternetGateway!;
  const DestinationCidrBlock = '0.0.0.0/0';
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  await ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock, GatewayId: InternetGatewayId }));
  return async () => {
    await ec2.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock }));
    await ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }));
    await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId }));
  };
}
