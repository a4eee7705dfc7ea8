/** Exit statuses: see docs/reference/cli.md. */

export const EXIT_DONE = 0;
/** Done, and the verdict is bad. */
export const EXIT_BAD_VERDICT = 3;
/** Something could not be read, so there is no verdict. */
export const EXIT_INCOMPLETE = 4;

/** From worst to best: an interruption, a failure, wrong usage, a bad verdict, no verdict. */
const BY_SEVERITY = [130, 1, 2, EXIT_BAD_VERDICT, EXIT_INCOMPLETE, EXIT_DONE];

/** The status of a command that did several things: that of the worst. */
export function worstExitCode(codes: Iterable<number>): number {
  const found = new Set(codes);
  return BY_SEVERITY.find((code) => found.has(code)) ?? EXIT_DONE;
}
