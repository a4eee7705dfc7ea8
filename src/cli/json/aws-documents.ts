/** The documents of `--json` of the commands that set things up on AWS; as of `documents.ts`. */
import { z } from 'zod';
import { count } from '../../vault/formats/fields.js';
import { SCHEMA_VERSION } from './documents.js';

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
      field: z.string().nullable().describe('null where the whole value was set.'),
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
