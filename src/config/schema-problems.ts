/** Turns what zod found into problems that say what was received and what to change. */
import type { z } from 'zod';
import { nearest } from '../core/nearest.js';
import type { Path, Problem, Spelling } from './problems.js';
import { valueAt } from './problems.js';
import { configSchema } from './schema.js';
import { knownKeysAt } from './schema-walk.js';
import { showValue } from './show-value.js';

type Issue = z.core.$ZodIssue;

/** What other tools and the Terraform module call our options. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  rdsendpoint: 'host',
  endpoint: 'host',
  hostname: 'host',
  server: 'host',
  database: 'dbName',
  db: 'dbName',
  username: 'user',
  targetbucket: 'vault',
  bucket: 'vault',
  backupaccountkmsarn: 'kmsKeyArn',
  kmsarn: 'kmsKeyArn',
  backupschedule: 'schedule',
  cron: 'schedule',
  secret: 'secretArn',
  connectionstring: 'url',
  timeout: 'maxDuration',
};

/** All problems that the schema sees in a parsed file. */
export function schemaProblems(raw: unknown, spelling: Spelling): Problem[] {
  const result = configSchema.safeParse(raw);
  if (result.success) return [];
  return result.error.issues.flatMap((issue) => problemsOf(issue, [], raw, spelling));
}

function problemsOf(issue: Issue, above: Path, raw: unknown, spelling: Spelling): Problem[] {
  const path = [...above, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, path, spelling) }));
    case 'invalid_union': {
      const value = valueAt(raw, path);
      const inside = isGroup(value)
        ? issue.errors.find((branch) =>
            branch.some((each) => each.path.length > 0 || each.code === 'unrecognized_keys'),
          )
        : undefined;
      if (inside) return inside.flatMap((each) => problemsOf(each, path, raw, spelling));
      return [received(path, value, issue.message)];
    }
    case 'invalid_key':
      return issue.issues.map((each) => ({ path, message: each.message }));
    case 'invalid_type':
      return [received(path, valueAt(raw, path), wantedType(issue, valueAt(raw, path)))];
    case 'invalid_value': {
      const value = valueAt(raw, path);
      const choices = issue.values.map(String);
      const near = typeof value === 'string' ? nearest(value, choices) : undefined;
      return [received(path, value, `Use one of: ${choices.join(', ')}.${near ? ` Did you mean ${near}?` : ''}`)];
    }
    case 'custom':
    case 'invalid_format':
    case 'too_small':
    case 'too_big':
    case 'not_multiple_of':
    case 'invalid_element':
      return [received(path, valueAt(raw, path), issue.message)];
  }
}

/** A problem that shows the value, where it may be shown. */
export function received(path: Path, value: unknown, advice: string): Problem {
  const shown = showValue(
    path.findLast((key) => typeof key === 'string'),
    value,
  );
  return { path, message: shown === undefined ? `The value is not shown. ${advice}` : `received ${shown}. ${advice}` };
}

function unknownKey(key: string, path: Path, spelling: Spelling): string {
  const known = knownKeysAt(configSchema, path) ?? [];
  const near = nearestKey(key, known, spelling);
  if (near !== undefined) return `unknown option. Did you mean ${near}?`;
  return `unknown option. Known here: ${known
    .filter((each) => each !== '$schema')
    .map(spelling.keyOf)
    .join(', ')}.`;
}

/** The known key that was most likely meant, as the file would spell it. */
function nearestKey(key: string, known: readonly string[], { keyOf }: Spelling): string | undefined {
  const other = OTHER_NAMES[key.toLowerCase().replace(/[-_]/g, '')];
  return other !== undefined && known.includes(other) ? keyOf(other) : nearest(key, known.map(keyOf));
}

function wantedType(issue: Extract<Issue, { code: 'invalid_type' }>, value: unknown): string {
  if (issue.message.startsWith('Give ')) {
    return typeof value === 'string' && /^\d+$/.test(value)
      ? `${issue.message} Write it without quotes.`
      : issue.message;
  }
  if (issue.expected === 'string') {
    const isScalar = typeof value === 'number' || typeof value === 'boolean';
    return isScalar ? 'Give a string: put the value in quotes.' : 'Give a string.';
  }
  return WANTED[issue.expected] ?? `Give a value of type ${issue.expected}.`;
}

const WANTED: Readonly<Partial<Record<string, string>>> = {
  boolean: 'Give true or false, without quotes.',
  array: 'Give a list.',
  object: 'Give a group of options (key and value pairs).',
  record: 'Give a group of options (key and value pairs).',
};

function isGroup(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
