/** What the vault shows of the config's databases, as facts for the audit. */
import type { BackupFact } from '../../audit/backup/facts.js';
import { backupFacts } from '../../audit/backup/vault-facts.js';
import { known, type Reading, unknown } from '../../audit/model/reading.js';
import { isHarmless } from '../../backup/stored/anomalies.js';
import { readStatus } from '../../backup/status/read-status.js';
import type { HoldfastConfig } from '../../config/config.js';
import { requireFilledIn } from '../../config/placeholders.js';
import { HoldfastError } from '../../core/errors.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { openVault } from '../../vault/open-vault.js';
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
    const store = await openAuditedVault(session, config);
    const { signal, clock } = session;
    const status = await readStatus({ ...expectationsOf(config, {}), names: [] }, { store, signal, clock });
    if (status.unreadable !== undefined) return unknown(status.unreadable);
    const histories = status.databases.map((database) => ({
      ...database,
      anomalies: database.anomalies.filter((anomaly) => !isHarmless(anomaly)),
    }));
    return known(await backupFacts(histories, store));
  } catch (error) {
    if (error instanceof HoldfastError && error.code !== 'INTERRUPTED') return unknown(error.message);
    throw error;
  }
}

/**
 * The vault as an auditor reads it: with the config's profile or role for the backup account, since the source account
 * may not read what it has written.
 */
export async function openAuditedVault(session: Session, config: HoldfastConfig | undefined): Promise<ObjectStore> {
  const { profile, roleArn } = config?.backupAccount ?? {};
  const foreign = profile !== undefined || roleArn !== undefined;
  if (!foreign || config?.vault === undefined || session.options.vault !== undefined) return openSessionVault(session);
  const { env, logger } = session;
  requireFilledIn('the vault', { vault: config.vault });
  return openVault(config.vault, { env, region: config.region, profile, roleArn, logger });
}
