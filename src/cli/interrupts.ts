/** SIGINT, SIGTERM and SIGHUP: the first one stops the work in order, the second one ends it at once. */
import { setMaxListeners } from 'node:events';
import { HoldfastError } from '../core/errors.js';
import { killChildren } from './kill-children.js';

const INTERRUPTED = 130;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interrupts {
  readonly signal: AbortSignal;
  /** Lets signals have their usual effect again. */
  dispose(): void;
}

/** @param tell shows one line to the user */
export function listenForInterrupts(tell: (line: string) => void): Interrupts {
  const controller = new AbortController();
  // As many listen as there are sessions, programs and requests at a time: no leak.
  setMaxListeners(0, controller.signal);
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      killChildren();
      // Nothing waits any more: throwaway servers are removed by their own watchdogs.
      process.exit(INTERRUPTED);
    }
    controller.abort(new HoldfastError('INTERRUPTED', `Interrupted by ${name}.`));
    tell('Stopping: ending what runs here and removing what is unfinished. Interrupt again to end at once.');
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
