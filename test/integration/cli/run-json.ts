/** Runs the command line with --json and checks the document against its published schema. */
import { expect } from 'vitest';
import type { z } from 'zod';
import { failedDocument, type errorSchema } from '../../../src/cli/json/documents.js';
import { runHoldfast, type RunOptions, type RunResult } from '../../helpers/holdfast.js';

/** @returns the document; the test fails when the exit status or the form is another */
export async function runJson<S extends z.ZodObject>(
  schema: S,
  args: readonly string[],
  options: RunOptions & { readonly exitCode?: number } = {},
): Promise<z.output<S>> {
  const result = await runHoldfast([...args, '--json'], options);
  expect(result.code, result.stderr).toBe(options.exitCode ?? 0);
  return parseDocument(schema, result);
}

/** The one document on standard output. Keys that the schema does not know are an error here, unlike for users. */
export function parseDocument<S extends z.ZodObject>(schema: S, result: RunResult): z.output<S> {
  return schema.strict().parse(JSON.parse(result.stdout)) as z.output<S>;
}

/** Runs a command that must fail as a whole, with --json and without: both must say the same. */
export async function runFailing(
  args: readonly string[],
  options: RunOptions = {},
): Promise<z.output<typeof errorSchema> & { readonly result: RunResult }> {
  const result = await runHoldfast([...args, '--json'], options);
  const { error } = parseDocument(failedDocument, result);
  expect(result.code).toBe(error.exitCode);
  const said = result.stderr.replace(/\s+/g, ' ');
  expect(said).toContain(`error: ${error.message.replace(/\s+/g, ' ')}`);
  expect(said).toContain(`hint: ${error.hint.replace(/\s+/g, ' ')}`);
  return { ...error, result };
}
