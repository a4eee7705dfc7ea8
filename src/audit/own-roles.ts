/** Roles that the account can change. */
import type { RoleFact } from './facts/model.js';

/** Service-linked roles are AWS's own: neither their policies nor their trust can be edited. */
export function isOwnRole({ id }: RoleFact): boolean {
  return !/:role\/aws-service-role\//.test(id);
}
