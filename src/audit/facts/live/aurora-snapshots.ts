/** Snapshots of a cluster, and who may restore them. */
import {
  DescribeDBClusterSnapshotAttributesCommand,
  DescribeDBClusterSnapshotsCommand,
  type DBClusterSnapshot,
} from '@aws-sdk/client-rds';
import { known, type Reading } from '../../reading.js';
import type { AuroraClusterFact, SnapshotFact } from '../model.js';
import { mapBounded } from './pool.js';
import type { AwsReader } from './reader.js';

export async function readSnapshots(
  aws: AwsReader,
  arn: string,
  cluster: string,
): Promise<AuroraClusterFact['snapshots']> {
  const snapshots = await aws.list({
    action: 'rds:DescribeDBClusterSnapshots',
    subject: { kind: 'auroraClusters', resource: arn, attributes: ['snapshots'] },
    page: (Marker) => new DescribeDBClusterSnapshotsCommand({ DBClusterIdentifier: cluster, Marker }),
    send: (command, options) => aws.clients.rds.send(command, options),
    next: ({ Marker }) => Marker,
    items: ({ DBClusterSnapshots }) => DBClusterSnapshots,
  });
  if ('unknown' in snapshots) return snapshots;
  return known(
    await mapBounded(snapshots.value, aws.resourcesAtOnce, async (snapshot): Promise<SnapshotFact> => ({
      id: snapshot.DBClusterSnapshotIdentifier ?? '',
      encrypted: known(snapshot.StorageEncrypted === true),
      sharedWith: await readSharing(aws, arn, snapshot),
    })),
  );
}

async function readSharing(
  aws: AwsReader,
  arn: string,
  { DBClusterSnapshotIdentifier, SnapshotType }: DBClusterSnapshot,
): Promise<Reading<readonly string[]>> {
  // Those that RDS makes by itself cannot be shared.
  if (SnapshotType === 'automated') return known([]);
  return aws.read(
    {
      action: 'rds:DescribeDBClusterSnapshotAttributes',
      subject: { kind: 'auroraClusters', resource: arn, attributes: ['snapshots'] },
      command: new DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier }),
      send: (command, options) => aws.clients.rds.send(command, options),
    },
    ({ DBClusterSnapshotAttributesResult: result }) =>
      (result?.DBClusterSnapshotAttributes ?? [])
        .filter(({ AttributeName }) => AttributeName === 'restore')
        .flatMap(({ AttributeValues = [] }) => AttributeValues),
  );
}
