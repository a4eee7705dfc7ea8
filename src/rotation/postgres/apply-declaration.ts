/** Creates a user as declared, or adds to an existing one what is missing. */
import { HoldfastError } from '../../core/errors.js';
import { requireOwnEventTriggers } from '../../postgres/event-triggers.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import type { AdministratorWork } from './administrator.js';
import { declaredCreators, declaredStatements, type DeclaredRole } from './declared-role.js';

/** @throws HoldfastError SESSION_UNSAFE, ROTATION_DENIED naming what had no effect, ROTATION_FAILED */
export async function applyDeclaration(
  work: AdministratorWork,
  user: string,
  declared: DeclaredRole,
  options: { readonly create?: boolean } = {},
): Promise<void> {
  if (declared.grants.length > 0) await requireOwnEventTriggers(work.client, `Granting "${user}" what is declared`);
  if (options.create) await work.run(`creating the user "${user}"`, [`CREATE ROLE ${quoteIdentifier(user)} LOGIN`]);
  for (const creator of declaredCreators(declared)) await work.borrow(creator);
  await work.run(`granting "${user}" what is declared`, declaredStatements(user, declared, work.facts.database));
  // The server grants what it can and merely warns of the rest.
  const problem = work.warnings[0];
  if (problem === undefined) return;
  throw new HoldfastError(
    'ROTATION_DENIED',
    `As "${work.facts.user}", granting "${user}" what is declared had no effect: ${problem}.`,
    {
      hint: `Give "${work.facts.user}" the rights of those who own the objects: GRANT owner TO ${quoteIdentifier(work.facts.user)}.`,
    },
  );
}
