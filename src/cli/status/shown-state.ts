import type { DatabaseStatus } from '../../backup/status/database-status.js';

export const NO_OBJECTIVE = 'no objective';

/** The state in words: nothing is wrong with a database of which nothing is asked, and it is not held to anything. */
export function shownState({ state, objectives }: Pick<DatabaseStatus, 'state' | 'objectives'>): string {
  const judged = objectives.backupAgeMs !== undefined || objectives.proofAgeMs !== undefined;
  return state === 'ok' && !judged ? NO_OBJECTIVE : state;
}
