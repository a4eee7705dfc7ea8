/** What a statement's conditions pin down. */
import type { PolicyStatement } from './policy-document.js';

/** Operators that hold only where the key is there and equals one of the values. */
const PINNING = /^(?:ForA(?:ny|ll)Values:)?(?:StringEquals(?:IgnoreCase)?|StringLike|ArnEquals|ArnLike)$/;

/** The values to which a key is pinned; `undefined` where nothing pins it. A lone wildcard pins nothing. */
export function pinnedTo(statement: PolicyStatement, key: string): readonly string[] | undefined {
  for (const [operator, keys] of Object.entries(statement.conditions)) {
    // ForAllValues holds where the key is absent, too.
    if (!PINNING.test(operator) || operator.startsWith('ForAllValues:')) continue;
    const values = keys[key.toLowerCase()];
    if (values && !values.includes('*')) return values;
  }
  return undefined;
}

/** Whether any of the keys is pinned. */
export function isPinned(statement: PolicyStatement, keys: readonly string[]): boolean {
  return keys.some((key) => pinnedTo(statement, key) !== undefined);
}

export function isBool(statement: PolicyStatement, key: string, value: boolean): boolean {
  return ['Bool', 'BoolIfExists'].some((operator) =>
    statement.conditions[operator]?.[key.toLowerCase()]?.includes(String(value)),
  );
}
