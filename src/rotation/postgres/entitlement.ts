/** One thing that a role has, in a form that can be compared with what another role has, given and taken away. */
export interface Entitlement {
  /** Equal for two roles that have the same; reads well in a message. */
  readonly key: string;
  /** The statement that gives it to a role. */
  readonly grant: (role: string) => string;
  /** The statement that takes it away. */
  readonly revoke: (role: string) => string;
}

export interface EntitlementChange {
  readonly missing: readonly Entitlement[];
  readonly surplus: readonly Entitlement[];
}

/** What `source` has and `target` does not, and the other way around. */
export function compareEntitlements(source: readonly Entitlement[], target: readonly Entitlement[]): EntitlementChange {
  const wanted = new Set(source.map(({ key }) => key));
  const had = new Set(target.map(({ key }) => key));
  return {
    missing: source.filter(({ key }) => !had.has(key)),
    surplus: target.filter(({ key }) => !wanted.has(key)),
  };
}
