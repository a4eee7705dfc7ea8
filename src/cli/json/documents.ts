/**
 * The documents of `--json`: one schema a command. Types, tests and the published JSON schemas come from them.
 *
 * Within `schemaVersion` 1 fields may be added, and none changes its meaning, unit or type.
 *
 * Above 400 lines because it is the contract: one page for whoever checks that it is kept.
 */
import { MEASURES } from '../../postgres/throwaway/confinement/measures.js';
import * as z from 'zod';
import { ANOMALIES } from '../../backup/stored/anomalies.js';
import { STANDINGS } from '../../backup/stored/judged-backup.js';
import { SOURCE_RELATIONS } from '../../backup/stored/sources.js';
import { errorRegistry, type ErrorCode } from '../../core/errors.js';
import { COMPRESSIONS } from '../../syntax/compression.js';
import { count, moment } from '../../vault/formats/fields.js';
import { manifestSchema, volumeSchema } from '../../vault/formats/manifest.js';
import { acrossSchema, besideVerdict, proofSchema } from '../../vault/formats/proof.js';
import type { DeepReadonly } from '../../core/deep-readonly.js';
import { errorDetailsSchema } from './error-details.js';
import { SCHEMA_VERSION } from './schema-version.js';

const errorCode = z.enum(Object.keys(errorRegistry) as [ErrorCode, ...ErrorCode[]]);

export const errorSchema = z
  .object({
    code: errorCode.describe('See docs/reference/errors.md.'),
    message: z.string(),
    hint: z.string().describe('The next step.'),
    exitCode: z.int(),
    retryable: z.boolean().describe('Whether the same command may succeed later without a change.'),
    details: errorDetailsSchema
      .optional()
      .describe('What the message lists, as data. docs/reference/errors.md says which codes have it.'),
  })
  .describe('Why the command failed. Where it did several things, the worst of the errors.');
export type ErrorDocument = DeepReadonly<z.infer<typeof errorSchema>>;

const failureSchema = errorSchema.extend({ database: z.string().describe('What it happened to.') });

const schemaVersion = z.literal(SCHEMA_VERSION);
/** What a command that does several things adds when some of them failed. */
export const partial = {
  error: errorSchema.optional(),
  errors: z
    .array(failureSchema)
    .optional()
    .describe(
      'One for each that failed, and for each step that failed after a result stood; results are in the document.',
    ),
};

const key = () => z.string().describe('The key of the dump.');
const takenAt = () => moment().describe('When the backup began.');

export const failedDocument = z
  .object({ schemaVersion, error: errorSchema })
  .meta({ title: 'holdfast: a command that failed as a whole' });

const backupSchema = z.object({
  database: z.string().describe('Its name in the vault.'),
  dbName: z.string().describe('Its name on the server.'),
  key: key(),
  manifestKey: z.string(),
  rawBytes: count().describe('Of plain SQL.'),
  storedBytes: count().describe('Of all stored objects but the manifest.'),
  durationMs: count(),
  rows: count(),
  tables: count(),
  objects: count().describe('Stored objects, with the manifest.'),
  warnings: z.array(z.string()),
  volume: volumeSchema.describe('The comparison with the backup before, as in the manifest.'),
});
const notBackedUp = z
  .array(
    z.object({
      dbName: z.string().describe("The database's name on its server."),
      server: z.string().describe('host:port'),
      reason: z
        .enum(['closed', 'template'])
        .describe('closed: to all connections (datallowconn is false); template: marked as one (datistemplate).'),
    }),
  )
  .describe('Databases that a discovery of the config passed over, although its patterns match them.');

export const backupDocument = z
  .object({ schemaVersion, backups: z.array(backupSchema), notBackedUp, ...partial })
  .meta({ title: 'holdfast backup --json' });

