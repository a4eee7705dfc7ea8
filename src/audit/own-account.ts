/** The account of a resource, against which other accounts are foreign. */
import type { ControlContext } from './control.js';
import type { ResourceFact } from './facts/model.js';
import { UnknownReading } from './reading.js';

/** @throws UnknownReading where it is not known: every principal would look foreign */
export function ownAccount(resource: ResourceFact, { facts }: ControlContext): string {
  const account = resource.account ?? facts.account;
  if (account === undefined) throw new UnknownReading({ reason: 'It is not known which account it belongs to.' });
  return account;
}
