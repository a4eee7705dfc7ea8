/** Whether two patterns with `*` and `?` have a text in common. */

/** Whether some text matches both patterns. */
export function patternsMeet(one: string, other: string, caseSensitive = true): boolean {
  const [a, b] = caseSensitive ? [one, other] : [one.toLowerCase(), other.toLowerCase()];
  // From the end: whether the rest of the one and the rest of the other can stand for the same text.
  let below: boolean[] = [];
  for (let i = a.length; i >= 0; i -= 1) {
    const row: boolean[] = [];
    for (let j = b.length; j >= 0; j -= 1) row[j] = meetsAt(a[i], b[j], row[j + 1], below[j], below[j + 1]);
    below = row;
  }
  return below[0] === true;
}

/**
 * The characters at a place of both, none at an end; and the answers for one step on in the other, in this, in both.
 */
function meetsAt(a: string | undefined, b: string | undefined, right = false, down = false, both = false): boolean {
  if (a === undefined && b === undefined) return true;
  if (a === '*' || b === '*') return right || down;
  return a !== undefined && b !== undefined && (a === '?' || b === '?' || a === b) && both;
}