const plannedBackupSchema = z.object({
  database: z.string().describe('Its name in the vault.'),
  dbName: z.string().describe('Its name on the server.'),
  source: z.string().describe('user@host:port/database'),
  key: key().describe('The key that a backup begun now would get.'),
  server: z.object({ version: z.string(), versionNum: z.int() }),
  client: z.object({ program: z.literal('pg_dump'), version: z.string() }),
  vault: z
    .object({
      url: z.string(),
      marker: z.enum(['present', 'missing', 'not-asked']).describe('not-asked: a bucket needs none.'),
      tried: z.array(z.string()).describe('What was done there, and undone.'),
      untried: z.array(z.string()).describe('What a dry run cannot try.'),
      freeBytes: count().nullable().describe("Left on the vault's disk; null if it is on none."),
    })
    .describe('What a backup may do there.'),
  databaseBytes: count().nullable().describe('Size of the database on its disk; null if reading it is not allowed.'),
  compression: z.object({
    method: z.enum(COMPRESSIONS),
    level: z.int().nullable(),
    program: z.string().nullable(),
  }),
  schemas: z.array(z.string()),
  excludeTableData: z.array(z.string()),
  extensions: z.array(z.string()),
  warnings: z.array(z.string()),
  omissions: z.array(z.object({ kind: z.string(), message: z.string(), objects: z.array(z.string()), total: count() })),
});
export type PlannedBackup = z.infer<typeof plannedBackupSchema>;
export const backupDryRunDocument = z
  .object({ schemaVersion, dryRun: z.literal(true), backups: z.array(plannedBackupSchema), notBackedUp, ...partial })
  .meta({ title: 'holdfast backup --dry-run --json' });

export const anomaliesSchema = z
  .array(
    z.object({
      kind: z.enum(ANOMALIES),
      key: z.string().describe('Of the object that it is about.'),
      message: z.string(),
    }),
  )
  .describe('What lies beside a backup, or stands in it, that no honest run leaves there. Kinds may be added.');

export const sourceSchema = z.object({
  dbName: z.string().describe("The database's name on its server."),
  systemIdentifier: z.string().nullable().describe("The cluster's; null if it is not known: neither equal nor other."),
});
export type SourceDocument = z.infer<typeof sourceSchema>;

const standing = () =>
  z
    .enum(STANDINGS)
    .describe('What is known of the backup: what its proofs come to, or that it is incomplete or cannot be read.');

const gaps = () => count().describe('How many kinds of objects the verdict does not speak of: `show` names them.');

/** What other majors have made of a backup. */
export const acrossSummaries = z
  .array(
    z.object({
      serverMajor: z.int().positive(),
      verdict: proofSchema.shape.verdict,
      key: z.string().describe('The key of the proof.'),
      verifiedAt: moment(),
    }),
  )
  .describe("For each other major than the source's that it was restored into, the proof that counts.");

const proofSummary = z.object({
  key: z.string().describe('The key of the proof.'),
  verdict: proofSchema.shape.verdict,
  across: z
    .object({ serverMajor: z.int().positive() })
    .optional()
    .describe("Of a server of another major than the source's."),
  derived: besideVerdict.derived,
  notCompared: gaps(),
  verifiedAt: moment(),
});

const listedBackupSchema = z.object({
  database: z.string(),
  key: key().nullable().describe('The key of the dump; null if there is none.'),
  takenAt: takenAt(),
  rawBytes: count().nullable(),
  storedBytes: count().nullable().describe('Of all its objects but the manifest and its proofs.'),
  tables: count().nullable().describe('That have their rows in the dump.'),
  rows: count().nullable(),
  state: z
    .enum(['complete', 'incomplete', 'unreadable'])
    .describe('incomplete: without a dump or a manifest. unreadable: its manifest or proof cannot be read.'),
  proof: proofSummary.nullable().describe('The one that counts; null if the backup was never verified.'),
  across: acrossSummaries,
  standing: standing(),
  why: z.string().describe('Why it has this standing.'),
  future: z.boolean().describe('Whether it is dated in the future: it counts for nothing until then.'),
  empty: z.boolean().describe('Whether it holds no rows and no large objects.'),
  collapsed: z.string().nullable().describe('How it holds far less than the newest sound backup before it.'),
  part: z
    .string()
    .nullable()
    .describe('How it holds only a part of the database, as was asked of its dump; null for everything.'),
  source: sourceSchema
    .extend({
      relation: z
        .enum(SOURCE_RELATIONS)
        .describe(
          'present: what the backups are to be of. former: it was, until another one was accepted. foreign: nobody has accepted it.',
        ),
    })
    .nullable()
    .describe('What it is a backup of; null if that cannot be read.'),
  anomalies: anomaliesSchema,
  problem: z.string().optional().describe('Why it is unreadable.'),
});
export type ListedBackup = z.infer<typeof listedBackupSchema>;
export const listDocument = z
  .object({ schemaVersion, vault: z.string(), backups: z.array(listedBackupSchema).describe('Newest first.') })
  .meta({ title: 'holdfast list --json' });

