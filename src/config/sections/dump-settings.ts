/**
 * How a database is dumped: what the config says, what the command line overrides, and what a request carries whole down
 * to pg_dump. A further option is added here, to the command line (`cli/commands/backup/command.ts`), and where pg_dump
 * is started (`postgres/pg-dump.ts`).
 */
import * as z from 'zod';
import {
  COMPRESSIONS,
  HIGHEST_LEVEL,
  HIGHEST_LEVELS,
  LEVEL_ADVICE,
  type CompressionMethod,
} from '../../syntax/compression.js';
import { byteRateProblem, parseByteRate } from '../../syntax/byte-rate.js';
import { durationProblem, parseDuration } from '../../syntax/duration.js';
import { DEFAULT_COMPRESSION, DEFAULT_LOCK_WAIT_TIMEOUT, JOBS_RULE, MOST_JOBS } from '../defaults.js';
import { patterns, text, whole } from '../fields.js';

/** The keys of an entry of the config. */
export const dumpSettings = {
  compression: z.enum(COMPRESSIONS).optional().meta({
    description: 'How the dump is compressed.',
    default: DEFAULT_COMPRESSION,
  }),
  compressionLevel: whole(1, HIGHEST_LEVEL, LEVEL_ADVICE)
    .optional()
    .meta({
      description: `1 (fastest) to ${HIGHEST_LEVELS.gzip} for gzip, to ${HIGHEST_LEVELS.zstd} for zstd. Default: chosen for speed, depending on the compressor.`,
    }),
  excludeTableData: patterns()
    .optional()
    .meta({
      description: 'Tables that are dumped without their rows: patterns of `pg_dump --exclude-table-data`.',
      default: [],
      examples: [['audit.*', 'public.sessions']],
    }),
  schemas: patterns().optional().meta({
    description: 'Only these schemas: patterns of `pg_dump --schema`. Empty: all.',
    default: [],
  }),
  derived: z.boolean().optional().meta({
    description:
      'Whether what a copy computes anew is fingerprinted too, so that copies are compared in it: stored generated columns and materialized views. They are read once more.',
    default: true,
  }),
  lockWaitTimeout: text(durationProblem).optional().meta({
    description: 'How long the dump waits for a lock on a table before it gives up: d, h, m, s.',
    default: DEFAULT_LOCK_WAIT_TIMEOUT,
  }),
  jobs: z
    .union([z.literal('auto'), whole(1, MOST_JOBS)], { error: JOBS_RULE })
    .optional()
    .meta({
      description: `How many sessions read the rows of large tables at the same time, beside pg_dump: 1 to ${MOST_JOBS}. 1: pg_dump reads everything. auto: one for each core of this machine, at most 4.`,
      default: 1,
    }),
  giveWay: text(durationProblem)
    .optional()
    .meta({
      description:
        'A dump that a session of the source has waited for so long is ended, and nothing is stored: d, h, m, s. Default: nobody looks.',
      examples: ['5s', '1m'],
    }),
  maxRate: text(byteRateProblem)
    .optional()
    .meta({
      description:
        'How much of the dump is read in a second, before compression: B, kB, MB, GB, or KiB, MiB, GiB. Default: as fast as possible.',
      examples: ['20MB', '512KiB'],
    }),
  maxDuration: text(durationProblem)
    .optional()
    .meta({
      description: 'A dump that takes longer is stopped and nothing is stored: d, h, m, s. Default: no limit.',
      examples: ['90m', '2h', '1h30m'],
    }),
} as const;

/** As an entry of the config says them. */
export type DumpSettingsInput = z.input<z.ZodObject<typeof dumpSettings>>;

export interface DumpSettings {
  readonly compression: CompressionMethod;
  /** Absent: the compressor's default. */
  readonly compressionLevel?: number | undefined;
  /** pg_dump's patterns. */
  readonly excludeTableData: readonly string[];
  /** pg_dump's patterns; all schemas when empty. */
  readonly schemas: readonly string[];
  /** How many sessions read large tables, beside pg_dump. @default 1: pg_dump reads everything */
  readonly jobs?: number | 'auto' | undefined;
  /** Milliseconds that pg_dump waits for a lock. */
  readonly lockWaitTimeoutMs: number;
  /** Whether what a copy computes anew is fingerprinted. @default true */
  readonly derived?: boolean | undefined;
  /** Milliseconds that a session of the source may wait for the dump before that is ended. @default nobody looks */
  readonly giveWayMs?: number | undefined;
  /** Bytes of the dump, before compression, that are read in a second. @default no limit */
  readonly maxRateBytes?: number | undefined;
  /** Milliseconds; a backup that takes longer is ended and leaves nothing. @default no limit */
  readonly maxDurationMs?: number | undefined;
}

/** Fills in what an entry leaves open. */
export function resolveDumpSettings(entry: DumpSettingsInput = {}): DumpSettings {
  return {
    compression: entry.compression ?? DEFAULT_COMPRESSION,
    compressionLevel: entry.compressionLevel,
    excludeTableData: entry.excludeTableData ?? [],
    schemas: entry.schemas ?? [],
    jobs: entry.jobs,
    lockWaitTimeoutMs: parseDuration(entry.lockWaitTimeout ?? DEFAULT_LOCK_WAIT_TIMEOUT) ?? 0,
    derived: entry.derived ?? true,
    giveWayMs: entry.giveWay === undefined ? undefined : parseDuration(entry.giveWay),
    maxRateBytes: entry.maxRate === undefined ? undefined : parseByteRate(entry.maxRate),
    maxDurationMs: entry.maxDuration === undefined ? undefined : parseDuration(entry.maxDuration),
  };
}

/** The options of `backup`, named as on the command line. */
export interface DumpOptions {
  readonly compression?: CompressionMethod;
  readonly level?: number;
  readonly excludeTableData?: readonly string[];
  readonly schema?: readonly string[];
  readonly jobs?: number | 'auto';
  /** `false` with --no-derived; without it, commander says `true`. */
  readonly derived?: boolean;
  /** Milliseconds. */
  readonly giveWay?: number;
  /** Bytes in a second. */
  readonly maxRate?: number;
  /** Milliseconds. */
  readonly maxDuration?: number;
  /** Milliseconds. */
  readonly lockWaitTimeout?: number;
}

/** What the command line says wins over the config. */
export function withDumpOptions(settings: DumpSettings, options: DumpOptions): DumpSettings {
  const compression = options.compression ?? settings.compression;
  // A level belongs to its method: another method on the command line does not keep it.
  const configLevel = compression === settings.compression ? settings.compressionLevel : undefined;
  return {
    compression,
    compressionLevel: options.level ?? configLevel,
    excludeTableData: options.excludeTableData ?? settings.excludeTableData,
    schemas: options.schema ?? settings.schemas,
    jobs: options.jobs ?? settings.jobs,
    lockWaitTimeoutMs: options.lockWaitTimeout ?? settings.lockWaitTimeoutMs,
    derived: options.derived === false ? false : settings.derived,
    giveWayMs: options.giveWay ?? settings.giveWayMs,
    maxRateBytes: options.maxRate ?? settings.maxRateBytes,
    maxDurationMs: options.maxDuration ?? settings.maxDurationMs,
  };
}
