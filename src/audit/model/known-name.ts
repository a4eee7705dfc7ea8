/** Whether something is about a resource by its name, which a template may leave open. */
import { patternsMeet } from '../../syntax/patterns-meet.js';
import type { ResourceFact } from './facts.js';
import { UnknownReading } from './reading.js';

/**
 * @param names with stars for any characters
 * @throws UnknownReading where its name is open and may be one of them
 */
export function isNamed({ name, openName }: ResourceFact, names: readonly string[]): boolean {
  if (!openName) return names.some((one) => patternsMeet(one, name));
  if (!names.some((one) => patternsMeet(one, openName.pattern))) return false;
  const { pattern: _pattern, ...unknown } = openName;
  throw new UnknownReading(unknown);
}