const tableSchema = z.object({
  schema: z.string().nullable(),
  name: z.string(),
  rows: count(),
  bytes: count().describe('Of the rows as text.'),
});
export type ShownTable = z.infer<typeof tableSchema>;
export const showDocument = z
  .object({
    schemaVersion,
    backup: z.object({
      database: z.string(),
      key: key(),
      manifestKey: z.string(),
      manifest: manifestSchema.describe('See manifest.schema.json.'),
      tables: z.array(tableSchema).describe('All that have rows in the dump, largest first.'),
      proof: proofSchema.nullable().describe('The one that counts; see proof.schema.json.'),
      across: acrossSummaries,
      standing: standing(),
      why: z.string().describe('Why it has this standing.'),
      collapsed: z.string().nullable().describe('How it holds far less than the newest sound backup before it.'),
      anomalies: anomaliesSchema,
    }),
  })
  .meta({ title: 'holdfast show --json' });

const differenceSchema = z.object({
  type: z.string(),
  schema: z.string().nullable(),
  name: z.string(),
  reason: z.string(),
});
const comparisonSchema = z.object({
  entries: count().describe('Entries of the backup.'),
  matched: count(),
  reprinted: count().describe('Of those that match, how many only in canonical form.'),
  differences: z.array(differenceSchema),
  ...besideVerdict,
});

const selectedEntry = { type: z.string(), schema: z.string().nullable(), name: z.string() };
const selectionSchema = z.object({
  entries: z.array(z.object(selectedEntry)).describe("In the dump's order, by the names that they get."),
  leftOut: z.array(z.object({ ...selectedEntry, reason: z.string() })).describe('Chosen, and not restored.'),
  fromTarget: z.array(z.string()).describe('schema.name of what the choice refers to and the target has.'),
});

const betterSchema = z.object({
  spec: z.string().describe('What names it on the command line.'),
  key: key(),
  takenAt: takenAt(),
  standing: standing(),
});

