/** Who else has the policies of a role. */
import type { PolicyHolders, RoleFact } from './model.js';

export interface Holding {
  readonly holder: Pick<RoleFact, 'kind' | 'name'>;
  /** `key` is the same for one policy wherever it is attached. */
  readonly policies: readonly { readonly key: string; readonly name: string }[];
}

/** What a report calls somebody who has a policy. */
export function holderName({ kind, name }: Holding['holder']): string {
  return kind === 'role' ? name : `the ${kind} ${name}`;
}

/** From all who have policies, what tells of one of them who shares which. */
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
