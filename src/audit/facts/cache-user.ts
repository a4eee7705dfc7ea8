/** Users of caches, from what either source says of them. */
import type { CacheUserFact } from './model.js';

/** The user that ElastiCache creates in each account: it can do everything and needs no password. */
export const BUILT_IN_USER: CacheUserFact = { name: 'default', enabled: true, withoutPassword: true };

/** Whether anyone can sign in as a user of this access string: `on ~* +@all`. The last one counts, as in Redis. */
export function isEnabled(accessString: string): boolean {
  const switches = accessString.toLowerCase().match(/(?<!\S)(?:on|off)(?!\S)/g) ?? [];
  return switches.at(-1) !== 'off';
}
