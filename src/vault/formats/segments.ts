/**
 * The index of a dump that can be entered at many points, as stored in the vault: one JSON document per line. They match
 * `src/dump/segments/segment.ts`, which this folder may not import; a test compares the types.
 */
import * as z from 'zod';
import { MIB } from '../../core/amounts.js';
import type { DeepReadonly } from '../../core/deep-readonly.js';
import { count, sha256 } from './fields.js';
import type { LinesFormat } from './lines-reader.js';

const head = z.object({
  kind: z.literal('index'),
  framing: z
    .enum(['deflate', 'gzip', 'zstd', 'none'])
    .describe(
      'What a segment is in the stored dump: deflate, a run of independent blocks of one gzip member; gzip, a member of its own; zstd, a frame of its own; none, plain bytes.',
    ),
});

const segment = z.object({
  kind: z.literal('segment'),
  entry: z.int().positive().describe('The line of its first entry in the entries file, from 1.'),
  entries: count().describe('How many entries begin in it; 0 where it holds only more rows of its first entry.'),
  rawOffset: count().describe('Where it begins in the plain dump, in bytes.'),
  rawBytes: z.int().positive(),
  share: z
    .object({
      rows: count(),
      hash: z
        .string()
        .regex(/^[0-9a-f]{32}$/)
        .describe("Their share of the table's hash, which is the sum of all shares, each 32 bits for themselves."),
    })
    .optional()
    .describe('The rows that it holds, where these are a part of those of one table.'),
  storedOffset: count().describe('Where it begins in the stored dump, in bytes.'),
  storedBytes: z.int().positive(),
  sha256: sha256().describe('Of its stored bytes.'),
});

export const segmentsSchema = z
  .discriminatedUnion('kind', [head, segment])
  .meta({ title: 'One line of the segments of a Holdfast backup' });

/** One line of the index: first the `index`, then each `segment` in the order of the dump. */
export type SegmentsRecord = DeepReadonly<z.infer<typeof segmentsSchema>>;

/** The index of a dump of several terabytes takes less. In bytes. */
export const MOST_SEGMENTS_BYTES = 256 * MIB;

export const segmentsFormat: LinesFormat<typeof segmentsSchema> = {
  title: 'segments',
  record: 'a segment',
  schema: segmentsSchema,
  mostBytes: MOST_SEGMENTS_BYTES,
};
