/** The vault and PostgreSQL's programs, as a command's options and its config name them. */
import type { BackupContext } from '../../backup/context.js';
import { requireFilledIn } from '../../config/index.js';
import { HoldfastError } from '../../core/errors.js';
import { findPrograms } from '../../postgres/client-programs.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { openVault } from '../../vault/vault-url.js';
import type { Session } from '../session.js';

/**
 * The vault of `--vault`, else the config's.
 *
 * @throws HoldfastError CONFIG_NOT_FOUND, CONFIG_INVALID, VAULT_URL_INVALID
 */
export async function openSessionVault(session: Session): Promise<ObjectStore> {
  const { env, logger } = session;
  if (session.options.vault !== undefined) {
    const config = await session.config.optional();
    // The config's key belongs to the config's own bucket.
    return openVault(session.options.vault, { env, region: config?.region, logger });
  }
  const { vault, region, kmsKeyArn } = await session.config.required(
    'Give the vault with --vault URL, or a config with --config FILE.',
  );
  if (vault === undefined) {
    throw new HoldfastError('CONFIG_INVALID', 'The config names no vault.', {
      hint: 'Add vault: file:///absolute/dir to it, or give --vault URL.',
    });
  }
  requireFilledIn('the vault', { vault, kmsKeyArn });
  return openVault(vault, { env, region, kmsKeyArn, logger });
}

/** What the operations on backups need; errors as of {@link openSessionVault}, and PROGRAM_MISSING. */
export async function openContext(session: Session): Promise<BackupContext> {
  const store = await openSessionVault(session);
  const config = await session.config.optional();
  const { env, logger, clock, signal } = session;
  return {
    store,
    installed: await findPrograms({ env, directory: config?.postgres.bin }),
    env,
    logger,
    clock,
    onProgress: session.progress.listener,
    signal,
  };
}
