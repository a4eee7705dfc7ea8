/** Keys and dates of whole seconds: two of one second are one. */
import { setTimeout } from 'node:timers/promises';

/** Resolves in the next second of this machine's clock. */
export async function nextSecond(): Promise<void> {
  const second = () => Math.floor(Date.now() / 1000);
  const before = second();
  // A timer may be early by a fraction of a millisecond.
  while (second() <= before) await setTimeout(1000 - (Date.now() % 1000));
}
