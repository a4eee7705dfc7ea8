/** The documents of `--json` of the commands that set things up on AWS; as of `documents.ts`. */
import * as z from 'zod';
import { count } from '../../vault/formats/fields.js';
import { partial } from './documents.js';
import { SCHEMA_VERSION } from './schema-version.js';

const schemaVersion = z.literal(SCHEMA_VERSION);

export const initDocument = z
  .object({
    schemaVersion,
    init: z.object({
      file: z.string().describe('The config that was written, absolute.'),
      from: z.string().nullable().describe('The config whose values it has, absolute.'),
      toFillIn: z.array(z.string()).describe('The placeholders in it, each with what to put there.'),
    }),
  })
  .meta({ title: 'holdfast init --json' });

export const runDocument = z
  .object({
    schemaVersion,
    run: z.object({
      database: z.string(),
      buildId: z.string(),
      status: z.enum(['IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'STOPPED', 'FAULT']).describe('Of CodeBuild.'),
      durationMs: count().nullable().describe('null with --no-follow.'),
      problem: z.string().nullable().describe("The phase that failed, with CodeBuild's words."),
      log: z
        .object({ group: z.string(), stream: z.string() })
        .nullable()
        .describe('Where CloudWatch Logs keeps it; null with --no-follow, and where the build wrote nothing.'),
      lastLines: z.array(z.string()).describe('The end of the log.'),
      logUnread: z.string().nullable().describe('Why the log could not be read, or not to its end.'),
    }),
  })
  .meta({ title: 'holdfast run --json' });

export const secretSetDocument = z
  .object({
    schemaVersion,
    secret: z.object({
      name: z.string(),
      arn: z.string(),
      versionId: z.string().describe('The version that is current now.'),
      field: z.string().nullable().describe('null if the whole value was set.'),
      account: z.string(),
    }),
  })
  .meta({ title: 'holdfast secret set --json' });

export const rotateDocument = z
  .object({
    schemaVersion,
    rotation: z.object({
      name: z.string(),
      arn: z.string(),
      version: z.string().describe('The version that is current now.'),
      by: z.enum(['function', 'here']).describe('Who took the steps.'),
      resumed: z.boolean().describe('Whether a rotation that had been broken off was finished.'),
      durationMs: count(),
    }),
  })
  .meta({ title: 'holdfast rotate --json' });

const stackPlace = {
  name: z.string(),
  account: z.string(),
  region: z.string(),
};

export const synthDocument = z
  .object({
    schemaVersion,
    synth: z.object({
      directory: z.string().describe('The cloud assembly, absolute.'),
      stacks: z
        .array(
          z.object({
            ...stackPlace,
            account: z.string().nullable().describe('null if the config does not say it.'),
            resources: count(),
            template: z.string().describe('Its file, absolute.'),
          }),
        )
        .describe('In the order of deployment.'),
    }),
  })
  .meta({ title: 'holdfast synth --json' });

export const diffDocument = z
  .object({
    schemaVersion,
    differ: z.boolean(),
    stacks: z.array(
      z.object({
        ...stackPlace,
        deployed: z.boolean().describe('False where all of it is new, or its creation has failed.'),
        permissions: z.enum(['broadening', 'non-broadening']).nullable().describe('null if none change.'),
        resources: z.array(
          z.object({
            id: z.string(),
            type: z.string(),
            change: z.enum(['add', 'remove', 'update', 'replace']),
            because: z.array(z.string()).describe('Of one that is replaced: the properties that require it.'),
            kept: z.boolean().describe('Whether what is there now stays in the account, outside of the stack.'),
          }),
        ),
        missing: z
          .array(z.object({ id: z.string(), type: z.string(), name: z.string() }))
          .describe(
            'What the stack has by its template, and somebody has deleted: buckets, their policies, keys, projects.',
          ),
      }),
    ),
  })
  .meta({ title: 'holdfast diff --json' });

export const deployDocument = z
  .object({
    schemaVersion,
    stacks: z.array(
      z.object({
        ...stackPlace,
        changed: z.boolean().describe('False where it was deployed like that already.'),
        outputs: z.record(z.string(), z.string()),
        adopted: z
          .array(z.object({ type: z.string(), name: z.string() }))
          .describe('What existed already, and belongs to the stack now.'),
      }),
    ),
    writers: z
      .array(
        z.object({
          database: z.string().optional().describe('Absent for the role that all databases share.'),
          role: z.string(),
          verdict: z.enum(['allowed', 'refused', 'not-checked']),
          problem: z.string().optional().describe('What refuses it, or why that is not known.'),
        }),
      )
      .describe(
        'Whether the policies in force of role, bucket and key let each job store a backup; of more than 50 jobs, 50 are looked at. Managed policies and a boundary of the role, and policies of the organization, are not among them.',
      ),
  })
  .meta({ title: 'holdfast deploy --json' });

export const destroyDocument = z
  .object({
    schemaVersion,
    stacks: z.array(
      z.object({
        ...stackPlace,
        existed: z.boolean(),
        kept: z
          .array(
            z.object({ id: z.string(), type: z.string(), name: z.string().optional(), note: z.string().optional() }),
          )
          .describe('Resources that stay.'),
        gone: z.array(z.string()).describe('What protected or served those that stay, and went with the stack.'),
      }),
    ),
  })
  .meta({ title: 'holdfast destroy --json' });

const statement = z.record(z.string(), z.unknown());

export const policyDocument = z
  .object({
    schemaVersion,
    policy: z.object({
      kind: z.enum(['bucket', 'key', 'role', 'database']),
      name: z.string().describe('Of the bucket, the key or the role.'),
      document: z.object({ Version: z.string(), Statement: z.array(statement) }).optional(),
      tags: z
        .record(z.string(), z.string())
        .optional()
        .describe('Of a role: what policies of the vault bind it to its prefix by.'),
      sql: z.string().optional().describe('For database.'),
      equal: z.boolean().optional().describe('With --compare, as the rest.'),
      matched: count().optional(),
      missing: z.array(statement).optional().describe('Needed, and not in the live policy.'),
      extra: z.array(statement).optional().describe('In the live policy, and not needed.'),
      missingTags: z
        .record(z.string(), z.string())
        .optional()
        .describe('Of a role: tags that it does not have, or with another value.'),
    }),
  })
  .meta({ title: 'holdfast policy --json' });

export const reportDocument = z
  .object({
    schemaVersion,
    report: z.object({
      file: z.string().describe('The page, absolute.'),
      written: z.boolean().describe('Whether it could be written.'),
      databases: count().describe('How many the vault and the config have.'),
      broken: count().describe('How many of them have a broken objective.'),
      audit: z.string().describe('The audit in one sentence; `holdfast audit --json` has all of it.'),
    }),
    ...partial,
  })
  .meta({ title: 'holdfast report --json' });
