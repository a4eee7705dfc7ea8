/** Wrong options: printed without a stack. */
export class UsageError extends Error {}

/** A program or a part of the project that a benchmark needs and does not find. */
export class MissingError extends Error {}

export function errorText(error) {
  if (error instanceof UsageError || error instanceof MissingError) return error.message;
  return error?.hint === undefined ? String(error?.stack ?? error) : `${error.message}\n${error.hint}`;
}
