/** MurmurHash3_x86_128 as its author published it, word by word and without any haste: what RowHash is held against. */

const rotate = (word: number, count: number) => (word << count) | (word >>> (32 - count));

function finalMix(word: number): number {
  word ^= word >>> 16;
  word = Math.imul(word, 0x85ebca6b);
  word ^= word >>> 13;
  word = Math.imul(word, 0xc2b2ae35);
  return word ^ (word >>> 16);
}

/** The four lanes of the hash, as unsigned 32-bit numbers. */
export function murmur3Reference(key: Uint8Array, seed: number): [number, number, number, number] {
  const factors = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93];
  const additions = [0x561ccd1b, 0x0bcaa747, 0x96cd1c35, 0x32ac3b17];
  const wordRotations = [15, 16, 17, 18];
  const laneRotations = [19, 17, 15, 13];
  const h = [seed, seed, seed, seed];

  const mixWord = (lane: number, word: number) => {
    const mixed = Math.imul(rotate(Math.imul(word, factors[lane]!), wordRotations[lane]!), factors[(lane + 1) % 4]!);
    h[lane]! ^= mixed;
  };

  const blocks = Math.floor(key.length / 16);
  for (let block = 0; block < blocks; block++) {
    for (let lane = 0; lane < 4; lane++) {
      const at = block * 16 + lane * 4;
      mixWord(lane, key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24));
      const rotated = rotate(h[lane]!, laneRotations[lane]!);
      h[lane] = (Math.imul(rotated + h[(lane + 1) % 4]!, 5) + additions[lane]!) | 0;
    }
  }

  for (let lane = 0; lane < 4; lane++) {
    let word = 0;
    for (let byte = 3; byte >= 0; byte--) {
      const at = blocks * 16 + lane * 4 + byte;
      if (at < key.length) word = (word << 8) | key[at]!;
    }
    if (blocks * 16 + lane * 4 < key.length) mixWord(lane, word);
  }

  for (let lane = 0; lane < 4; lane++) h[lane]! ^= key.length;
  const spread = () => {
    h[0] = (h[0]! + h[1]! + h[2]! + h[3]!) | 0;
    for (let lane = 1; lane < 4; lane++) h[lane] = (h[lane]! + h[0]) | 0;
  };
  spread();
  for (let lane = 0; lane < 4; lane++) h[lane] = finalMix(h[lane]!);
  spread();
  return [h[0]! >>> 0, h[1]! >>> 0, h[2]! >>> 0, h[3]! >>> 0];
}

/** What RowHash should answer for these rows, by adding the reference's lanes up. */
export function rowsHashReference(rows: readonly Uint8Array[]): string {
  const sum = [0, 0, 0, 0];
  for (const row of rows) murmur3Reference(row, 0).forEach((lane, index) => (sum[index] = (sum[index]! + lane) >>> 0));
  return sum.map((lane) => lane.toString(16).padStart(8, '0')).join('');
}
