/** How fast something grows, over the last seconds. */

const WINDOW_MS = 5_000;
/** Before that a rate says more about the buffers than about the work. */
const SHORTEST_MS = 500;

export class RateMeter {
  #samples: { readonly at: number; readonly bytes: number }[] = [];

  /** @param at milliseconds of a clock that only goes forward @param bytes since the beginning */
  add(at: number, bytes: number): void {
    const last = this.#samples.at(-1);
    // Another phase counts from the start again.
    if (last && bytes < last.bytes) this.#samples = [];
    this.#samples.push({ at, bytes });
    while ((this.#samples[1]?.at ?? Infinity) <= at - WINDOW_MS) this.#samples.shift();
  }

  /** Bytes per second; `undefined` while too little is known. */
  rate(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at - first.at < SHORTEST_MS) return undefined;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  }
}
