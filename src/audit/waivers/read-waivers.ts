/** Waiver files: YAML or JSON, a list under `waivers`. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import * as z from 'zod';
import { nearest } from '../../core/nearest.js';
import { issueProblems } from '../../core/error-details.js';
import { HoldfastError, messageOf, type DetailsOf } from '../../core/errors.js';
import { systemReasonOf } from '../../core/system-reason.js';
import { waiverSchema, type MalformedWaiver, type Waiver, type Waivers } from './waiver.js';

export interface WaiverOptions {
  /** Whether a waiver may be about resources by a pattern. @default false */
  readonly wildcards?: boolean;
}

const fileSchema = z.strictObject({ waivers: z.array(z.unknown()) });

/**
 * Reads a file of waivers. An entry that is not a waiver is returned as malformed: it waives nothing.
 *
 * @param controls ids of the catalog
 * @throws HoldfastError WAIVERS_INVALID when the file as a whole cannot be used
 */
export async function readWaivers(
  file: string,
  controls: readonly string[],
  options: WaiverOptions = {},
): Promise<Waivers> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw waiversError(file, `${systemReasonOf(error)}.`, { cause: error });
  }
  return parseWaivers(text, file, controls, options);
}

/** The same of a text. @param name of the file, for messages */
export function parseWaivers(
  text: string,
  name: string,
  controls: readonly string[],
  { wildcards = false }: WaiverOptions = {},
): Waivers {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw waiversError(name, messageOf(error), { cause: error });
  }
  const file = fileSchema.safeParse(content);
  if (!file.success)
    throw waiversError(name, z.prettifyError(file.error), { details: issueProblems(file.error.issues) });
  const waivers: Waiver[] = [];
  const malformed: MalformedWaiver[] = [];
  for (const [index, entry] of file.data.waivers.entries()) {
    const parsed = waiverSchema.safeParse(entry);
    const problem = parsed.success
      ? (unknownControl(parsed.data, controls) ?? wildcardProblem(parsed.data, wildcards))
      : oneLine(parsed.error);
    if (parsed.success && problem === undefined) waivers.push(parsed.data);
    else malformed.push({ where: `waiver ${index + 1}`, ...subjectOf(entry), problem: problem ?? '' });
  }
  return { waivers, malformed };
}

function unknownControl({ control, compensatedBy }: Waiver, controls: readonly string[]): string | undefined {
  for (const id of [control, ...(compensatedBy === undefined ? [] : [compensatedBy])]) {
    if (controls.includes(id)) continue;
    const meant = nearest(id, controls);
    return `there is no control ${id}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
  }
  return compensatedBy === control ? 'a control cannot compensate for itself' : undefined;
}

function wildcardProblem({ resource }: Waiver, allowed: boolean): string | undefined {
  if (allowed || !resource.includes('*')) return undefined;
  return `resource: ${resource} accepts findings that nobody has seen yet; name each resource, or allow it with --wildcard-waivers`;
}

function oneLine({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ');
}

function subjectOf(entry: unknown): { control?: string; resource?: string } {
  const said = z.object({ control: z.string().optional(), resource: z.string().optional() }).safeParse(entry);
  return said.success ? said.data : {};
}

function waiversError(
  file: string,
  reason: string,
  options: { readonly cause?: unknown; readonly details?: DetailsOf<'WAIVERS_INVALID'> },
): HoldfastError {
  return new HoldfastError('WAIVERS_INVALID', `Reading the waivers ${file}: ${reason}`, options);
}
