/** Snapshots of clusters, also of clusters that are gone, and who may restore them. */
import {
  DescribeDBClusterSnapshotAttributesCommand,
  DescribeDBClusterSnapshotsCommand,
  type DBClusterSnapshot,
} from '@aws-sdk/client-rds';
import { known, type Reading } from '../../reading.js';
import type { SnapshotFact } from '../model.js';
import { mapBounded } from './pool.js';
import type { AwsReader } from './reader.js';
import { tagsOf } from './tags.js';

export async function readAuroraSnapshots(aws: AwsReader): Promise<Reading<readonly SnapshotFact[]>> {
  const snapshots = await aws.list({
    action: 'rds:DescribeDBClusterSnapshots',
    subject: { kind: 'auroraSnapshots', attributes: ['tags', 'encrypted'] },
    // Of no cluster in particular: a snapshot outlives the one that it was taken of.
    page: (Marker) => new DescribeDBClusterSnapshotsCommand({ Marker }),
    send: (command, options) => aws.clients.rds.send(command, options),
    next: ({ Marker }) => Marker,
    items: ({ DBClusterSnapshots }) => DBClusterSnapshots,
  });
  if ('unknown' in snapshots) return snapshots;
  const concerned = snapshots.value.filter(
    ({ Engine = 'aurora', DBClusterIdentifier = '' }) =>
      Engine.startsWith('aurora') && aws.concerns(DBClusterIdentifier, aws.options.declared.auroraClusters),
  );
  return known(
    await mapBounded(concerned, aws.resourcesAtOnce, async (snapshot): Promise<SnapshotFact> => {
      const { DBClusterSnapshotIdentifier: name = '', DBClusterSnapshotArn: arn = name } = snapshot;
      return {
        id: arn,
        name,
        tags: known(tagsOf(snapshot.TagList)),
        optOuts: [],
        encrypted: known(snapshot.StorageEncrypted === true),
        sharedWith: await readSharing(aws, arn, snapshot),
      };
    }),
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
      subject: { kind: 'auroraSnapshots', resource: arn, attributes: ['sharedWith'] },
      command: new DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier }),
      send: (command, options) => aws.clients.rds.send(command, options),
    },
    ({ DBClusterSnapshotAttributesResult: result }) =>
      (result?.DBClusterSnapshotAttributes ?? [])
        .filter(({ AttributeName }) => AttributeName === 'restore')
        .flatMap(({ AttributeValues = [] }) => AttributeValues),
  );
}
