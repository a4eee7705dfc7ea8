/** Cancellation: one AbortSignal runs from Ctrl-C and SIGTERM down to each child process. */
import { setMaxListeners } from 'node:events';
import { HoldfastError } from './errors.js';

/** Throws what the signal was aborted with, as a coded error. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** The coded error of an aborted signal: its reason if that is coded, otherwise INTERRUPTED. */
export function abortError(signal: AbortSignal): HoldfastError {
  const reason: unknown = signal.reason;
  return reason instanceof HoldfastError ? reason : new HoldfastError('INTERRUPTED', 'Interrupted.', { cause: reason });
}

/**
 * Aborted as soon as one of them is, with its reason. Any number may listen, as there are requests, sessions and programs
 * at a time: Node.js would print a warning from the eleventh on.
 */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  const any = AbortSignal.any(signals.filter((signal) => signal !== undefined));
  setMaxListeners(0, any);
  return any;
}

/** Resolves after `ms` milliseconds; rejects with the signal's coded error as soon as it is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortError(signal));
    const onAbort = () => {
      clearTimeout(timer);
      if (signal) reject(abortError(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
