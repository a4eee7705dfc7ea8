/**
 * The entries of a dump as stored in the vault: one JSON document per line. They match `src/dump/entry.ts`, which
 * this folder may not import; a test compares the types.
 */
import * as z from 'zod';
import type { DeepReadonly } from '../../core/deep-readonly.js';
import { count, sha256 } from './fields.js';

const base = {
  type: z.string().describe("pg_dump's type in capitals: TABLE, TABLE DATA, SEQUENCE SET, ACL …"),
  schema: z.string().nullable().describe('null for entries outside schemas.'),
  name: z.string().describe("The tag as in the dump's comment header."),
  owner: z.string().nullable().describe('null where the dump names no owner.'),
  occurrence: z.int().positive().describe('Which of the entries with the same type, schema and name, from 1.'),
};

const schemaEntry = z.object({
  kind: z.literal('schema'),
  ...base,
  bytes: count().describe('Bytes of its statements.'),
  sha256: sha256().describe('Of its statements without what differs from run to run and without the owner.'),
  canonicalSha256: sha256()
    .optional()
    .describe('Of the same in its canonical form, which a reload does not change. Absent for types that have none.'),
});

const tableDataEntry = z.object({
  kind: z.literal('table-data'),
  ...base,
  table: z.object({ schema: z.string(), name: z.string() }).describe('The table that the COPY statement names.'),
  columns: z.array(z.string()).describe('In the order of the COPY statement.'),
  rows: count(),
  bytes: count().describe('Bytes of the rows, with their newlines.'),
  hash: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .describe('The order-independent hash of the rows.'),
});

const sequenceValueEntry = z.object({
  kind: z.literal('sequence-value'),
  ...base,
  lastValue: z
    .string()
    .regex(/^-?\d+$/)
    .describe('Decimal; may exceed 2^53.'),
  isCalled: z.boolean(),
});

const largeObjectEntry = z.object({
  kind: z.literal('large-object'),
  ...base,
  bytes: count(),
  sha256: sha256().describe('Of the content.'),
});

export const entrySchema = z
  .discriminatedUnion('kind', [schemaEntry, tableDataEntry, sequenceValueEntry, largeObjectEntry])
  .meta({ title: 'One line of the entries of a Holdfast backup' });

/** One line of the entries. */
export type EntryRecord = DeepReadonly<z.infer<typeof entrySchema>>;

export const totalsSchema = z.object({
  entries: count(),
  tables: count(),
  rows: count(),
  largeObjects: count(),
  rawBytes: count().describe('Bytes of the plain SQL.'),
});

/** What a whole dump adds up to. */
export type Totals = DeepReadonly<z.infer<typeof totalsSchema>>;