export const restoreDocument = z
  .object({
    schemaVersion,
    restore: z.object({
      database: z.string(),
      key: key(),
      target: z.string().describe('user@host:port/database'),
      dryRun: z.boolean(),
      created: z.boolean().describe('Whether the database was made for it.'),
      rows: count(),
      tables: count(),
      durationMs: count(),
      rolesWithoutPassword: z.array(z.string()).nullable().describe('null if the target does not tell.'),
      leftOut: z
        .array(
          z.object({
            kind: z.string().describe('privileges, owners, event-triggers … Kinds may be added.'),
            option: z
              .string()
              .nullable()
              .describe('The option that leaves them out; null if the target is the reason.'),
            reason: z.string(),
            inPart: z.boolean().describe('Whether the entries are restored, but for what the reason says.'),
            entries: z.array(z.object(selectedEntry)),
          }),
        )
        .describe('What options or the target have left out. With --check it is not compared.'),
      memberships: z
        .array(z.string())
        .describe('Roles that the restoring one makes itself a member of, for the length of the restore.'),
      selection: selectionSchema.nullable().describe('What was chosen; null if it was the whole backup.'),
      extraPrivileges: z
        .array(z.string())
        .describe('SQL that takes away privileges which the target gave and the backup does not.'),
      notes: z.array(z.string()),
      choice: z
        .object({
          takenAt: takenAt(),
          exact: z.boolean().describe('Whether it was named itself, and not as the newest of several.'),
          standing: standing(),
          why: z.string().describe('Why it has this standing.'),
          skipped: z.array(z.string()).describe('Which newer ones were passed over, and why.'),
          doubts: z.array(z.string()).describe('What speaks against it.'),
          notes: z.array(z.string()).describe('What is worth knowing, and is no reason to take another one.'),
          better: betterSchema
            .nullable()
            .describe(
              'Where something speaks against this one: the newest proven one that nothing speaks against, otherwise the newest one.',
            ),
          newer: betterSchema
            .nullable()
            .describe('One that is newer than the better one; it is not verified, and nothing speaks against it.'),
        })
        .describe('Why this backup was taken.'),
      comparison: comparisonSchema.nullable().describe('With --check; null also where it came to no end.'),
      unfinished: z
        .array(z.object({ step: z.enum(['privileges', 'statistics', 'check']), reason: z.string() }))
        .describe('What could not be done after the commit: the data is in the target all the same.'),
    }),
    ...partial,
  })
  .meta({ title: 'holdfast restore --json' });

const originalSchema = manifestSchema.shape.original.unwrap();
const claimedSchema = manifestSchema.shape.claimed.unwrap();

const fileSchema = z
  .object({
    original: originalSchema.describe('The file itself.'),
    claimed: claimedSchema.describe('What the dump says of itself.'),
    encoding: z.string(),
    timeZone: z.string().describe('In which its times were taken to be written: given, or as its rows show.'),
    rawBytes: count().describe('Of plain SQL.'),
    largeObjects: count(),
    extensions: z.array(z.string()),
    rolesMissing: z.array(z.string()).describe('That it refers to and does not hold.'),
  })
  .nullable()
  .describe('What the file turned out to be; null if it could not be read to its end.');

export const foreignBackupSchema = z.object({
  database: z.string().describe('Its name in the vault.'),
  key: key(),
  manifestKey: z.string(),
  original: originalSchema.describe('What it was made of.'),
  claimed: claimedSchema.describe('What the dump says of itself.'),
  encoding: z.string(),
  timeZone: z.string().describe('In which its times were taken to be written.'),
  rawBytes: count().describe('Of plain SQL.'),
  storedBytes: count().describe('Of all stored objects but the manifest.'),
  rows: count(),
  tables: count(),
  extensions: z.array(z.string()),
  rolesMissing: z.array(z.string()).describe('That it refers to and does not hold.'),
  warnings: z.array(z.string()),
});
export const importDocument = z
  .object({ schemaVersion, imported: foreignBackupSchema })
  .meta({ title: 'holdfast import --json' });

export const adoptDocument = z
  .object({
    schemaVersion,
    vault: z.string(),
    from: z.string().nullable().describe('Where the dumps are; null if in the vault.'),
    dryRun: z.boolean(),
    databases: z.array(
      z.object({
        database: z.string(),
        dumps: count().describe('Without a manifest.'),
        bytes: count().describe('Of them.'),
      }),
    ),
    known: count().describe('Dumps that have a manifest already.'),
    others: z
      .object({ total: count(), keys: z.array(z.string()).describe('The first.') })
      .describe('Objects in no layout that is known.'),
    cost: z
      .object({
        bytes: count().describe('Of stored dumps that are read.'),
        lists: count(),
        gets: count(),
        writes: count().describe('HEAD and PUT together.'),
      })
      .describe('What the run takes, as its listing shows: about so many requests.'),
    adopted: z
      .array(
        z.object({
          database: z.string(),
          key: key(),
          takenAt: moment().describe('As its key says.'),
          encoding: z.string(),
          server: z.string().describe('The version that the dump names.'),
          rows: count(),
          tables: count(),
          rawBytes: count().describe('Of plain SQL.'),
          roles: z.array(z.string()).describe('That it refers to; none of them is in it.'),
        }),
      )
      .describe('Oldest first; empty in a dry run.'),
    refused: z.array(
      z.object({
        database: z.string(),
        key: key(),
        size: count(),
        code: errorCode,
        truncated: z.boolean(),
        unread: z.boolean().describe('Whether it could not be read, so that nobody knows whether it is whole.'),
        reason: z.string(),
      }),
    ),
  })
  .meta({ title: 'holdfast adopt --json' });

