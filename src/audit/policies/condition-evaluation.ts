/** Whether a statement's conditions hold for a request, as far as the request and the operators are known here. */
import { matchesPattern } from './match.js';
import type { PolicyStatement } from './parse-policy.js';

/**
 * Condition keys in lower case; `undefined` for one that the request does not carry. A key that is not there is left
 * open: the request may carry it with any value, or not at all.
 */
export type RequestContext = Readonly<Record<string, string | undefined>>;

export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

export function conditionsOf(statement: PolicyStatement): Condition[] {
  return Object.entries(statement.conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key, values })),
  );
}

/**
 * As AWS evaluates them: a negated operator holds where the key is absent.
 *
 * @returns `open` for a key that the context leaves open, `undecided` for an operator or a value that is not known here
 */
export function holds({ operator, key, values }: Condition, context: RequestContext): boolean | 'open' | 'undecided' {
  if (!(key in context)) return 'open';
  const actual = context[key];
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
