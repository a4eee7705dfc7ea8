/** Gives users what is declared, as far as it is missing. */
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { requireOwnEventTriggers } from '../../postgres/event-triggers.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import type { AdministratorWork } from './administrator.js';
import { declaredCreators, grantsOf, sessionSettingsOf, type DeclaredRole } from './declared-role.js';

/**
 * Grants: of a pair, to the one that both act as.
 *
 * @throws HoldfastError SESSION_UNSAFE, ROTATION_DENIED naming what had no effect, ROTATION_FAILED
 */
export async function applyDeclaration(work: AdministratorWork, user: string, declared: DeclaredRole): Promise<void> {
  const doing = `granting ${quoted(user)} what is declared`;
  if (declared.grants.length > 0) {
    await requireOwnEventTriggers(work.client, `Granting ${quoted(user)} what is declared`);
  }
  for (const creator of declaredCreators(declared)) await work.borrow(creator);
  await work.run(doing, grantsOf(user, declared, work.facts.database));
  // The server grants what it can and merely warns of the rest.
  const problem = work.warnings[0];
  if (problem === undefined) return;
  throw new HoldfastError('ROTATION_DENIED', `As ${quoted(work.facts.user)}, ${doing} had no effect: ${problem}.`, {
    hint: `Give ${quoted(work.facts.user)} the rights of those who own the objects: GRANT owner TO ${quoteIdentifier(work.facts.user)}.`,
  });
}

/** Settings and the connection limit: of the user that signs in. */
export async function applySessionDeclaration(
  work: AdministratorWork,
  user: string,
  declared: DeclaredRole,
): Promise<void> {
  await work.run(`giving ${quoted(user)} the settings that are declared`, sessionSettingsOf(user, declared));
}
