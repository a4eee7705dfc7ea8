/** What belongs to the account itself: other account numbers are foreign, and it can change its own roles. */
import type { ControlContext } from './control.js';
import type { ResourceFact } from './facts.js';
import { UnknownReading } from './reading.js';

/** @throws UnknownReading where it is not known: every principal would look foreign */
export function ownAccount(resource: ResourceFact, { facts }: ControlContext): string {
  const account = resource.account ?? facts.account;
  if (account === undefined) throw new UnknownReading({ reason: 'It is not known which account it belongs to.' });
  return account;
}

/** Service-linked roles are AWS's own: neither their policies nor their trust can be edited. */
export function isOwnRole({ id }: ResourceFact): boolean {
  return !/:role\/aws-service-role\//.test(id);
}
