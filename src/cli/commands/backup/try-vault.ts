/** What a dry run finds out about the vault, without leaving anything in it. */
import type { BackupContext } from '../../../backup/operation/context.js';
import { readVaultMarker, requireVaultMarker } from '../../../vault/formats/vault-marker.js';
import type { PlannedBackup } from '../../json/documents.js';

/**
 * @param key of the dump that a backup begun now would store
 * @param createVault whether a backup would make the marker that is missing
 * @throws HoldfastError as storing would: VAULT_UNWRITABLE, OBJECT_EXISTS, VAULT_UNMARKED …; the signal's error
 */
export async function tryVault(
  key: string,
  createVault: boolean,
  { store, signal }: Pick<BackupContext, 'store' | 'signal'>,
): Promise<PlannedBackup['vault']> {
  const marker =
    store.needsMarker === true ? ((await readVaultMarker(store, signal)) ? 'present' : 'missing') : 'not-asked';
  if (marker === 'missing' && !createVault) await requireVaultMarker(store, signal);
  const made = marker === 'missing' ? ['Making the vault: there is none yet, and --create-vault would make one.'] : [];
  const trial = await store.tryPut?.(key, signal);
  return {
    url: store.url,
    marker,
    tried: [...(trial?.tried ?? [])],
    untried: [...made, ...(trial?.untried ?? ['Storing: this kind of vault cannot be tried.'])],
    freeBytes: trial?.freeBytes ?? null,
  };
}
