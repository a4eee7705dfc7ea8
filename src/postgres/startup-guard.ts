/**
 * What a session starts with, before its first statement: a role or a database can have a timeout of 1 ms, which would
 * end that statement, another role that the session is to act as, and since PostgreSQL 17 an event trigger that runs at
 * login.
 *
 * Only the `options` of the startup packet come before all of these. Which of them a server accepts is not known before it has
 * let us in, and it refuses the session for one that it does not accept. So we ask for the most first, then for what
 * the refusal leaves. A superuser is always let in with the most: `event_triggers` needs one, and exists wherever login
 * triggers do.
 */
import pg from 'pg';
import { sessionOptions } from './session-options.js';

/** Determined by the first session; further sessions to the same server, and child processes, start from there. */
export interface StartupGuard {
  level: Level | undefined;
}

type Level = 'superuser-17' | '17' | '14' | 'any' | 'none';

const ALWAYS = [
  ['statement_timeout', '0'],
  ['lock_timeout', '0'],
  ['idle_in_transaction_session_timeout', '0'],
] as const;
const SINCE_14 = [...ALWAYS, ['idle_session_timeout', '0']] as const;
const SINCE_17 = [...SINCE_14, ['transaction_timeout', '0']] as const;

const OPTIONS: Readonly<Record<Level, string>> = {
  // The first setting decides which refusal comes.
  'superuser-17': sessionOptions([['event_triggers', 'off'], ...SINCE_17]),
  '17': sessionOptions(SINCE_17),
  '14': sessionOptions(SINCE_14),
  any: sessionOptions(ALWAYS),
  none: '',
};

/** What to try next after a refusal with this SQLSTATE. */
const NEXT: Readonly<Record<Level, Readonly<Record<string, Level>>>> = {
  // undefined_object: before 17. insufficient_privilege: not a superuser. The rest: poolers, which accept no options.
  'superuser-17': { '42704': '14', '42501': '17', '08P01': 'none', '0A000': 'none' },
  '17': {},
  '14': { '42704': 'any' },
  any: {},
  none: {},
};

/**
 * Connects with the most that the server accepts.
 *
 * @param own `options` of the URL; ours come after them and win
 * @param connect starts a session with these options
 * @throws what `connect` throws
 */
export async function connectGuarded(
  guard: StartupGuard,
  own: string | undefined,
  connect: (options: string | undefined) => Promise<pg.Client>,
): Promise<pg.Client> {
  for (let level = guard.level ?? 'superuser-17'; ;) {
    try {
      const client = await connect(startupOptions({ level }, own));
      guard.level = level;
      return client;
    } catch (error) {
      const next: Level | undefined = error instanceof pg.DatabaseError ? NEXT[level][error.code ?? ''] : undefined;
      if (next === undefined) throw error;
      level = next;
    }
  }
}

/**
 * ALTER DATABASE … SET role would make us act as another. It comes before the user's own options, who may want to act as
 * a role, and say so there.
 */
const AS_OURSELVES = sessionOptions([['role', 'none']]);

/** The value of `options`, also for programs that connect by themselves; `undefined` for none. */
export function startupOptions({ level = 'none' }: StartupGuard, own: string | undefined): string | undefined {
  const guard = level === 'none' ? [own] : [AS_OURSELVES, own, OPTIONS[level]];
  return guard.filter(Boolean).join(' ') || undefined;
}

/** Whether the user's own options say which role a session acts as: `-c role=x`, `-crole=x`, `--role=x`. */
export function choosesRole(own: string | undefined): boolean {
  return /(?:^|\s)(?:-c\s*|--)role=/i.test(own ?? '');
}
