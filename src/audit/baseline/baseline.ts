/** An earlier audit, as far as a comparison needs it: read from what `holdfast audit --json` printed. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { issueProblems } from '../../core/error-details.js';
import { HoldfastError } from '../../core/errors.js';
import { systemReasonOf } from '../../core/system-reason.js';
import type { FactSource } from '../model/facts.js';

const baselineSchema = z.object({
  schemaVersion: z.literal(1),
  audit: z.object({
    source: z.enum(['template', 'live']),
    readAt: z.iso.datetime(),
    places: z.array(
      z.object({
        account: z.string().nullable(),
        region: z.string().nullable(),
        // Before they were written, everything was read.
        scope: z.enum(['declared', 'account']).nullish(),
        stacks: z.array(z.string()).nullish(),
      }),
    ),
  }),
  findings: z.array(
    z.object({
      key: z.string(),
      control: z.string(),
      resource: z.string().nullable(),
      resourceName: z.string().nullable(),
      account: z.string().nullish(),
      region: z.string().nullish(),
      status: z.enum(['pass', 'fail', 'waived', 'not-evaluated', 'absent']),
    }),
  ),
});
export type Baseline = z.infer<typeof baselineSchema>;

/**
 * @param source of the audit that is compared with it
 * @throws HoldfastError BASELINE_INVALID when it cannot be read, or is from another source: ids of resources differ
 *   then,
 *   and everything would be new and fixed at once
 */
export async function readBaseline(file: string, source: FactSource): Promise<Baseline> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new HoldfastError('BASELINE_INVALID', `Reading the baseline ${file}: ${systemReasonOf(error)}`, {
      cause: error,
    });
  }
  const parsed = baselineSchema.safeParse(content);
  if (!parsed.success) {
    throw new HoldfastError('BASELINE_INVALID', `Reading the baseline ${file}: ${z.prettifyError(parsed.error)}`, {
      details: issueProblems(parsed.error.issues),
    });
  }
  if (parsed.data.audit.source === source) return parsed.data;
  throw new HoldfastError(
    'BASELINE_INVALID',
    `The baseline ${file} is from ${describeSource(parsed.data.audit.source)}, but this audit is of ${describeSource(source)}.`,
  );
}

function describeSource(source: FactSource): string {
  return source === 'template' ? 'templates' : 'a live account';
}
