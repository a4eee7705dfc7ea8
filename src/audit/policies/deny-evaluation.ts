/**
 * Whether a resource policy's Deny statements refuse requests of a kind, all of them. Only Denies for everyone count, and
 * only the condition operators that such statements use; what is not known is an error, so that no Deny is taken for one
 * that it is not.
 */
import { UnknownReading } from '../model/reading.js';
import { coversAction, coversEvery, isEveryone, matchesPattern, nameOf } from './match.js';
import type { ParsedPolicy, PolicyStatement } from './parse-policy.js';

export interface Request {
  readonly action: string;
  /** An ARN, or a pattern of all the ARNs that are asked for. */
  readonly resource: string;
  /**
   * Condition keys in lower case; `undefined` for one that the request does not carry. A key that is not there is left
   * open: the request may carry it with any value, or not at all.
   */
  readonly context: Readonly<Record<string, string | undefined>>;
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
    const verdicts = conditionsOf(statement).map((condition) => holds(condition, request));
    if (verdicts.includes(false)) continue;
    if (!verdicts.includes('undecided')) return nameOf(statement);
    undecided ??= `Whether ${nameOf(statement)} denies ${request.action} depends on conditions that cannot be evaluated here.`;
  }
  if (undecided !== undefined) throw new UnknownReading({ reason: undecided });
  return undefined;
}

interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

function conditionsOf(statement: PolicyStatement): Condition[] {
  return Object.entries(statement.conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key, values })),
  );
}

/**
 * As AWS evaluates them: a negated operator holds where the key is absent. What depends on a key that the request leaves
 * open holds for some requests only, so the others pass: a Deny for all but one role lets that role through.
 */
function holds({ operator, key, values }: Condition, request: Request): boolean | 'undecided' {
  if (!(key in request.context)) return false;
  const actual = request.context[key];
  if (operator === 'Null') return values.includes(String(actual === undefined));
  if (operator.includes(':')) return 'undecided';
  const base = operator.replace(/IfExists$/, '');
  const negated = base.includes('Not');
  if (actual === undefined) return negated || base !== operator;
  const compare = COMPARISONS[base.replace('Not', '')];
  if (!compare || values.some((value) => POLICY_VARIABLE.test(value))) return 'undecided';
  return values.some((value) => compare(value, actual)) !== negated;
}

/** `${aws:PrincipalAccount}`: filled in when a request is made. `${AWS::AccountId}` is a template's. */
const POLICY_VARIABLE = /\$\{[\w-]+:[\w/-]/;

const COMPARISONS: Readonly<Record<string, (pattern: string, actual: string) => boolean>> = {
  StringEquals: (value, actual) => value === actual,
  StringEqualsIgnoreCase: (value, actual) => value.toLowerCase() === actual.toLowerCase(),
  StringLike: matchesPattern,
  ArnEquals: matchesPattern,
  ArnLike: matchesPattern,
  Bool: (value, actual) => value.toLowerCase() === actual.toLowerCase(),
  NumericLessThan: (value, actual) => Number(actual) < Number(value),
  NumericLessThanEquals: (value, actual) => Number(actual) <= Number(value),
  NumericGreaterThan: (value, actual) => Number(actual) > Number(value),
  NumericGreaterThanEquals: (value, actual) => Number(actual) >= Number(value),
  NumericEquals: (value, actual) => Number(actual) === Number(value),
};
