/** Failures to connect, as coded errors with the server's own words. */
import pg from 'pg';
import { HoldfastError, messageOf, systemCodeOf, type ErrorCode } from '../core/errors.js';
import { FULL_HINT, isFull } from './full-server.js';
import { describeTarget, type ConnectionTarget } from '../syntax/libpq/connection-target.js';

/** Wrong password; refused by pg_hba.conf, or a role that does not exist or may not log in. */
const PASSWORD_WRONG = '28P01';
const AUTHORIZATION_INVALID = '28000';
const DATABASE_MISSING = '3D000';

const NOBODY_ANSWERS = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'ENOENT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EACCES',
]);

/** Whether no server was reached, so that TLS cannot be the reason. */
export function isUnreachable(error: unknown): boolean {
  const codes = causes(error).map(systemCodeOf);
  return codes.some((code) => code !== undefined && NOBODY_ANSWERS.has(code)) || messageOf(error) === 'timeout expired';
}

/**
 * Whether the server answered and refused: because of the password, or of anything that another host would refuse too.
 */
export function isAuthenticationFailure(error: unknown, kind: 'password' | 'any'): boolean {
  if (error instanceof HoldfastError || isOfLoginTrigger(error)) return true;
  const code = error instanceof pg.DatabaseError ? error.code : undefined;
  if (kind === 'password') return code === PASSWORD_WRONG || code === DATABASE_MISSING;
  return code === PASSWORD_WRONG || code === AUTHORIZATION_INVALID || code === DATABASE_MISSING;
}

/** The driver's message for a server that declined the request for TLS; there is no code for it. */
const NO_TLS = /^The server does not support SSL connections$/;

/** Whether an attempt showed only that the server does not support TLS: another attempt says more. */
export function isWithoutTls(error: unknown): boolean {
  return NO_TLS.test(messageOf(error));
}

/** MULE_INTERNAL: every session reads names in UTF-8. */
const NO_CONVERSION = /conversion between UTF8 and \w+ is not supported/;
const NO_CONVERSION_HINT =
  'PostgreSQL cannot write this encoding in UTF-8, in which Holdfast reads names. Back it up with pg_dump, or move it to a database in another encoding.';

/**
 * The coded error of a failed connection.
 *
 * @param reasons what each attempt ended with, when there were several
 */
export function connectionError(
  target: ConnectionTarget,
  error: unknown,
  reasons?: readonly string[],
): { readonly error: HoldfastError; readonly reason: string } {
  const reason = causes(error)
    .map((cause) => messageOf(cause).trim())
    .join('; ');
  if (error instanceof HoldfastError) return { error, reason };
  const told = (reasons ?? [reason]).join('; ');
  const trigger = isOfLoginTrigger(error) ? ` It comes from ${loginFunction(error)}, which a login runs.` : '';
  const text = `Connecting to ${describeTarget(target)}: ${/[.!?]$/.test(told) ? told : `${told}.`}${trigger}`;
  const hint = isFull(error) ? FULL_HINT : NO_CONVERSION.test(reason) ? NO_CONVERSION_HINT : undefined;
  return { error: new HoldfastError(codeOf(error), text, { cause: error, hint }), reason };
}

/**
 * Whether the server had let us in, and code that it runs at a login ended the session: only code has a context.
 */
function isOfLoginTrigger(error: unknown): error is pg.DatabaseError & { readonly where: string } {
  return error instanceof pg.DatabaseError && error.where !== undefined;
}

/** The outermost line of the context, which is the trigger's: `PL/pgSQL function public.note_login() line 1 at RAISE`. */
function loginFunction({ where }: { readonly where: string }): string {
  return where.split('\n').at(-1) ?? where;
}

function codeOf(error: unknown): ErrorCode {
  // A trigger chooses its SQLSTATE.
  if (isOfLoginTrigger(error)) return 'LOGIN_TRIGGER_FAILED';
  const code = error instanceof pg.DatabaseError ? error.code : undefined;
  if (code === PASSWORD_WRONG || code === AUTHORIZATION_INVALID) return 'AUTHENTICATION_FAILED';
  return code === DATABASE_MISSING ? 'DATABASE_MISSING' : 'CONNECT_FAILED';
}

/** The individual failures of a host name with several addresses, whose combined error has no message. */
function causes(error: unknown): readonly unknown[] {
  return error instanceof AggregateError && error.errors.length > 0 ? (error.errors as unknown[]) : [error];
}
