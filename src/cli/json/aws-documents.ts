/** The documents of `--json` of the commands that set things up on AWS; as of `documents.ts`. */
import { z } from 'zod';
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
