/** Snapshots of clusters and of instances, also of those that are gone. */
import {
  DescribeDBClusterSnapshotAttributesCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBSnapshotAttributesCommand,
  DescribeDBSnapshotsCommand,
} from '@aws-sdk/client-rds';
import { mapBounded } from '../../core/bounded-concurrency.js';
import type { AwsReader } from '../live/reader.js';
import { tagsOf } from '../live/tags.js';
import { allOf, known, type Reading } from '../model/reading.js';
import { isOfRds, type SnapshotFact } from './facts.js';

export async function readAuroraSnapshots(aws: AwsReader): Promise<Reading<readonly SnapshotFact[]>> {
  const lists = await Promise.all([
    readSnapshotsOfClusters(aws),
    // A config declares clusters alone.
    aws.options.scope === 'declared' ? known([]) : readSnapshotsOfInstances(aws),
  ]);
  const unread = allOf(lists);
  if ('unknown' in unread) return unread;
  return known((unread.value as readonly (readonly SnapshotFact[])[]).flat());
}

const OF_THE_SNAPSHOT = { kind: 'auroraSnapshots', attributes: ['tags', 'encrypted'] } as const;

async function readSnapshotsOfClusters(aws: AwsReader): Promise<Reading<readonly SnapshotFact[]>> {
  const snapshots = await aws.list({
    action: 'rds:DescribeDBClusterSnapshots',
    subject: OF_THE_SNAPSHOT,
    // Of no cluster in particular: a snapshot outlives the one that it was taken of.
    page: (Marker) => new DescribeDBClusterSnapshotsCommand({ Marker }),
    send: (command, options) => aws.clients.rds.send(command, options),
    next: ({ Marker }) => Marker,
    items: ({ DBClusterSnapshots }) => DBClusterSnapshots,
  });
  if ('unknown' in snapshots) return snapshots;
  const concerned = snapshots.value.filter(
    ({ Engine = 'aurora', DBClusterIdentifier = '' }) =>
      isOfRds(Engine) && aws.concerns(DBClusterIdentifier, aws.options.declared.auroraClusters),
  );
  return known(
    await mapBounded(concerned, aws.resourcesAtOnce, async (snapshot): Promise<SnapshotFact> => {
      const { DBClusterSnapshotIdentifier: name = '', DBClusterSnapshotArn: arn = name } = snapshot;
      const sharing = () =>
        aws.read(
          {
            action: 'rds:DescribeDBClusterSnapshotAttributes',
            subject: { kind: 'auroraSnapshots', resource: arn, attributes: ['sharedWith'] },
            command: new DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier: name }),
            send: (command, options) => aws.clients.rds.send(command, options),
          },
          ({ DBClusterSnapshotAttributesResult: result }) => accountsOf(result?.DBClusterSnapshotAttributes),
        );
      return {
        id: arn,
        name,
        tags: known(tagsOf(snapshot.TagList)),
        optOuts: [],
        encrypted: known(snapshot.StorageEncrypted === true),
        sharedWith: await sharingOf(snapshot.SnapshotType, sharing),
      };
    }),
  );
}

async function readSnapshotsOfInstances(aws: AwsReader): Promise<Reading<readonly SnapshotFact[]>> {
  const snapshots = await aws.list({
    action: 'rds:DescribeDBSnapshots',
    subject: OF_THE_SNAPSHOT,
    page: (Marker) => new DescribeDBSnapshotsCommand({ Marker }),
    send: (command, options) => aws.clients.rds.send(command, options),
    next: ({ Marker }) => Marker,
    items: ({ DBSnapshots }) => DBSnapshots,
  });
  if ('unknown' in snapshots) return snapshots;
  return known(
    await mapBounded(snapshots.value, aws.resourcesAtOnce, async (snapshot): Promise<SnapshotFact> => {
      const { DBSnapshotIdentifier: name = '', DBSnapshotArn: arn = name } = snapshot;
      const sharing = () =>
        aws.read(
          {
            action: 'rds:DescribeDBSnapshotAttributes',
            subject: { kind: 'auroraSnapshots', resource: arn, attributes: ['sharedWith'] },
            command: new DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier: name }),
            send: (command, options) => aws.clients.rds.send(command, options),
          },
          ({ DBSnapshotAttributesResult: result }) => accountsOf(result?.DBSnapshotAttributes),
        );
      return {
        id: arn,
        name,
        tags: known(tagsOf(snapshot.TagList)),
        optOuts: [],
        encrypted: known(snapshot.Encrypted === true),
        sharedWith: await sharingOf(snapshot.SnapshotType, sharing),
      };
    }),
  );
}

/** Those that RDS creates automatically cannot be shared. */
function sharingOf(
  type: string | undefined,
  read: () => Promise<Reading<readonly string[]>>,
): Promise<Reading<readonly string[]>> {
  return type === 'automated' ? Promise.resolve(known([])) : read();
}

interface SnapshotAttribute {
  readonly AttributeName?: string | undefined;
  readonly AttributeValues?: readonly string[] | undefined;
}

function accountsOf(attributes: readonly SnapshotAttribute[] = []): readonly string[] {
  return attributes
    .filter(({ AttributeName }) => AttributeName === 'restore')
    .flatMap(({ AttributeValues = [] }) => AttributeValues);
}
