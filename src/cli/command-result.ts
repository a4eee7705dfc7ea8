/** What a command hands back; printing it is not its business. */
import type { HoldfastError } from '../core/errors.js';
import { EXIT_BAD_VERDICT, worstExitCode } from './exit-code.js';
import type { Style } from './text/style.js';

/** One of several things that failed. */
export interface Failure {
  /** A database, or a backup as it was named. */
  readonly subject: string;
  readonly error: HoldfastError;
}

/** @typeParam Document what the command's schema promises: {@link DocumentOf} */
export interface CommandResult<Document extends object> {
  /** The JSON document without its `schemaVersion` and errors; see `json/documents.ts`. */
  readonly document: Document;
  /** The same for people; empty for nothing. */
  readonly format: (style: Style) => string;
  /** The verdict's; failures make it worse. */
  readonly exitCode: number;
  readonly failures?: readonly Failure[];
  /**
   * Lesser steps that failed after the result stood, as a proof that could not be stored. They are told beside it, and
   * `exitCode` has taken them into account: a bad verdict is not hidden by them.
   */
  readonly unfinished?: readonly Failure[];
}

/** The status of a result whose lesser steps failed: theirs, except that a bad verdict says more. */
export function withUnfinished(exitCode: number, unfinished: readonly Failure[]): number {
  if (exitCode === EXIT_BAD_VERDICT) return exitCode;
  return worstExitCode([exitCode, ...unfinished.map(({ error }) => error.exitCode)]);
}
