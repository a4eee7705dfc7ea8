/** Reading a secret's JSON, with messages that name fields and never hold values. */
import * as z from 'zod';
import { HoldfastError } from '../core/errors.js';

/**
 * Parses JSON with a schema.
 *
 * @param what as in `a PostgreSQL secret`
 * @throws HoldfastError ROTATION_SECRET_INVALID
 */
export function parseSecretDocument<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  what: string,
): z.output<Schema> {
  const result = schema.safeParse(readJson(text, what), { reportInput: false });
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const field = issue.path.join('.') || 'the document';
    // Messages of zod's own may repeat what they were given.
    return issue.code === 'custom' ? `${field}: ${issue.message}` : `${field} is ${describeIssue(issue)}`;
  });
  throw new HoldfastError('ROTATION_SECRET_INVALID', `The value is not ${what}: ${problems.join('; ')}.`);
}

function readJson(text: string, what: string): unknown {
  try {
    const document: unknown = JSON.parse(text);
    requireExactNumbers(text, what);
    return document;
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    // The parser's message quotes the text.
    throw new HoldfastError('ROTATION_SECRET_INVALID', `The value is not ${what}: it is not JSON.`);
  }
}

/** A string of JSON, with whatever is escaped in it. */
const TEXT = /"(?:[^"\\]|\\.)*"/g;

/** Fields that nobody here knows are written back as they were, but a number of more than 15 digits would be rounded. */
function requireExactNumbers(text: string, what: string): void {
  if (!/\d[\d.]{15,}/.test(text.replaceAll(TEXT, '""'))) return;
  throw new HoldfastError(
    'ROTATION_SECRET_INVALID',
    `The value is ${what}, but has a number of more than 15 digits, which would be rounded when it is stored again.`,
    { hint: 'Write it as text, in double quotes.' },
  );
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `missing or not a ${issue.expected}`;
  if (issue.code === 'invalid_value') return `none of ${issue.values.map(String).join(', ')}`;
  return 'missing, empty or out of range';
}

/** A field that is not empty. */
export const filled = z.string().min(1);
/** A name of a host, user or database: control characters would end it early where it is sent. */
export const named = filled.refine((name) => !/\p{Cc}/u.test(name), { error: 'has a control character' });
/** A TCP port; the templates of AWS write it as a number or as text. */
export const port = z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(1).max(65_535));
/** A flag that may be written as text. */
export const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((value) => value === 'true')]);
