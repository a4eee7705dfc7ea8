/** Which controls a resource opts out of: by its own metadata, and by the template for the construct around it. */
import * as z from 'zod';
import type { Acceptance } from '../model/facts.js';
import type { StackTemplate } from './template.js';

const ofResource = z.object({ Holdfast: z.object({ optOuts: z.array(z.string()) }) });
const acceptance = z.object({ control: z.string().min(1), reason: z.string().trim().min(1) });
const acceptances = z.object({ Holdfast: z.object({ accepted: z.array(acceptance) }) });
const ofTemplate = z.object({
  Holdfast: z.object({ optOuts: z.array(z.object({ control: z.string(), resource: z.string() })) }),
});

/** The names of the controls; none where the metadata has another form. */
export function optOutsOf(stack: StackTemplate, logicalId: string, metadata: unknown): string[] {
  const own = ofResource.safeParse(metadata).data?.Holdfast.optOuts ?? [];
  const recorded = ofTemplate.safeParse(stack.metadata).data?.Holdfast.optOuts ?? [];
  const around = recorded.filter(({ resource }) => logicalId.startsWith(logicalPrefix(resource)));
  return [...own, ...around.map(({ control }) => control)];
}

/** Those with a reason; without one, nothing is accepted. */
export function acceptedBy(metadata: unknown): readonly Acceptance[] {
  return acceptances.safeParse(metadata).data?.Holdfast.accepted ?? [];
}

/**
 * A logical id begins with the names on the construct's path within its stack, without characters other than letters
 * and digits.
 */
function logicalPrefix(path: string): string {
  return path
    .split('/')
    .slice(1)
    .join('')
    .replaceAll(/[^A-Za-z0-9]/g, '');
}
