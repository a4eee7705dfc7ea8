/** Who else holds the policies of a role. */
import type { PolicyHolders, RoleFact } from './model.js';

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
