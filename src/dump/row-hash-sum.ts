/** The hash of two sets of rows together: the sum, lane by lane. @param a @param b 32 hex digits */
export function sumRowHashes(a: string, b: string): string {
  let hash = '';
  for (let lane = 0; lane < 32; lane += 8) {
    const sum = (parseInt(a.slice(lane, lane + 8), 16) + parseInt(b.slice(lane, lane + 8), 16)) >>> 0;
    hash += sum.toString(16).padStart(8, '0');
  }
  return hash;
}
