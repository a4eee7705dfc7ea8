/** Roles, users and groups with their policies, as both sources describe them, and who shares which. */
import type { ResourceFact } from '../model/facts.js';
import type { ListReading, Reading } from '../model/reading.js';
import type { ParsedPolicy } from '../policies/parse-policy.js';

declare module '../model/facts.js' {
  interface FactKinds {
    /** With users and groups. */
    readonly roles: RoleFact;
  }
}

export interface AttachedPolicy {
  readonly name: string;
  readonly document: ParsedPolicy;
}

/**
 * An IAM identity with policies: a role, or a user or group, which no one assumes; or a policy by itself, whose holders
 * are elsewhere.
 */
export interface RoleFact extends ResourceFact {
  readonly kind: 'role' | 'user' | 'group' | 'policy';
  /** Of users and groups, without a statement. */
  readonly trust: Reading<ParsedPolicy>;
  readonly policies: ListReading<AttachedPolicy>;
  /** Who has each of its policies, itself included: all in the account, whatever the audit is about. */
  readonly policyHolders: Reading<readonly PolicyHolders[]>;
}

/** What a policy is judged for by itself, whoever has it, or will have it. */
export const JUDGED_ALONE: readonly string[] = [
  'iam-no-star-star',
  'iam-no-unexplained-wildcard',
  'iam-no-privilege-escalation',
  'kms-no-decrypt-on-all',
];

export interface PolicyHolders {
  readonly policy: string;
  /** As `holderName` calls them. */
  readonly holders: readonly string[];
}

export interface Holding {
  readonly holder: Pick<RoleFact, 'kind' | 'name'>;
  /** `key` is the same for one policy wherever it is attached. */
  readonly policies: readonly { readonly key: string; readonly name: string }[];
}

/** What a report calls someone who has a policy. */
export function holderName({ kind, name }: Holding['holder']): string {
  return kind === 'role' ? name : `the ${kind} ${name}`;
}

/** From everyone who has policies, a function that tells who shares the policies of one of them. */
export function holdersOf(all: readonly Holding[]): (one: Holding) => PolicyHolders[] {
  const byKey = new Map<string, string[]>();
  for (const { holder, policies } of all) {
    for (const key of new Set(policies.map((policy) => policy.key))) {
      const holders = byKey.get(key);
      if (holders) holders.push(holderName(holder));
      else byKey.set(key, [holderName(holder)]);
    }
  }
  return ({ policies }) => policies.map(({ key, name }) => ({ policy: name, holders: byKey.get(key) ?? [] }));
}
