/** Removes one backup, so that a crash at any moment leaves either a whole backup or what the next run removes. */
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import type { Backup } from '../../vault/catalog.js';
import { writePrunedMark } from '../../vault/formats/pruned.js';
import { parseKey, prunedKey } from '../../vault/keys.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { readRemovalMark } from '../stored/removal-mark.js';
import { tool } from '../../core/tool.js';

export interface RemovalOptions {
  readonly now: Date;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The order: a mark, the manifest, everything else, the mark. So a manifest is never without its objects, and the mark
 * shows that objects without a manifest belong to a backup that was being removed. A full disk has no room for a mark:
 * then the manifest becomes it, by its name alone, in one step.
 *
 * @returns what could not be removed: either its manifest, and then nothing was removed, or some of the others
 * @throws HoldfastError VAULT_UNREADABLE, VAULT_UNWRITABLE when nothing could be marked; the signal's error
 */
export async function removeBackup(
  store: ObjectStore & Required<Pick<ObjectStore, 'delete'>>,
  backup: Backup,
  { now, signal }: RemovalOptions,
): Promise<HoldfastError[]> {
  throwIfAborted(signal);
  const mark = prunedKey(backup.baseKey);
  if (backup.manifestKey !== undefined) {
    const { manifestKey } = backup;
    if ((await readRemovalMark(store, backup, signal))?.fault !== undefined) await store.delete(mark);
    await markAsPruned(store, { ...backup, manifestKey }, { now, signal });
    const refusal = await refusalOf(() => store.delete(manifestKey));
    if (refusal) {
      // It is still a backup, and nothing must say otherwise.
      await store.delete(mark).catch(() => {});
      return [refusal];
    }
  }
  const failures: HoldfastError[] = [];
  // The proofs first: a proof without its manifest is taken for damage.
  const proofs = new Set(backup.proofKeys);
  const keys = backup.objects.map(({ key }) => key);
  for (const key of [...keys.filter((one) => proofs.has(one)), ...keys.filter((one) => !proofs.has(one))]) {
    if (key === mark || key === backup.manifestKey) continue;
    throwIfAborted(signal);
    const failure = await refusalOf(() => store.delete(key));
    if (failure) failures.push(failure);
  }
  if (failures.length === 0) {
    const failure = await refusalOf(() => store.delete(mark));
    if (failure) failures.push(failure);
  }
  return failures;
}

async function markAsPruned(
  store: ObjectStore,
  { database, key, baseKey, manifestKey, objects }: Backup & { readonly manifestKey: string },
  { now, signal }: RemovalOptions,
): Promise<void> {
  const dump = key ?? objects.find((object) => parseKey(object.key)?.base === baseKey)?.key ?? baseKey;
  const mark = {
    format: 'holdfast.pruned',
    version: 1,
    database,
    key: dump,
    prunedAt: now.toISOString(),
    tool,
  } as const;
  try {
    await writePrunedMark(store, mark, { signal });
  } catch (error) {
    // Left by a run that was interrupted here, or written by one that is doing the same right now.
    if (error instanceof HoldfastError && error.code === 'OBJECT_EXISTS') return;
    if (!(await becomesMark(store, manifestKey, prunedKey(baseKey)))) throw error;
  }
}

/** If this fails too, the failure to write the mark is the one to report. */
async function becomesMark(store: ObjectStore, manifestKey: string, mark: string): Promise<boolean> {
  if (!store.rename) return false;
  try {
    await store.rename(manifestKey, mark);
    return true;
  } catch (error) {
    if (error instanceof HoldfastError && ['VAULT_UNWRITABLE', 'OBJECT_EXISTS'].includes(error.code)) return false;
    throw error;
  }
}

/** A refusal (a lock, a missing permission) is an answer; any other failure ends the run. */
async function refusalOf(work: () => Promise<void>): Promise<HoldfastError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'VAULT_UNWRITABLE') return error;
    throw error;
  }
}
