/** The schema of `status --json`. */
import * as z from 'zod';
import { PROBLEMS, STATES } from '../../backup/status/database-status.js';
import { SOURCE_RELATIONS } from '../../backup/stored/sources.js';
import { count, moment } from '../../vault/formats/fields.js';
import { besideVerdict, proofSchema } from '../../vault/formats/proof.js';
import { anomaliesSchema, sourceSchema } from './documents.js';
import { SCHEMA_VERSION } from './schema-version.js';

const age = () => z.int().describe('Milliseconds; below zero for a moment that is still to come.');

const databaseSchema = z.object({
  database: z.string().describe('Its name in the vault.'),
  configured: z.boolean().describe('Whether the config has it, by an entry of its own or by discovery.'),
  state: z
    .enum(STATES)
    .describe('broken: an objective is broken. unreadable: something could not be read. Else warning or ok.'),
  problems: z
    .array(
      z.object({
        kind: z.enum(PROBLEMS),
        severity: z.enum(['broken', 'unreadable', 'warning']),
        message: z.string(),
      }),
    )
    .describe('Worst first.'),
  backups: z.object({ complete: count(), incomplete: count() }).describe('How many the vault has.'),
  lastBackup: z
    .object({
      key: z.string().describe('The key of the dump.'),
      takenAt: moment(),
      ageMs: age(),
      durationMs: count(),
      rows: count(),
      tables: count(),
      rawBytes: count().describe('Of plain SQL.'),
      storedBytes: count().describe('Of all its objects but the manifest and its proofs.'),
    })
    .nullable()
    .describe('The newest whose manifest can be read and whose time has come.'),
  lastProof: z
    .object({
      key: z.string().describe('The key of the proof.'),
      backupKey: z.string().describe('The key of the dump that was verified.'),
      verdict: proofSchema.shape.verdict,
      across: z
        .object({ serverMajor: z.int().positive() })
        .optional()
        .describe("Of a server of another major than the source's."),
      derived: besideVerdict.derived,
      notCompared: count().describe('How many kinds of objects the verdict does not speak of: `show` names them.'),
      verifiedAt: moment(),
      ageMs: age(),
      why: z.string().describe('Why this one counts.'),
    })
    .nullable()
    .describe(
      'A bad one that no later verification of its backup supersedes; else the newest good one, of any backup of the present source; where none came to a verdict, the newest incomplete one.',
    ),
  across: z
    .array(
      z.object({
        serverMajor: z.int().positive(),
        verdict: proofSchema.shape.verdict,
        key: z.string().describe('The key of the proof.'),
        backupKey: z.string().describe('The key of the dump that was restored.'),
        verifiedAt: moment(),
      }),
    )
    .describe("What servers of other majors than the source's have made of backups: for each, of the newest."),
  objectives: z
    .object({ backupAgeMs: count().nullable(), proofAgeMs: count().nullable() })
    .describe('null: nothing is asked for.'),
  source: z
    .object({
      counting: sourceSchema
        .nullable()
        .describe(
          'The source that was accepted last, else that of the backup that was proven first, else of the one that the store took first; null if nothing tells.',
        ),
      acceptedAt: moment().nullable().describe('null if nobody had to accept it.'),
      acceptedBy: z.string().nullable(),
      newest: sourceSchema
        .extend({ relation: z.enum(SOURCE_RELATIONS) })
        .nullable()
        .describe('Of the newest backup. foreign: nobody has accepted it. former: another one was accepted since.'),
    })
    .describe('What the backups are of. Proofs count for backups of the present source alone.'),
  anomalies: anomaliesSchema,
  drops: z
    .array(z.string())
    .describe('What has dropped from the backup before to the newest one, or between earlier ones within a day.'),
  notRead: count().describe('How many complete backups were only listed: their manifests were not read.'),
  notCompared: z.string().nullable().describe('Why the newest backup was not compared with the one before.'),
  trend: z
    .array(z.object({ takenAt: moment(), rawBytes: count(), rows: count() }))
    .describe('The newest backups, at most ten, oldest first.'),
});

export const statusDocument = z
  .object({
    schemaVersion: z.literal(SCHEMA_VERSION),
    vault: z.string(),
    at: moment().describe('When the vault was looked at: ages are up to then.'),
    problem: z.string().nullable().describe('Why the vault itself could not be read.'),
    databases: z.array(databaseSchema).describe('Worst first.'),
  })
  .meta({ title: 'holdfast status --json' });

export type StatusDocument = z.infer<typeof statusDocument>;
