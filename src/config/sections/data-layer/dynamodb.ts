/** `dataLayer.dynamodb` */
import * as z from 'zod';
import { filled, text, whole } from '../../fields.js';
import * as defaults from '../data-layer-defaults.js';
import { days } from './days.js';
import { tableNameProblem } from './value-problems.js';

const BILLINGS = ['provisioned', 'on-demand'] as const;

const ATTRIBUTE_TYPES = ['S', 'N', 'B'] as const;

const STREAMS = ['NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY'] as const;

const attributeOptions = {
  type: z.enum(ATTRIBUTE_TYPES).optional().meta({ description: 'String, number or binary.', default: 'S' }),
};

const attributeSchema = z.strictObject({ name: filled().meta({ description: 'The attribute.' }), ...attributeOptions });

const keyOptions = {
  partitionKey: attributeSchema.meta({ description: 'The partition key.' }),
  sortKey: attributeSchema.optional().meta({ description: 'The sort key. Default: none.' }),
};

const scalingOptions = {
  billing: z.enum(BILLINGS).optional().meta({
    description: 'Capacity that scales with the load, or billing per request.',
    default: 'provisioned',
  }),
  minCapacity: whole(1, 40_000).optional().meta({
    description: 'The minimum read and write capacity, of tables and of indexes.',
    default: defaults.DEFAULT_MIN_CAPACITY,
  }),
  maxCapacity: whole(1, 40_000).optional().meta({
    description: 'The maximum read and write capacity.',
    default: defaults.DEFAULT_MAX_CAPACITY,
  }),
};

const tableSchema = z.strictObject({
  name: text(tableNameProblem).meta({
    description: "Its name; `displayPrefix` is prepended. A table with one of the runbook's names replaces that one.",
  }),
  ...keyOptions,
  indexes: z
    .array(z.strictObject({ name: filled().meta({ description: 'Its name.' }), ...keyOptions }))
    .optional()
    .meta({ description: 'Global secondary indexes, with all attributes.', default: [] }),
  stream: z.enum(STREAMS).optional().meta({ description: 'What the stream carries. Default: no stream.' }),
  timeToLiveAttribute: filled().optional().meta({
    description: 'Attribute with the time, in epoch seconds, at which an item expires. Default: items do not expire.',
  }),
  ...scalingOptions,
});

export const dynamodbSchema = z.strictObject({
  runbookTables: z.boolean().optional().meta({
    description: 'Whether Sessions, Transactions and Accounts are created.',
    default: true,
  }),
  tables: z.array(tableSchema).optional().meta({ description: 'Further tables.', default: [] }),
  ...scalingOptions,
  targetUtilization: whole(20, 90).optional().meta({
    description: 'Target utilization of the capacity, in percent.',
    default: defaults.DEFAULT_TARGET_UTILIZATION,
  }),
  recoveryDays: days(0, 35).meta({
    description: 'How far back a table can be recovered to any second.',
    default: defaults.DEFAULT_RECOVERY_DAYS,
  }),
  deletionProtection: z
    .boolean()
    .optional()
    .meta({ description: 'Whether AWS refuses to delete them.', default: true }),
});
