/** Who outside of an account is let in by a resource policy. */
import { isPinned, pinnedTo } from './conditions.js';
import { accountOf, isEveryone, nameOf } from './match.js';
import type { PolicyDocument, PolicyStatement } from './policy-document.js';

export interface Trusted {
  /** The account of the resource; where it is not known, the accounts of principals cannot be judged. */
  readonly account: string;
  /** Other accounts that the config declares. */
  readonly others: readonly string[];
}

/** One sentence for each principal of another account that the policy allows something. */
export function* foreignAccess(policy: PolicyDocument, trusted: Trusted): Iterable<string> {
  for (const statement of policy.statements) {
    if (statement.effect !== 'Allow') continue;
    const where = nameOf(statement);
    if (statement.notPrincipals.length > 0) yield `In ${where}, NotPrincipal allows everybody else.`;
    for (const principal of statement.principals) {
      if (isEveryone(principal)) {
        const accounts = pinnedAccounts(statement);
        if (accounts === undefined) yield `In ${where}, everybody is allowed ${statement.actions.join(', ')}.`;
        else yield* strangers(accounts, trusted, where);
      } else if (principal.type === 'CanonicalUser') {
        yield `In ${where}, a canonical user is allowed, whose account cannot be told.`;
      } else {
        const account = accountOf(principal);
        if (account !== undefined) yield* strangers([account], trusted, where);
      }
    }
  }
}

function* strangers(accounts: readonly string[], trusted: Trusted, where: string): Iterable<string> {
  for (const account of accounts) {
    if (account === trusted.account || trusted.others.includes(account)) continue;
    yield `In ${where}, account ${account} is allowed, which the config does not name.`;
  }
}

/** The accounts to which a statement for everybody is narrowed by its conditions. */
function pinnedAccounts(statement: PolicyStatement): readonly string[] | undefined {
  const accounts =
    pinnedTo(statement, 'aws:PrincipalAccount') ??
    pinnedTo(statement, 'aws:SourceAccount') ??
    pinnedTo(statement, 'kms:CallerAccount') ??
    pinnedTo(statement, 'aws:SourceOwner');
  if (accounts) return accounts;
  const arns = pinnedTo(statement, 'aws:PrincipalArn') ?? pinnedTo(statement, 'aws:SourceArn');
  // The ARN of a bucket names no account: it is unique by itself.
  if (arns) return arns.map((arn) => arn.split(':')[4] ?? '').filter((account) => account !== '');
  return isPinned(statement, ['aws:PrincipalOrgID']) ? [] : undefined;
}
