/** DynamoDB tables as templates declare them, both as Table and as GlobalTable. */
import type { ScalingFact } from '../model/facts.js';
import { allOf, known, mapReading, type Reading } from '../model/reading.js';
import { isOn, isRecord, type ResourceReader, toText } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import { scalingOf } from '../template/scaling.js';
import type { DynamoTableFact } from './facts.js';

export function dynamoTablesOf(resources: TemplateResources): DynamoTableFact[] {
  return resources.ofType('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable').map((table) => {
    const global = table.type === 'AWS::DynamoDB::GlobalTable';
    // A global table declares most of it per replica; the first one is that of the stack's Region.
    const replica = global ? table.first('Replicas') : table;
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
      scaling: scalingOfTable(table, indexes, resources),
      resourcePolicy: replica.policy('ResourcePolicy', 'PolicyDocument'),
    };
  });
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
