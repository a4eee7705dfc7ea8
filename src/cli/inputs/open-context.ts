/** The vault and PostgreSQL's programs, as a command's options and its config name them. */
import type { BackupContext } from '../../backup/operation/context.js';
import { initVault, requireNewVaultPlace, type InitOptions } from '../../backup/create/init-vault.js';
import { requireFilledIn } from '../../config/placeholders.js';
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { findPrograms } from '../../postgres/client-programs.js';
import {
  describeUnmarked,
  readVaultMarker,
  VAULT_MARKER_KEY,
  type MarkedVault,
  type VaultMarker,
} from '../../vault/formats/vault-marker.js';
import type { ObjectStore } from '../../vault/object-store.js';
import type { S3VaultOptions } from '../../vault/s3/open-s3-vault.js';
import { markedBelow, openVault, urlsAbove } from '../../vault/open-vault.js';
import type { Session } from '../session.js';

/**
 * The vault of `--vault`, else the config's.
 *
 * @throws HoldfastError CONFIG_NOT_FOUND, CONFIG_INVALID, VAULT_URL_INVALID
 */
export async function openSessionVault(session: Session): Promise<ObjectStore> {
  const store = await openUnasked(session);
  await warnOfMarker(store, session);
  return store;
}

/** As {@link openSessionVault}, for commands that ask for the vault's marker themselves. */
export async function openUnasked(session: Session): Promise<ObjectStore> {
  const { url, options } = await vaultOf(session);
  return openVault(url, options);
}

/** Makes the session's vault known as one; errors as of {@link openSessionVault} and {@link initVault}. */
export async function initSessionVault(session: Session): Promise<MarkedVault & { readonly store: ObjectStore }> {
  const { store, around } = await openWithAround(session);
  return { store, ...(await initVault(store, { ...around, clock: session.clock, signal: session.signal })) };
}

/** Whether the session's vault could be made; errors as of {@link requireNewVaultPlace}. */
export async function requireNewSessionVault(session: Session): Promise<VaultMarker | undefined> {
  const { store, around } = await openWithAround(session);
  return requireNewVaultPlace(store, { ...around, signal: session.signal });
}

async function openWithAround(
  session: Session,
): Promise<{ readonly store: ObjectStore; readonly around: Pick<InitOptions, 'above' | 'below'> }> {
  const { url, options } = await vaultOf(session);
  const above = await Promise.all((await urlsAbove(url)).map((outer) => openVault(outer, options)));
  const store = await openVault(url, options);
  const below = () => markedBelow(url, { store, marker: VAULT_MARKER_KEY, signal: session.signal });
  return { store, around: { above, below } };
}

async function vaultOf(session: Session): Promise<{ readonly url: string; readonly options: S3VaultOptions }> {
  const { env, logger } = session;
  if (session.options.vault !== undefined) {
    const config = await session.config.optional();
    // The config's key belongs to the config's own bucket.
    return { url: session.options.vault, options: { env, region: config?.region, logger } };
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
  return { url: vault, options: { env, region, kmsKeyArn, logger } };
}

/** Reading is never refused for a marker: who restores at night needs what is there, and a word about it. */
async function warnOfMarker(store: ObjectStore, { logger, signal }: Session): Promise<void> {
  if (store.needsMarker !== true) return;
  try {
    if (await readVaultMarker(store, signal)) return;
    const { exists, fault, hint } = await describeUnmarked(store, signal);
    // What is not there at all, the command itself says.
    if (exists) logger.warn(`${fault}. ${hint}`);
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof HoldfastError)) throw error;
    const found = error.code === 'VAULT_MARKER_INVALID' || error.code === 'VAULT_UNREADABLE';
    if (found) logger.warn(`${error.message} ${error.hint}`);
  }
}

/**
 * What the operations on backups need; errors as of {@link openSessionVault}, and PROGRAM_MISSING.
 *
 * @param open how the vault is opened @default with a warning where it has no marker
 */
export async function openContext(session: Session, open = openSessionVault): Promise<BackupContext> {
  const store = await open(session);
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
