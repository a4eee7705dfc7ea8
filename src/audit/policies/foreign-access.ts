/** Who outside of an account has access through a resource policy. */
import { accountsOf, pinnedTo } from './conditions.js';
import { accountOf, capitalize, describeActions, isEveryone, nameOf } from './match.js';
import type { ParsedPolicy, PolicyPrincipal, PolicyStatement } from './parse-policy.js';

export interface Trusted {
  /** The account of the resource. */
  readonly account: string;
  /** Other accounts that the config declares. */
  readonly others: readonly string[];
}

/**
 * One sentence for each principal of another account that the policy allows something. AWS's services are not asked
 * for: they act for an account that the service itself holds to.
 */
export function* foreignAccess(policy: ParsedPolicy, trusted: Trusted): Iterable<string> {
  for (const statement of policy.statements) {
    if (statement.effect !== 'Allow') continue;
    const where = capitalize(nameOf(statement));
    if (statement.notPrincipals.length > 0) yield `${where} allows everyone else by NotPrincipal.`;
    for (const principal of statement.principals.filter(({ type }) => type !== 'Service')) {
      yield* strangers(statement, principal, trusted, where);
    }
  }
}

function* strangers(
  statement: PolicyStatement,
  principal: PolicyPrincipal,
  trusted: Trusted,
  where: string,
): Iterable<string> {
  const account = accountOf(principal);
  const accounts = isEveryone(principal) ? accountsOf(statement) : account === undefined ? undefined : [account];
  for (const one of accounts ?? []) {
    if (one === trusted.account || trusted.others.includes(one)) continue;
    yield `${where} allows account ${one}, which the config does not name.`;
  }
  if (accounts) return;
  if (!isEveryone(principal)) {
    // The id of a deleted principal gives no one access.
    if (principal.type !== 'AWS') yield `${where} allows ${principal.value}, whose account cannot be determined.`;
    return;
  }
  const organizations = pinnedTo(statement, 'aws:PrincipalOrgID');
  yield organizations
    ? `${where} allows every account of the organization ${organizations.join(', ')}.`
    : `${where} allows everyone ${describeActions(statement)}.`;
}
