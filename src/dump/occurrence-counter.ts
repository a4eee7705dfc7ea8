/**
 * Counts how many times each identity has been seen, using 24 to 48 bytes for each.
 *
 * A Map of half a million names would be the largest thing in memory while a dump is read. Only a 64-bit hash of each
 * name is kept here: among a million names, two share one with a probability of 1 in 30 million, and then an entry
 * would get 2 as its occurrence number, consistently in every dump.
 */
const FIRST_CAPACITY = 1024;

export class OccurrenceCounter {
  #capacity = FIRST_CAPACITY;
  #used = 0;
  /** Two words of hash and one of count per slot; a count of zero marks a free slot. */
  #slots = new Uint32Array(3 * FIRST_CAPACITY);

  /** @returns how many times this identity has been passed, including this time */
  count(identity: string): number {
    if (this.#used * 2 >= this.#capacity) this.#grow();
    // Two independent hashes of 32 bits (multipliers of FNV-1a and MurmurHash3), mixed at the end.
    let a = 0x811c9dc5;
    let b = identity.length;
    for (let i = 0; i < identity.length; i++) {
      const c = identity.charCodeAt(i);
      a = Math.imul(a ^ c, 0x01000193);
      b = Math.imul((b << 13) | (b >>> 19), 5) + Math.imul(c + 1, 0xcc9e2d51);
    }
    return this.#add(mix(a), mix(b), 1);
  }

  #add(a: number, b: number, by: number): number {
    const slots = this.#slots;
    const mask = this.#capacity - 1;
    for (let slot = a & mask; ; slot = (slot + 1) & mask) {
      const at = slot * 3;
      if (slots[at + 2] === 0) {
        slots[at] = a;
        slots[at + 1] = b;
        slots[at + 2] = by;
        this.#used++;
        return by;
      }
      if (slots[at] === a && slots[at + 1] === b) return (slots[at + 2] = (slots[at + 2] as number) + by);
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#capacity *= 2;
    this.#slots = new Uint32Array(3 * this.#capacity);
    this.#used = 0;
    for (let at = 0; at < old.length; at += 3) {
      const count = old[at + 2] as number;
      if (count > 0) this.#add(old[at] as number, old[at + 1] as number, count);
    }
  }
}

function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}
