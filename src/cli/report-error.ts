/** The one place that turns an error into words and into its JSON form. */
import { HoldfastError, messageOf } from '../core/errors.js';
import type { ErrorDocument } from './json/documents.js';
import { printable } from '../core/printable.js';
import type { Style } from './text/style.js';
import { wrapText } from './text/wrap.js';

/** Any thrown value as a coded error; what nobody expected is a defect of ours. */
export function asCodedError(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const missing = missingPeer(error);
  if (missing !== undefined) {
    const why = `The package ${missing} is not installed. Templates of CloudFormation are made with it.`;
    return new HoldfastError('CDK_MISSING', why, { cause: error });
  }
  const message = messageOf(error) || 'An unknown error.';
  const code = outOfDescriptors(error) ? 'TOO_FEW_DESCRIPTORS' : outOfMemory(error) ? 'OUT_OF_MEMORY' : 'INTERNAL';
  return new HoldfastError(code, message, { cause: error });
}

/** The CDK is a peer dependency, loaded by the few commands that need it: an installation may be without. */
function missingPeer(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  return /^Cannot find (?:package|module) '(aws-cdk-lib|constructs)['/]/.exec(error.message)?.[1];
}

/** What Node.js throws for a text or buffer that it cannot make, and the system for memory that it does not have. */
function outOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  if (
    /^(?:ENOMEM|Z_MEM_ERROR|ERR_ZLIB_INITIALIZATION_FAILED|ERR_STRING_TOO_LONG|ERR_BUFFER_TOO_LARGE|ERR_MEMORY_ALLOCATION_FAILED)$/.test(
      code,
    )
  )
    return true;
  return (
    error instanceof RangeError &&
    /^(?:Invalid (?:string|array|array buffer|typed array) length|Array buffer allocation failed)/i.test(error.message)
  );
}

/** It may happen wherever a file or a connection is opened, or a part of the program is loaded. */
function outOfDescriptors(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}

/** The error as JSON. */
export function errorDocument(error: HoldfastError): ErrorDocument {
  const { code, message, hint, exitCode, retryable, details } = error;
  return { code, message, hint, exitCode, retryable, ...(details !== undefined && { details }) };
}

/**
 * `error: …` and `hint: …` for people; with `verbose` the causes below it, and the stack of a defect.
 *
 * @param subject what it happened to, where there are several: a database
 */
export function formatError(error: HoldfastError, style: Style, verbose: boolean, subject?: string): string {
  const { colors, width } = style;
  const about = subject === undefined ? '' : `${subject}: `;
  const lines = [labeled('error', printable(about + error.message), width, colors.red)];
  lines.push(labeled('hint', printable(error.hint), width, colors.cyan));
  if (verbose) lines.push(...causes(error).map((cause) => labeled('cause', printable(cause), width, colors.dim)));
  return lines.join('\n');
}

/** `label: text`; further lines of the text begin below its first word. */
function labeled(label: string, text: string, width: number, paint: (text: string) => string): string {
  const wrapped = wrapText(`${label}: ${text}`, width, 2);
  return paint(`${label}:`) + wrapped.slice(label.length + 1);
}

function causes(error: HoldfastError): string[] {
  const internal = error.code === 'INTERNAL';
  const found: string[] = [];
  let cause: unknown = error.cause;
  // A cycle of causes is possible, if odd.
  while (cause !== undefined && cause !== null && found.length < 8) {
    found.push((internal && cause instanceof Error && cause.stack) || messageOf(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return found.length === 0 && internal && error.stack ? [error.stack] : found;
}
