/** How fast a dump is read. */
import { sleep } from '../../core/cancellation.js';

/** What may be read at once after a pause: half a second's worth. */
const BURST_S = 0.5;

/**
 * Bounds what all readers of one backup take together. Whoever waits here reads nothing, so pg_dump and the server come
 * to a stop as soon as their buffers are full.
 */
export class RateLimit {
  readonly #bytesPerMs: number;
  readonly #burst: number;
  #allowance: number;
  #at = performance.now();

  /** @param bytesPerSecond @default no limit */
  constructor(bytesPerSecond: number | undefined) {
    this.#bytesPerMs = (bytesPerSecond ?? Infinity) / 1000;
    this.#burst = (bytesPerSecond ?? Infinity) * BURST_S;
    this.#allowance = this.#burst;
  }

  /** Called after so many bytes were read; resolves when the next may be. @throws the signal's error */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    if (this.#bytesPerMs === Infinity) return;
    const now = performance.now();
    this.#allowance = Math.min(this.#burst, this.#allowance + (now - this.#at) * this.#bytesPerMs) - bytes;
    this.#at = now;
    if (this.#allowance < 0) await sleep(-this.#allowance / this.#bytesPerMs, signal);
  }
}
