/** What one policy says of one request: who asks is known, and which headers it carries. */
import { conditionsOf, holds } from './condition-evaluation.js';
import type { Request } from './deny-evaluation.js';
import { accountOf, coversAction, coversEvery, isEveryone, nameOf } from './match.js';
import type { ParsedPolicy, PolicyPrincipal, PolicyStatement } from './parse-policy.js';
import { parseArn } from '../../syntax/arn.js';

/** A request whose principal is a role. */
export interface RoleRequest extends Request {
  /** ARN of the role. */
  readonly roleArn: string;
}

export type Decision =
  | { readonly verdict: 'allowed' }
  /** No statement allows it. */
  | { readonly verdict: 'not-allowed' }
  | {
      readonly verdict: 'denied' | 'undecided';
      /** In words: the statement that denies, or that is not decided here. */ readonly by: string;
    };

/**
 * @param policy of a resource, or of the role itself: a statement without principals is about whoever has the policy
 * @returns `undecided` where a statement decides that depends on what is not known here; an explicit Deny goes first
 */
export function decide(policy: ParsedPolicy, request: RoleRequest): Decision {
  const found: Record<PolicyStatement['effect'], { sure?: string; unsure?: string }> = { Allow: {}, Deny: {} };
  for (const statement of policy.statements) {
    if (!coversAction(statement, request.action) || !coversEvery(statement, request.resource)) continue;
    const verdicts = [
      isAbout(statement, request.roleArn),
      ...conditionsOf(statement).map((one) => holds(one, request.context)),
    ];
    if (verdicts.includes(false)) continue;
    const isSure = verdicts.every((verdict) => verdict === true);
    found[statement.effect][isSure ? 'sure' : 'unsure'] ??= nameOf(statement);
  }
  if (found.Deny.sure !== undefined) return { verdict: 'denied', by: found.Deny.sure };
  if (found.Deny.unsure !== undefined) return { verdict: 'undecided', by: found.Deny.unsure };
  if (found.Allow.sure !== undefined) return { verdict: 'allowed' };
  if (found.Allow.unsure !== undefined) return { verdict: 'undecided', by: found.Allow.unsure };
  return { verdict: 'not-allowed' };
}

function isAbout({ principals, notPrincipals }: PolicyStatement, roleArn: string): boolean | 'undecided' {
  if (notPrincipals.length > 0) return 'undecided';
  return principals.length === 0 || principals.some((principal) => covers(principal, roleArn));
}

/** An account stands for all its roles, as far as their own policies allow it. */
function covers(principal: PolicyPrincipal, roleArn: string): boolean {
  if (isEveryone(principal) || principal.value === roleArn) return true;
  const isAccount = !principal.value.includes('/');
  return isAccount && accountOf(principal) !== undefined && accountOf(principal) === parseArn(roleArn)?.account;
}
