/** `details` of an error in `--json`: by code, what the message joins into a text for people. */
import * as z from 'zod';
import type { ErrorDetails } from '../../core/error-details.js';
import { count } from '../../vault/formats/fields.js';

function listOf<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const message = z.string().describe('For people.');
  return z.object({ problems: z.array(z.object({ ...shape, message })) });
}

const inFile = listOf({
  path: z.string().nullable().describe('Where in the file, as it spells it: databases[0].port. null: the whole of it.'),
  line: z.int().nullable().describe('Counted from 1; null if the format has none.'),
});
const ofPreflight = listOf({
  kind: z.string().describe('missing-role, unreadable-table … Kinds may be added.'),
  objects: z
    .array(z.string())
    .describe('Their names: the first ten of what a dump needs, all of what a target would refuse.'),
  total: count().describe('How many objects.'),
  remedy: z.string().nullable().describe('SQL that fixes it; null if SQL does not.'),
  option: z
    .string()
    .nullable()
    .optional()
    .describe('Of what a target would refuse: the option that leaves it out; null if none does.'),
});
const foreignCode = listOf({
  kind: z.string().describe('trigger, event trigger, function …'),
  name: z.string(),
  owner: z.string().describe('The role that may change the code.'),
  calls: z.string().nullable().describe('The function that it calls, where it is none itself.'),
});
const inTheWay = listOf({
  kind: z.string().describe('table, database …'),
  names: z.array(z.string()).describe('The first few.'),
  total: count().describe('How many objects.'),
});
const ofStack = listOf({
  stack: z.string(),
  resource: z.string().describe("The construct's path, or the logical id."),
});

/** What each code carries; `docs/reference/errors.md` lists it. */
export const errorDetailSchemas = {
  CONFIG_INVALID: inFile,
  WAIVERS_INVALID: inFile,
  BASELINE_INVALID: inFile,
  PREFLIGHT_FAILED: ofPreflight,
  SESSION_UNSAFE: foreignCode,
  TARGET_UNSAFE: foreignCode,
  TARGET_NOT_EMPTY: inTheWay,
  TARGET_COLLISION: inTheWay,
  TARGET_LACKS: listOf({}),
  SYNTH_FAILED: ofStack,
  RESOURCES_EXIST: ofStack,
  DATA_AT_RISK: ofStack,
  DEPLOY_FAILED: ofStack,
} satisfies { readonly [Code in keyof ErrorDetails]: z.ZodType<NonNullable<ErrorDetails[Code]>> };

/** Of any code. */
export const errorDetailsSchema = z
  .union([inFile, ofPreflight, foreignCode, inTheWay, ofStack, errorDetailSchemas.TARGET_LACKS])
  .meta({ id: 'ErrorDetails' });
