/** Policies of a deployed account, changed by a statement. */

interface Policy {
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

export function withStatement(policy: string, statement: object): string {
  const document = JSON.parse(policy) as Policy;
  return JSON.stringify({ ...document, Statement: [...document.Statement, statement] });
}

export function withoutStatements(
  policy: string,
  are: (statement: Readonly<Record<string, unknown>>) => boolean,
): string {
  const document = JSON.parse(policy) as Policy;
  return JSON.stringify({ ...document, Statement: document.Statement.filter((one) => !are(one)) });
}

/** A policy of one statement. */
export function policyOf(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
}

/** An account that the config does not know. */
export const STRANGER = '777788889999';
