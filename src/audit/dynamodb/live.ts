/** DynamoDB tables of the account. */
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  GetResourcePolicyCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
} from '@aws-sdk/client-dynamodb';
import { parsedPolicy } from '../live/policies.js';
import { mapBounded } from '../../core/bounded-concurrency.js';
import type { AwsReader } from '../live/reader.js';
import { readScaling, type Scaling } from '../live/scaling.js';
import { tagsOf } from '../live/tags.js';
import type { ScalingFact } from '../model/facts.js';
import { known, mapReading, type Reading } from '../model/reading.js';
import { type DynamoTableFact, inRegion } from './facts.js';

export async function readDynamoTables(aws: AwsReader): Promise<Reading<readonly DynamoTableFact[]>> {
  const names = await aws.list({
    action: 'dynamodb:ListTables',
    subject: { kind: 'dynamoTables', attributes: [] },
    page: (ExclusiveStartTableName) => new ListTablesCommand({ ExclusiveStartTableName }),
    send: (command, options) => aws.clients.dynamo.send(command, options),
    next: ({ LastEvaluatedTableName }) => LastEvaluatedTableName,
    items: ({ TableNames }) => TableNames,
  });
  if ('unknown' in names) return names;
  const declared = aws.options.declared.dynamoTables.map(({ name }) => name);
  const concerned = names.value.filter((name) => aws.concerns(name, declared));
  if (concerned.length === 0) return known([]);
  const scaling = await scalingOf(aws);
  const read = await mapBounded(concerned, aws.resourcesAtOnce, (name) => readTable(aws, name, scaling));
  const replicas = read.flatMap(({ fact, regions }) => regions.map((region) => ({ name: fact.name, region })));
  return known([...read.map(({ fact }) => fact), ...(await readReplicas(aws, replicas))]);
}

function scalingOf(aws: AwsReader): Promise<Reading<Scaling>> {
  return readScaling(aws, 'dynamodb', { kind: 'dynamoTables', attributes: ['scaling'] });
}

/** Of global tables, where they are. */
async function readReplicas(
  aws: AwsReader,
  replicas: readonly { readonly name: string; readonly region: string }[],
): Promise<readonly DynamoTableFact[]> {
  const places = new Map(
    [...new Set(replicas.map(({ region }) => region))].map((region) => {
      const there = aws.inRegion(region);
      return [region, { there, scaling: scalingOf(there) }] as const;
    }),
  );
  const facts = await mapBounded(replicas, aws.resourcesAtOnce, async ({ name, region }) => {
    const place = places.get(region);
    if (!place) return [];
    const { fact } = await readTable(place.there, name, await place.scaling);
    return [inRegion(fact, region)];
  });
  return facts.flat();
}

interface ReadTable {
  readonly fact: DynamoTableFact;
  /** The other Regions that have a replica of it. */
  readonly regions: readonly string[];
}

async function readTable(aws: AwsReader, name: string, scaling: Reading<Scaling>): Promise<ReadTable> {
  const { partition, region, account } = aws.options;
  const arn = `arn:${partition}:dynamodb:${region}:${account}:table/${name}`;
  const about = (...attributes: (keyof DynamoTableFact)[]) =>
    ({ kind: 'dynamoTables', resource: arn, attributes }) as const;
  const [table, pointInTimeRecovery, policy, tags] = await Promise.all([
    aws.read(
      {
        action: 'dynamodb:DescribeTable',
        subject: about('encryption', 'deletionProtection', 'billingMode', 'streamViewType', 'indexes', 'scaling'),
        command: new DescribeTableCommand({ TableName: name }),
        send: (command, options) => aws.clients.dynamo.send(command, options),
      },
      ({ Table }) => Table,
    ),
    aws.read(
      {
        action: 'dynamodb:DescribeContinuousBackups',
        subject: about('pointInTimeRecovery'),
        command: new DescribeContinuousBackupsCommand({ TableName: name }),
        send: (command, options) => aws.clients.dynamo.send(command, options),
      },
      ({ ContinuousBackupsDescription }) => {
        const recovery = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
        const enabled = recovery?.PointInTimeRecoveryStatus === 'ENABLED';
        const days = recovery?.RecoveryPeriodInDays;
        return { enabled, ...(enabled && days !== undefined && { days }) };
      },
    ),
    aws.read(
      {
        action: 'dynamodb:GetResourcePolicy',
        subject: about('resourcePolicy'),
        command: new GetResourcePolicyCommand({ ResourceArn: arn }),
        send: (command, options) => aws.clients.dynamo.send(command, options),
        absent: ['PolicyNotFoundException'],
      },
      ({ Policy }) => Policy,
      { value: undefined },
    ),
    aws.list({
      action: 'dynamodb:ListTagsOfResource',
      subject: about('tags'),
      page: (NextToken) => new ListTagsOfResourceCommand({ ResourceArn: arn, NextToken }),
      send: (command, options) => aws.clients.dynamo.send(command, options),
      next: ({ NextToken }) => NextToken,
      items: ({ Tags }) => Tags,
    }),
  ]);
  const indexes = mapReading(table, (one) =>
    (one?.GlobalSecondaryIndexes ?? []).map(({ IndexName = '' }) => IndexName),
  );
  const fact: DynamoTableFact = {
    id: arn,
    name,
    tags: mapReading(tags, tagsOf),
    optOuts: [],
    encryption: mapReading(table, (one) => {
      const { SSEType, KMSMasterKeyArn } = one?.SSEDescription ?? {};
      if (SSEType !== 'KMS') return { type: 'AWS_OWNED' };
      return { type: 'KMS', ...(KMSMasterKeyArn !== undefined && { kmsKeyId: KMSMasterKeyArn }) };
    }),
    pointInTimeRecovery,
    deletionProtection: mapReading(table, (one) => one?.DeletionProtectionEnabled === true),
    // Tables that were always provisioned have no summary.
    billingMode: mapReading(table, (one) => one?.BillingModeSummary?.BillingMode ?? 'PROVISIONED'),
    streamViewType: mapReading(table, (one) => one?.StreamSpecification?.StreamViewType),
    indexes,
    scaling: scalingOfTable(name, indexes, scaling),
    resourcePolicy: parsedPolicy(policy, name),
  };
  const replicas = 'unknown' in table ? [] : (table.value?.Replicas ?? []);
  const regions = replicas.map(({ RegionName = region }) => RegionName).filter((one) => one !== region);
  return { fact, regions };
}

const DIRECTIONS = { read: 'ReadCapacityUnits', write: 'WriteCapacityUnits' } as const;

function scalingOfTable(
  name: string,
  indexes: Reading<readonly string[]>,
  scaling: Reading<Scaling>,
): DynamoTableFact['scaling'] {
  if ('unknown' in indexes) return indexes;
  return mapReading(scaling, (all) => {
    const found: Record<string, ScalingFact> = {};
    const parts = [
      { key: 'table', id: `table/${name}`, dimension: 'dynamodb:table' },
      ...indexes.value.map((index) => ({
        key: `index/${index}`,
        id: `table/${name}/index/${index}`,
        dimension: 'dynamodb:index',
      })),
    ];
    for (const { key, id, dimension } of parts) {
      for (const [direction, units] of Object.entries(DIRECTIONS)) {
        const fact = all.get(id)?.[`${dimension}:${units}`];
        if (fact) found[`${key}:${direction}`] = fact;
      }
    }
    return found;
  });
}
