/** Ends a backup for which somebody has waited too long. */
import { anySignal, sleep } from '../../core/cancellation.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { GuestSession } from '../../postgres/guest/guest-session.js';
import { formatLimit } from '../../syntax/duration.js';

/** The sessions that work for one backup. */
export interface OwnSessions {
  /** Process ids of pg_dump and of further readers; that of the guest session need not be among them. */
  readonly pids: ReadonlySet<number>;
  /** What a table is called. */
  nameOf(oid: string): string | undefined;
}

export interface Watch {
  /** Returns when the session is free for something else. */
  stop(): Promise<void>;
}

/** How often to look, in milliseconds; and at most for a twentieth of the time, however long the server's list of locks is. */
const MOST_MS = 1_000;
const LEAST_MS = 50;
const SHARE = 20;

/** Ends the backup with an error, after the work that comes first. */
export type GiveWay = (error: HoldfastError, first?: () => Promise<void>) => Promise<void>;

/**
 * @param giveWayMs how long somebody may wait
 * @param giveWay called with GAVE_WAY when somebody has, or with why nobody can be looked for any more
 */
export function watchWaiters(session: GuestSession, own: OwnSessions, giveWayMs: number, giveWay: GiveWay): Watch {
  const stopped = new AbortController();
  // The server ends our sessions itself: a program that was killed may not have told it, as when the network is stuck.
  const release = async () => {
    for (const pid of own.pids) await session.terminate(pid);
  };
  const watching = watch(session, own, { giveWayMs, signal: stopped.signal }).catch((error: unknown) =>
    stopped.signal.aborted ? undefined : giveWay(asCoded(error), release),
  );
  return {
    stop: async () => {
      stopped.abort();
      await watching;
    },
  };
}

async function watch(
  session: GuestSession,
  own: OwnSessions,
  { giveWayMs, signal }: { giveWayMs: number; signal: AbortSignal },
): Promise<never> {
  const interval = Math.min(MOST_MS, Math.max(LEAST_MS, giveWayMs / 10));
  /** When each was first seen waiting, by process id. */
  let since = new Map<number, number>();
  for (let took = 0; ;) {
    await sleep(Math.max(interval, SHARE * took), signal);
    const now = performance.now();
    const waiters = await session.waiters([...own.pids]);
    took = performance.now() - now;
    if (!waiters) continue;
    since = new Map(waiters.map(({ pid }) => [pid, since.get(pid) ?? now]));
    const longest = waiters.find(({ pid }) => now - (since.get(pid) ?? now) >= giveWayMs);
    if (longest) throw gaveWay(longest, own, giveWayMs);
  }
}

function gaveWay(
  { pid, relation }: { pid: number; relation: string | null },
  own: OwnSessions,
  giveWayMs: number,
): HoldfastError {
  const name = relation === null ? undefined : own.nameOf(relation);
  return new HoldfastError(
    'GAVE_WAY',
    `The backup was ended: a session of the source (pid ${pid}) has waited for it${name ? `, for ${name},` : ''} as long as --give-way allows, ${formatLimit(giveWayMs)}.`,
  );
}

function asCoded(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  return new HoldfastError(
    'QUERY_FAILED',
    `Looking for sessions that wait for the backup failed: ${messageOf(error)}.`,
    {
      cause: error,
    },
  );
}

/**
 * Does the work with a signal that is aborted as well when the backup is to give way.
 *
 * @throws the error that it gave way with, whatever the work ended with because of that
 */
export async function withGivingWay<T>(
  signal: AbortSignal,
  work: (signal: AbortSignal, giveWay: GiveWay) => Promise<T>,
): Promise<T> {
  const giving = new AbortController();
  const either = anySignal(signal, giving.signal);
  let reason: HoldfastError | undefined;
  const giveWay: GiveWay = async (error, first) => {
    reason = error;
    await first?.().catch(() => {});
    giving.abort(error);
  };
  try {
    return await work(either, giveWay);
  } catch (error) {
    throw signal.aborted ? error : (reason ?? error);
  }
}
