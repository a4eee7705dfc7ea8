/**
 * Whether a resource policy's Deny statements refuse a request. Only Denies for everybody count, and only the condition
 * operators that such statements use; what is not known is an error, so that no Deny is taken for one that it is not.
 */
import { UnknownReading } from '../reading.js';
import { coversAction, coversResource, isEveryone, matchesPattern, nameOf } from './match.js';
import type { PolicyDocument, PolicyStatement } from './policy-document.js';

export interface Request {
  readonly action: string;
  readonly resource: string;
  /** Condition keys in lower case; a key that is not there is absent from the request. */
  readonly context: Readonly<Record<string, string>>;
}

/**
 * @returns the Deny that refuses the request, in words; `undefined` where none does
 * @throws UnknownReading on a condition that is not known here
 */
export function refusedBy(policy: PolicyDocument | undefined, request: Request): string | undefined {
  const statement = policy?.statements.find(
    (one) =>
      one.effect === 'Deny' &&
      one.principals.some(isEveryone) &&
      coversAction(one, request.action) &&
      coversResource(one, request.resource) &&
      conditionsHold(one, request),
  );
  return statement && nameOf(statement);
}

function conditionsHold(statement: PolicyStatement, request: Request): boolean {
  return Object.entries(statement.conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => holds(operator, values, request.context[key])),
  );
}

/** As AWS evaluates them: a negated operator holds where the key is absent. */
function holds(operator: string, values: readonly string[], actual: string | undefined): boolean {
  if (operator === 'Null') return values.includes(String(actual === undefined));
  const ifExists = operator.endsWith('IfExists');
  const base = operator.replace(/IfExists$/, '');
  const negated = /^(String|Arn)Not/.test(base);
  if (actual === undefined) return ifExists || negated;
  const compare = COMPARISONS[base.replace(/^(String|Arn)Not/, '$1')];
  if (!compare) throw new UnknownReading({ reason: `The condition operator ${operator} is not evaluated here.` });
  return values.some((value) => compare(value, actual)) !== negated;
}

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
