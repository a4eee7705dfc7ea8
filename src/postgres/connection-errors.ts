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
  if (error instanceof HoldfastError) return true;
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
  const text = `Connecting to ${describeTarget(target)}: ${/[.!?]$/.test(told) ? told : `${told}.`}`;
  const hint = isFull(error) ? FULL_HINT : undefined;
  return { error: new HoldfastError(codeOf(error), text, { cause: error, hint }), reason };
}

function codeOf(error: unknown): ErrorCode {
  const code = error instanceof pg.DatabaseError ? error.code : undefined;
  if (code === PASSWORD_WRONG || code === AUTHORIZATION_INVALID) return 'AUTHENTICATION_FAILED';
  return code === DATABASE_MISSING ? 'DATABASE_MISSING' : 'CONNECT_FAILED';
}

/** The individual failures of a host name with several addresses, whose combined error has no message. */
function causes(error: unknown): readonly unknown[] {
  return error instanceof AggregateError && error.errors.length > 0 ? (error.errors as unknown[]) : [error];
}
