/** Users of caches, from what either source says of them. */
import type { CacheUserFact } from './model.js';

/** The user that ElastiCache makes in each account: it may everything, and nobody asks it for a password. */
export const BUILT_IN_USER: CacheUserFact = { name: 'default', enabled: true, withoutPassword: true };

/** Whether somebody can sign in as a user of this access string: `on ~* +@all`. The last word counts, as in Redis. */
export function isEnabled(accessString: string): boolean {
  const switches = accessString.toLowerCase().match(/(?<!\S)(?:on|off)(?!\S)/g) ?? [];
  return switches.at(-1) !== 'off';
}
