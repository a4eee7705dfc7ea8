/** What the vault shows of the config's databases, as facts for the audit. */
import type { BackupFact } from '../../audit/facts/model.js';
import { known, unknown, type Reading } from '../../audit/reading.js';
import type { DatabaseStatus } from '../../backup/status/database-status.js';
import { readStatus } from '../../backup/status/read-status.js';
import type { HoldfastConfig } from '../../config/index.js';
import { HoldfastError } from '../../core/errors.js';
import { openSessionVault } from '../inputs/open-context.js';
import type { Session } from '../session.js';
import { expectationsOf } from '../status/expectations.js';

/** Unknown where there is no vault to read, or it cannot be read: the controls on backups are then not evaluated. */
export async function readBackups(
  session: Session,
  config: HoldfastConfig | undefined,
): Promise<Reading<readonly BackupFact[]>> {
  if (config?.vault === undefined && session.options.vault === undefined) {
    return unknown('Neither --vault nor a config names the vault.');
  }
  try {
    const store = await openSessionVault(session);
    const { signal, clock } = session;
    const status = await readStatus({ ...expectationsOf(config, {}), names: [] }, { store, signal, clock });
    if (status.unreadable !== undefined) return unknown(status.unreadable);
    return known(status.databases.map((database) => backupFact(database, store.url)));
  } catch (error) {
    if (error instanceof HoldfastError && error.code !== 'INTERRUPTED') return unknown(error.message);
    throw error;
  }
}

/** A database whose objects could not all be read has no newest backup that we could swear to. */
function backupFact(status: DatabaseStatus, vault: string): BackupFact {
  const { database, lastBackup, lastProof, objectives, unreadable, drops } = status;
  const [reason] = unreadable;
  const read = <T>(value: T): Reading<T> => (reason === undefined ? known(value) : unknown(reason));
  return {
    id: `${vault}#${database}`,
    name: database,
    tags: known({}),
    optOuts: [],
    newest: read(lastBackup && { key: lastBackup.key, takenAt: lastBackup.takenAt }),
    newestProof: read(lastProof && { verifiedAt: lastProof.verifiedAt, verdict: lastProof.verdict }),
    volumeWarnings: read(drops),
    // Nothing is asked of a database without an objective.
    backupObjectiveMs: objectives.backupAgeMs ?? Infinity,
    proofObjectiveMs: objectives.proofAgeMs ?? Infinity,
  };
}
