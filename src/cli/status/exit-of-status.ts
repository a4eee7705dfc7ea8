/** The exit status of what a vault says: 3 for a broken objective, 4 where something could not be read, or nothing is there. */
import type { VaultStatus } from '../../backup/status/read-status.js';
import { EXIT_BAD_VERDICT, EXIT_DONE, EXIT_INCOMPLETE, worstExitCode } from '../exit-code.js';

export function exitOfStatus({ databases, unreadable }: VaultStatus): number {
  const states = new Set(databases.map(({ state }) => state));
  const hasUnreadable = unreadable !== undefined || databases.some((database) => database.unreadable.length > 0);
  return worstExitCode([
    states.has('broken') ? EXIT_BAD_VERDICT : EXIT_DONE,
    // A vault without any database, and no config that names one: most likely the wrong vault.
    hasUnreadable || databases.length === 0 ? EXIT_INCOMPLETE : EXIT_DONE,
  ]);
}
