/**
 * Patterns for names and, with IAM's own rules in `audit/policies/match.ts`, for ARNs and actions: `*` is any text, and
 * `?` any one character. pg_dump's patterns have rules of their own.
 *
 * By hand: `minimatch` and `picomatch` give slashes, braces and brackets a meaning, which a name does not have. Not by
 * regular expressions: `*a*a*a*a*b` keeps one busy for years, and whoever owns an audited account writes its policies.
 */

/**
 * Whether a whole text matches a pattern.
 *
 * @param wildcards `*` alone where a question mark is a character like any other, as in names of resources
 */
export function matchesGlob(pattern: string, text: string, wildcards: '*' | '*?' = '*?'): boolean {
  return matches(pattern, text, (own, character) => own === character || (own === '?' && wildcards === '*?'));
}

/** Whether a pattern matches everything that a narrower one does: a star of the narrower one is only matched by a star. */
export function globIncludes(pattern: string, narrower: string): boolean {
  return matches(pattern, narrower, (own, character) => (own === '?' ? character !== '*' : own === character));
}

/**
 * In at most as many steps as the product of the lengths: only the last star is ever tried again, one character later,
 * since what came before it was matched as early as it can be.
 */
function matches(pattern: string, text: string, standsFor: (own: string, character: string) => boolean): boolean {
  let own = 0;
  let at = 0;
  let afterStar: number | undefined;
  let triedAt = 0;
  while (at < text.length) {
    const character = pattern[own];
    if (character === '*') {
      own += 1;
      afterStar = own;
      triedAt = at;
    } else if (character !== undefined && standsFor(character, text[at] ?? '')) {
      own += 1;
      at += 1;
    } else if (afterStar !== undefined) {
      triedAt += 1;
      own = afterStar;
      at = triedAt;
    } else return false;
  }
  while (pattern[own] === '*') own += 1;
  return own === pattern.length;
}
