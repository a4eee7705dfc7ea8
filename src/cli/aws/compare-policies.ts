/**
 * Two policies, statement by statement. What AWS treats alike counts as equal: one value and a list of it, the order of
 * lists, upper and lower case in actions and condition keys, an account and its root, ids of statements.
 */
import { isDeepStrictEqual } from 'node:util';
import { isAccount, parseArn } from '../../syntax/arn.js';

/** As JSON gives it: of the live one, nothing is known. */
export type LiveStatement = Readonly<Record<string, unknown>>;

export interface PolicyComparison {
  readonly matched: number;
  /** Needed, and not in the live policy. */
  readonly missing: readonly LiveStatement[];
  /** In the live policy, and not needed. */
  readonly extra: readonly LiveStatement[];
}

export function comparePolicies(expected: readonly LiveStatement[], live: readonly LiveStatement[]): PolicyComparison {
  const left = live.map((statement) => ({ statement, form: normalStatement(statement) }));
  const missing = expected.filter((statement) => {
    const form = normalStatement(statement);
    const found = left.findIndex((other) => isDeepStrictEqual(other.form, form));
    if (found >= 0) left.splice(found, 1);
    return found < 0;
  });
  return { matched: expected.length - missing.length, missing, extra: left.map(({ statement }) => statement) };
}

/** The statements of a policy as AWS hands it out: one statement need not be in a list. */
export function statementsOf(policy: string): LiveStatement[] {
  const { Statement } = JSON.parse(policy) as { readonly Statement?: LiveStatement | readonly LiveStatement[] };
  return Array.isArray(Statement) ? [...(Statement as LiveStatement[])] : [Statement as LiveStatement].filter(Boolean);
}

function normalStatement({ Sid: _, ...statement }: LiveStatement): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(statement).map(([key, value]) => {
      if (key === 'Action' || key === 'NotAction')
        return [
          key,
          toStrings(value)
            .map((action) => action.toLowerCase())
            .sort(),
        ];
      if (key === 'Principal' || key === 'NotPrincipal') return [key, normalPrincipal(value)];
      if (key === 'Condition') return [key, normalCondition(value)];
      return [key, typeof value === 'string' && key === 'Effect' ? value : toStrings(value).sort()];
    }),
  );
}

/** `"*"` and `{"AWS": "*"}` are the same but for IAM's own entities; AWS hands out either as it was written. */
function normalPrincipal(value: unknown): unknown {
  if (value === '*') return { AWS: ['*'] };
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).map(([kind, names]) => [
      kind,
      toStrings(names).map(asRoot).sort(),
    ]),
  );
}

function asRoot(principal: string): string {
  const { service, resource, account = '' } = parseArn(principal) ?? {};
  return service === 'iam' && resource === 'root' && isAccount(account) ? account : principal;
}

function normalCondition(value: unknown): unknown {
  return Object.fromEntries(
    Object.entries(value as Record<string, Record<string, unknown>>)
      .map(([operator, keys]) => [
        operator.toLowerCase(),
        Object.fromEntries(Object.entries(keys).map(([key, values]) => [key.toLowerCase(), toStrings(values).sort()])),
      ])
      .sort(),
  );
}

/** Booleans and numbers may be written without quotes. */
function toStrings(value: unknown): string[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).map(String);
}
