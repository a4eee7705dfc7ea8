/** The hash of two sets of rows together: the sum, lane by lane. @param a @param b 32 hex digits */
export function sumRowHashes(a: string, b: string): string {
  return byLane(a, b, (one, other) => one + other);
}

/** The hash of what is left of a set of rows without some of them. @param whole @param part 32 hex digits */
export function subtractRowHashes(whole: string, part: string): string {
  return byLane(whole, part, (one, other) => one - other);
}

function byLane(a: string, b: string, combine: (a: number, b: number) => number): string {
  let hash = '';
  for (let lane = 0; lane < 32; lane += 8) {
    const result = combine(parseInt(a.slice(lane, lane + 8), 16), parseInt(b.slice(lane, lane + 8), 16)) >>> 0;
    hash += result.toString(16).padStart(8, '0');
  }
  return hash;
}
