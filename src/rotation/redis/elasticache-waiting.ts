/** ElastiCache makes changes in the background: asking until one is in effect, and errors with its words. */
import { sleep } from '../../core/cancellation.js';
import { HoldfastError, messageOf } from '../../core/errors.js';

const POLL_MS = 5_000;

export interface Waiting {
  /** Seconds. */
  readonly timeout: number;
  /** Milliseconds between two questions. @default 5000 */
  readonly pollMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks until `state` gives `undefined`: nothing to wait for.
 *
 * @param state what is being waited for, in ElastiCache's own word
 * @throws HoldfastError ROTATION_TIMEOUT
 */
export async function waitWhile(
  what: string,
  state: () => Promise<string | undefined>,
  waiting: Waiting,
): Promise<void> {
  const { timeout, pollMs = POLL_MS, signal } = waiting;
  let elapsed = 0;
  for (;;) {
    const busy = await state();
    if (busy === undefined) return;
    if (elapsed >= timeout * 1000) {
      throw new HoldfastError('ROTATION_TIMEOUT', `${what} is still "${busy}" after ${timeout} s.`);
    }
    await sleep(pollMs, signal);
    elapsed += pollMs;
  }
}

/** @param action the permission that the call needs */
export function elastiCacheError(error: unknown, what: string, action: string): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const name = error instanceof Error ? error.name : '';
  // Only the words: the SDK's error carries the request, and that holds the password.
  const cause = new Error(`${name}: ${messageOf(error)}`);
  return /AccessDenied|UnauthorizedOperation/.test(name)
    ? new HoldfastError('ROTATION_DENIED', `${what} was refused: ${messageOf(error)}`, {
        cause,
        hint: `The rotation needs ${action}.`,
      })
    : new HoldfastError('ROTATION_FAILED', `${what} failed: ${messageOf(error)} (${name}).`, { cause });
}