const proofResultSchema = comparisonSchema.extend({
  database: z.string().describe('For a file: its name.'),
  key: z.string().describe('The key of the dump; for a file, its name.'),
  file: fileSchema.optional().describe('Present where a file was verified, and not a backup.'),
  verdict: proofSchema.shape.verdict,
  serverVersion: z.string().nullable().describe('Of the PostgreSQL that it was restored into; null if it was not.'),
  across: acrossSchema.nullable().describe("Of a server of another major than the source's; null otherwise."),
  tables: count().nullable().describe('That the backup holds with their rows; null if its manifest cannot be read.'),
  rows: count().nullable().describe('Of them. None: there was no data to prove.'),
  missingExtensions: proofSchema.shape.missingExtensions,
  notes: z.array(z.string()),
  durationMs: count(),
  confinement: z
    .array(z.enum(MEASURES))
    .nullable()
    .describe(
      'What kept the restored code from the rest of the machine; empty if nothing did, null if nothing was restored or --server was given.',
    ),
  proofKey: z.string().nullable().describe('null if no proof was stored.'),
  stored: z.boolean().describe('Whether the verdict is stored as a proof.'),
  notStored: z.string().nullable().describe('Why it is not.'),
});
const skipped = z
  .array(z.object({ database: z.string(), reason: z.string() }))
  .describe('Databases that have no complete backup.');
const notes = () =>
  z.array(z.string()).describe('Which backups were passed over although nothing is missing from them: sentences.');

export const verifyDocument = z
  .object({ schemaVersion, proofs: z.array(proofResultSchema), skipped, notes: notes(), ...partial })
  .meta({ title: 'holdfast verify --json' });

const checkSchema = z.object({
  database: z.string(),
  key: key(),
  verdict: z.enum(['intact', 'damaged']),
  problems: z.array(z.object({ key: z.string(), problem: z.string() })),
  anomalies: anomaliesSchema,
  storedBytes: count().describe('That were read.'),
  durationMs: count(),
});
export const checkDocument = z
  .object({
    schemaVersion,
    checks: z.array(checkSchema),
    skipped,
    notes: notes(),
    notChecked: z
      .array(z.object({ database: z.string(), count: count() }))
      .describe('With --all and without --every: how many older complete backups there are.'),
    ...partial,
  })
  .meta({ title: 'holdfast check --json' });

const comparedBackupSchema = z.object({
  database: z.string(),
  key: key(),
  takenAt: takenAt(),
  entries: count(),
  rows: count(),
  rawBytes: count().describe('Of plain SQL.'),
});
const beforeAndAfter = () =>
  z.object({ before: count().nullable(), after: count().nullable() }).describe('null if it is in one only.');
export const compareDocument = z
  .object({
    schemaVersion,
    comparison: z.object({
      before: comparedBackupSchema,
      after: comparedBackupSchema,
      unchanged: count().describe('Entries that are the same in both.'),
      changes: z
        .array(
          z.object({
            type: z.string(),
            schema: z.string().nullable(),
            name: z.string(),
            change: z.enum(['added', 'removed', 'changed']),
            detail: z.string().describe('What changed, in words; may be empty.'),
          }),
        )
        .describe('Definitions, values of sequences, large objects.'),
      tables: z
        .array(
          z.object({
            schema: z.string(),
            name: z.string(),
            rows: beforeAndAfter(),
            bytes: beforeAndAfter(),
            content: z.enum(['same', 'changed']),
          }),
        )
        .describe('Whose rows changed, the largest change first.'),
      notes: z.array(z.string()),
    }),
  })
  .meta({ title: 'holdfast compare --json' });

