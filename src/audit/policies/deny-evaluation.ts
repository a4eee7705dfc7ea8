/**
 * Whether a resource policy's Deny statements refuse requests of a kind, all of them. Only Denies for everyone count, and
 * only the condition operators that such statements use; what is not known is an error, so that no Deny is taken for one
 * that it is not.
 */
import { UnknownReading } from '../model/reading.js';
import { conditionsOf, holds, type RequestContext } from './condition-evaluation.js';
import { coversAction, coversEvery, isEveryone, nameOf } from './match.js';
import type { ParsedPolicy } from './parse-policy.js';

export interface Request {
  readonly action: string;
  /** An ARN, or a pattern of all the ARNs that are asked for. */
  readonly resource: string;
  readonly context: RequestContext;
}

/**
 * @returns the Deny that refuses all such requests, in words; `undefined` where none does
 * @throws UnknownReading where none is known to, and one has a condition that cannot be decided here
 */
export function refusedBy(policy: ParsedPolicy | undefined, request: Request): string | undefined {
  let undecided: string | undefined;
  for (const statement of policy?.statements ?? []) {
    if (statement.effect !== 'Deny' || !statement.principals.some(isEveryone)) continue;
    if (!coversAction(statement, request.action) || !coversEvery(statement, request.resource)) continue;
    const verdicts = conditionsOf(statement).map((condition) => holds(condition, request.context));
    // What depends on an open key holds for some requests only: a Deny for all but one role lets that role through.
    if (verdicts.includes(false) || verdicts.includes('open')) continue;
    if (!verdicts.includes('undecided')) return nameOf(statement);
    undecided ??= `Whether ${nameOf(statement)} denies ${request.action} depends on conditions that cannot be evaluated here.`;
  }
  if (undecided !== undefined) throw new UnknownReading({ reason: undecided });
  return undefined;
}
