/** Who outside of an account has access through a resource policy. */
import { accountsOf, accountsOfService, comesFromOwnNetwork, pinnedTo } from './conditions.js';
import { accountOf, capitalize, describeActions, isEveryone, nameOf } from './match.js';
import type { ParsedPolicy, PolicyPrincipal, PolicyStatement } from './parse-policy.js';

export interface Trusted {
  /** The account of the resource. */
  readonly account: string;
  /** Other accounts that the config declares. */
  readonly others: readonly string[];
}

/**
 * One sentence for each principal of another account that the policy allows something, and for each service that can be
 * made to act for another account. What can come only through the owner's own network is nobody else's.
 */
export function* foreignAccess(policy: ParsedPolicy, trusted: Trusted): Iterable<string> {
  for (const statement of policy.statements) {
    if (statement.effect !== 'Allow') continue;
    const where = capitalize(nameOf(statement));
    if (statement.notPrincipals.length > 0) yield `${where} allows everyone else by NotPrincipal.`;
    for (const principal of statement.principals) {
      if (principal.type === 'Service') yield* deputies(statement, principal, where);
      else yield* strangers(statement, principal, trusted, where);
    }
  }
}

/** A service acts for whom it is told to: the source says for whom. */
function* deputies(statement: PolicyStatement, { value }: PolicyPrincipal, where: string): Iterable<string> {
  if (WITHOUT_SOURCE.has(value) || accountsOfService(statement) || pinnedTo(statement, 'aws:SourceOrgID')) return;
  yield `${where} lets the service ${value} act on behalf of any account.`;
}

/** These send no source. */
const WITHOUT_SOURCE: ReadonlySet<string> = new Set([
  'logdelivery.elasticloadbalancing.amazonaws.com',
  'logdelivery.elb.amazonaws.com',
]);

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
  if (comesFromOwnNetwork(statement)) return;
  const organizations = pinnedTo(statement, 'aws:PrincipalOrgID');
  yield organizations
    ? `${where} allows every account of the organization ${organizations.join(', ')}.`
    : `${where} allows everyone ${describeActions(statement)}.`;
}