const pruneDecisionSchema = z.object({
  key: z.string().describe('The key of the dump; of what is incomplete, what its keys begin with.'),
  takenAt: takenAt(),
  action: z.enum(['keep', 'remove']),
  reasons: z.array(z.string()).describe('As in "daily 2026-11-20", "newest proven", "kept by no rule".'),
  problems: z.array(z.string()).describe('What is wrong with it: sentences.'),
  standing: standing(),
  anomalies: anomaliesSchema,
  storedBytes: count().describe('Of all its objects.'),
  removed: z.boolean().describe('Whether it was removed now.'),
  refusal: z.string().nullable().describe('Why it was not removed, though it should have been.'),
});
export const pruneDocument = z
  .object({
    schemaVersion,
    dryRun: z.boolean(),
    databases: z.array(
      z.object({
        database: z.string(),
        policy: z.object({
          keepLast: count(),
          keepDaily: count(),
          keepWeekly: count(),
          keepMonthly: count(),
          keepYearly: count(),
        }),
        decisions: z.array(pruneDecisionSchema).describe('Newest first.'),
      }),
    ),
    skipped: z.array(z.string()).describe('Databases that no retention is said for.'),
    notes: z.array(z.string()),
    ...partial,
  })
  .meta({ title: 'holdfast prune --json' });

const sampleSchema = z.object({
  key: key(),
  takenAt: takenAt(),
  server: z.string().describe("The server's version."),
  rows: count(),
  tables: count(),
});
export const acceptDocument = z
  .object({
    schemaVersion,
    accept: z.object({
      database: z.string().describe('Its name in the vault.'),
      dryRun: z.boolean(),
      needed: z.boolean().describe('false: the source counted already, and nothing was stored.'),
      former: sourceSchema.nullable().describe('The source that counted until then; null if none was known.'),
      source: sourceSchema.describe('The one that counts from now on.'),
      volume: z
        .object({ key: key().describe('The key of the dump.'), takenAt: takenAt(), rows: count(), rawBytes: count() })
        .nullable()
        .describe('With --volume: the backup that holds what it should. null if it was about the source.'),
      sources: z
        .array(sourceSchema.extend({ backups: count(), first: sampleSchema, newest: sampleSchema }))
        .describe('What the backups are of that can be read, that of the newest first; empty with --volume.'),
      acceptedAt: moment(),
      acceptedBy: z.string(),
      key: z.string().nullable().describe('Of the stored acceptance; null if none was stored.'),
      notes: z.array(z.string()),
    }),
  })
  .meta({ title: 'holdfast accept --json' });

export const vaultInitDocument = z
  .object({
    schemaVersion,
    vault: z.object({
      url: z.string(),
      id: z.string().describe('Of its marker.'),
      createdAt: moment().describe('When the marker was written.'),
      created: z.boolean().describe('Whether that was now.'),
      backups: count().nullable().describe('How many it holds; null if listing it is not allowed.'),
      databases: z.array(z.string()).nullable().describe('Whose backups they are; null as above.'),
    }),
  })
  .meta({ title: 'holdfast vault init --json' });

export const demoDocument = z
  .object({
    schemaVersion,
    demo: z.object({
      postgres: z.string().describe('The version of the servers.'),
      directory: z.string().nullable().describe('Where everything lies with --keep; else null.'),
      backup: backupSchema.omit({ warnings: true, volume: true }),
      restore: z.object({ durationMs: count(), entries: count(), matched: count() }),
      proof: z.object({ verdict: proofSchema.shape.verdict, entries: count(), matched: count(), durationMs: count() }),
      tampering: z.array(differenceSchema).describe('What the comparison said of the copy that was changed.'),
      damage: z.object({ verdict: z.enum(['intact', 'damaged']), problems: checkSchema.shape.problems }),
      durationMs: count().describe('Of the whole demo.'),
    }),
  })
  .meta({ title: 'holdfast demo --json' });
