import type { BackupContext } from '../context.js';
import { streamExpectedEntries } from '../expected-entries.js';
import type { StoredBackup } from '../stored-backup.js';
import { nameSelection } from '../stored/selections.js';
import type { Volume } from './compare-volume.js';
import { VolumeTally } from './tally.js';

/**
 * What a stored backup holds, from its manifest and its entries.
 *
 * @throws HoldfastError OBJECT_CORRUPT, OBJECT_MISSING, VAULT_UNREADABLE; the signal's error
 */
export async function readVolume(
  stored: StoredBackup,
  context: Pick<BackupContext, 'store' | 'signal'>,
): Promise<Volume> {
  const tables = new VolumeTally();
  for await (const entry of streamExpectedEntries(stored, context)) tables.add(entry);
  return { totals: stored.manifest.totals, tables };
}

/** Why two backups cannot be compared, if they cannot: their dumps did not select the same things. */
export function selectionProblem(
  before: StoredBackup['manifest']['selection'],
  after: StoredBackup['manifest']['selection'],
): string | undefined {
  if (nameSelection(before) === nameSelection(after)) return undefined;
  return 'The previous backup has a different choice of schemas or of tables without rows.';
}
