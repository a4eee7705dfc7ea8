/** DynamoDB tables as templates declare them, both as Table and as GlobalTable. */
import type { ScalingFact } from '../model/facts.js';
import { allOf, known, mapReading, type Reading } from '../model/reading.js';
import { OpenValue } from '../template/open-value.js';
import { isOn, isRecord, type ResourceReader, toText } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import { scalingOf } from '../template/scaling.js';
import { type DynamoTableFact, inRegion } from './facts.js';

/** A global table is a table in each of its Regions, each with its own settings. */
export function dynamoTablesOf(resources: TemplateResources): DynamoTableFact[] {
  return [
    ...resources.ofType('AWS::DynamoDB::Table').map((table) => tableFact(table, table, resources)),
    ...resources.ofType(GLOBAL).flatMap((table) => replicasOf(table, resources)),
  ];
}

const GLOBAL = 'AWS::DynamoDB::GlobalTable';

/** That of the stack's Region has the id of the table, the others have theirs behind it. */
function replicasOf(table: ResourceReader, resources: TemplateResources): DynamoTableFact[] {
  const replicas = table.each('Replicas');
  const regions = replicas.map((replica) => (replica instanceof OpenValue ? undefined : replica.properties.Region));
  const own = Math.max(regions.indexOf(table.identity.region ?? '${AWS::Region}'), 0);
  return replicas.map((replica, index) => {
    const fact =
      replica instanceof OpenValue ? openReplica(table, replica, resources) : tableFact(table, replica, resources);
    const region = regions[index];
    return index === own ? fact : inRegion(fact, typeof region === 'string' ? region : `replica ${index + 1}`);
  });
}

/** What is said replica by replica, of one that only the deployment gives. */
function openReplica(table: ResourceReader, { unknown }: OpenValue, resources: TemplateResources): DynamoTableFact {
  return {
    ...tableFact(table, table, resources),
    ...{ tags: { unknown }, encryption: { unknown }, pointInTimeRecovery: { unknown }, scaling: { unknown } },
    ...{ deletionProtection: { unknown }, resourcePolicy: { unknown } },
  };
}

function tableFact(table: ResourceReader, replica: ResourceReader, resources: TemplateResources): DynamoTableFact {
  const indexes = mapReading(table.list('GlobalSecondaryIndexes'), (list) =>
    list.filter(isRecord).map((index) => toText(index.IndexName)),
  );
  return {
    ...table.common,
    tags: replica.tags(),
    encryption: encryptionOf(table, replica),
    pointInTimeRecovery: mapReading(replica.at('PointInTimeRecoverySpecification'), (specification) => {
      const enabled = isRecord(specification) && isOn(specification.PointInTimeRecoveryEnabled);
      const days = isRecord(specification) ? specification.RecoveryPeriodInDays : undefined;
      return { enabled, ...(days !== undefined && { days: Number(days) }) };
    }),
    deletionProtection: replica.flag('DeletionProtectionEnabled'),
    billingMode: mapReading(table.text('BillingMode'), (mode) =>
      mode === 'PAY_PER_REQUEST' ? 'PAY_PER_REQUEST' : 'PROVISIONED',
    ),
    streamViewType: table.text('StreamSpecification', 'StreamViewType'),
    indexes,
    scaling: mapReading(scalingOfTable(table, indexes, resources), (scaling) => ({
      ...ownScaling(table, replica),
      ...scaling,
    })),
    resourcePolicy: replica.policy('ResourcePolicy', 'PolicyDocument'),
  };
}

function encryptionOf(table: ResourceReader, replica: ResourceReader): DynamoTableFact['encryption'] {
  const key = allOf([table.at('SSESpecification', 'KMSMasterKeyId'), replica.at('SSESpecification', 'KMSMasterKeyId')]);
  return mapReading(allOf([table.at('SSESpecification', 'SSEEnabled'), key]), ([enabled, keys]) => {
    if (!isOn(enabled)) return { type: 'AWS_OWNED' };
    const [own, ofReplica] = keys as readonly unknown[];
    const kmsKeyId = own ?? ofReplica;
    return { type: 'KMS', ...(kmsKeyId !== undefined && { kmsKeyId: toText(kmsKeyId) }) };
  });
}

const DIRECTIONS = { read: 'ReadCapacityUnits', write: 'WriteCapacityUnits' } as const;

function scalingOfTable(
  table: ResourceReader,
  indexes: Reading<readonly string[]>,
  resources: TemplateResources,
): DynamoTableFact['scaling'] {
  if ('unknown' in indexes) return indexes;
  const found: Record<string, ScalingFact> = {};
  const parts = [
    { key: 'table', form: { prefix: 'table/' }, dimension: 'dynamodb:table' },
    ...indexes.value.map((index) => ({
      key: `index/${index}`,
      form: { prefix: 'table/', suffix: `/index/${index}` },
      dimension: 'dynamodb:index',
    })),
  ];
  for (const part of parts) {
    const scaling = scalingOf(resources, table, part.form);
    if ('unknown' in scaling) return scaling;
    for (const [direction, units] of Object.entries(DIRECTIONS)) {
      const fact = scaling.value[`${part.dimension}:${units}`];
      if (fact) found[`${part.key}:${direction}`] = fact;
    }
  }
  return known(found);
}

/** A global table may say itself how it scales: writes for all Regions, reads for each. */
function ownScaling(table: ResourceReader, replica: ResourceReader): Readonly<Record<string, ScalingFact>> {
  const parts = (reader: ResourceReader) => [
    { key: 'table', of: reader },
    ...reader
      .each('GlobalSecondaryIndexes')
      .flatMap((index) =>
        index instanceof OpenValue ? [] : [{ key: `index/${toText(index.properties.IndexName)}`, of: index }],
      ),
  ];
  const facts = (
    [
      [table, 'Write'],
      [replica, 'Read'],
    ] as const
  ).flatMap(([reader, Direction]) =>
    parts(reader).flatMap(({ key, of }) => {
      const settings = [`${Direction}ProvisionedThroughputSettings`, `${Direction}CapacityAutoScalingSettings`];
      if (!of.presence(...settings).value) return [];
      const dimension = `${key}:${Direction.toLowerCase()}`;
      const fact: ScalingFact = {
        dimension,
        minCapacity: mapReading(of.number(...settings, 'MinCapacity'), (value) => value ?? 0),
        maxCapacity: mapReading(of.number(...settings, 'MaxCapacity'), (value) => value ?? 0),
        metric: known(`DynamoDB${Direction}CapacityUtilization`),
        targetValue: of.number(...settings, 'TargetTrackingScalingPolicyConfiguration', 'TargetValue'),
      };
      return [[dimension, fact] as const];
    }),
  );
  return Object.fromEntries(facts);
}
