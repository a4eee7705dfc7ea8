/** The same hash with a search for the newline before the hashing of each row: what the one-pass loop is held against. */

const C1 = 0x239b961b;
const C2 = 0xab0e9789 | 0;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93 | 0;

/** How the next newline from `position` is found; -1 when there is none. */
const searches = {
  'Buffer.indexOf, then hash': (chunk) => (position) => chunk.indexOf(10, position),
  'byte loop, then hash': (chunk) => (position) => {
    while (position < chunk.length && chunk[position] !== 10) position++;
    return position < chunk.length ? position : -1;
  },
  'aligned words, then hash': (chunk) => {
    const words = new Int32Array(chunk.buffer, chunk.byteOffset & ~3, ((chunk.byteOffset & 3) + chunk.length) >> 2);
    return (position) => {
      while (((position + chunk.byteOffset) & 3) !== 0 && position < chunk.length) {
        if (chunk[position] === 10) return position;
        position++;
      }
      for (let index = (position + (chunk.byteOffset & 3)) >> 2; index < words.length; index++, position += 4) {
        const word = words[index] ^ 0x0a0a0a0a;
        const bits = (word - 0x01010101) & ~word & 0x80808080;
        if (bits !== 0) return position + ((31 - Math.clz32(bits & -bits)) >> 3);
      }
      while (position < chunk.length && chunk[position] !== 10) position++;
      return position < chunk.length ? position : -1;
    };
  },
};

/** Each hashes a chunk of whole rows and answers 32 hex digits. */
export const variants = Object.fromEntries(
  Object.entries(searches).map(([name, search]) => [name, (chunks) => hashRows(chunks, search)]),
);

function hashRows(chunks, search) {
  const sum = [0, 0, 0, 0];
  for (const chunk of chunks) {
    const find = search(chunk);
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let start = 0, end = find(0); end >= 0; start = end + 1, end = find(start)) addRow(view, start, end, sum);
  }
  return sum.map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
}

function addRow(view, start, end, sum) {
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  let position = start;
  // Written out, as in RowHash: with helpers the loop would exceed what the engine inlines.
  for (; position + 16 <= end; position += 16) {
    const k1 = Math.imul(view.getInt32(position, true), C1);
    const k2 = Math.imul(view.getInt32(position + 4, true), C2);
    const k3 = Math.imul(view.getInt32(position + 8, true), C3);
    const k4 = Math.imul(view.getInt32(position + 12, true), C4);
    h1 ^= Math.imul((k1 << 15) | (k1 >>> 17), C2);
    h1 = (Math.imul(((h1 << 19) | (h1 >>> 13)) + h2, 5) + 0x561ccd1b) | 0;
    h2 ^= Math.imul((k2 << 16) | (k2 >>> 16), C3);
    h2 = (Math.imul(((h2 << 17) | (h2 >>> 15)) + h3, 5) + 0x0bcaa747) | 0;
    h3 ^= Math.imul((k3 << 17) | (k3 >>> 15), C4);
    h3 = (Math.imul(((h3 << 15) | (h3 >>> 17)) + h4, 5) + 0x96cd1c35) | 0;
    h4 ^= Math.imul((k4 << 18) | (k4 >>> 14), C1);
    h4 = (Math.imul(((h4 << 13) | (h4 >>> 19)) + h1, 5) + 0x32ac3b17) | 0;
  }
  const length = end - start;
  h1 ^= mix(tailWord(view, position, end), C1, 15, C2) ^ length;
  h2 ^= mix(tailWord(view, position + 4, end), C2, 16, C3) ^ length;
  h3 ^= mix(tailWord(view, position + 8, end), C3, 17, C4) ^ length;
  h4 ^= mix(tailWord(view, position + 12, end), C4, 18, C1) ^ length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = finish((h2 + h1) | 0);
  h3 = finish((h3 + h1) | 0);
  h4 = finish((h4 + h1) | 0);
  h1 = (finish(h1) + h2 + h3 + h4) | 0;
  sum[0] = (sum[0] + h1) | 0;
  sum[1] = (sum[1] + h2 + h1) | 0;
  sum[2] = (sum[2] + h3 + h1) | 0;
  sum[3] = (sum[3] + h4 + h1) | 0;
}

function tailWord(view, position, end) {
  if (position + 4 <= end) return view.getInt32(position, true);
  let word = 0;
  for (let index = end - 1; index >= position; index--) word = (word << 8) | view.getUint8(index);
  return word;
}

function mix(word, first, count, second) {
  return Math.imul(rotate(Math.imul(word, first), count), second);
}

function rotate(word, count) {
  return (word << count) | (word >>> (32 - count));
}

function finish(word) {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
