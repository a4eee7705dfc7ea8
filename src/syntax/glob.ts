/**
 * Patterns for names: `*` is any text, and `?` any one character. IAM's and pg_dump's patterns have rules of their own.
 *
 * By hand: `minimatch` and `picomatch` give slashes, braces and brackets a meaning, which a name does not have.
 */

/**
 * Whether a whole text matches a pattern.
 *
 * @param wildcards `*` alone where a question mark is a character like any other, as in names of resources
 */
export function matchesGlob(pattern: string, text: string, wildcards: '*' | '*?' = '*?'): boolean {
  const source = pattern.replace(/[\\^$.*+?()[\]{}|]/g, (character) => {
    if (character === '*') return '.*';
    return character === '?' && wildcards === '*?' ? '.' : `\\${character}`;
  });
  return new RegExp(`^${source}$`, 's').test(text);
}
