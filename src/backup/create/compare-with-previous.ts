/** Compares a backup that is about to be completed with the previous one, if the vault may be read. */
import { abortError, anySignal } from '../../core/cancellation.js';
import { messageOf } from '../../core/errors.js';
import { MINUTE_MS } from '../../core/times.js';
import type { VolumeConfig } from '../../config/sections/volume.js';
import { listBackups } from '../../vault/catalog.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { BackupContext } from '../operation/context.js';
import { openBackup } from '../stored/stored-backup.js';
import { compareVolume, type Volume, readVolume, selectionProblem } from '../stored/volume.js';

/** How long the dump, which is stored by now, may wait for it, in milliseconds. */
const LIMIT_MS = MINUTE_MS;

export interface NewBackup extends Volume {
  readonly database: string;
  readonly takenAt: Date;
  readonly selection: Manifest['selection'];
}

/**
 * The comparison for the manifest. The identity that takes backups usually may not read the vault; then, and whenever
 * the previous backup cannot be read for another reason, the result says why nothing was compared. `status` compares if
 * it may read.
 *
 * @param unread why the vault could not be read when the backup began: each denied request may raise an alarm somewhere
 * @throws the signal's error when aborted, and nothing else: a backup does not fail because another backup cannot be
 *   read
 */
export async function compareWithPrevious(
  backup: NewBackup,
  limits: VolumeConfig,
  context: Pick<BackupContext, 'store' | 'signal' | 'logger'>,
  unread?: string,
): Promise<NonNullable<Manifest['volume']>> {
  if (unread !== undefined) return { comparedWith: null, reason: unread };
  const limit = AbortSignal.timeout(LIMIT_MS);
  const signal = anySignal(context.signal, limit);
  try {
    return await compare(backup, limits, { store: context.store, signal });
  } catch (error) {
    if (context.signal?.aborted) throw abortError(context.signal);
    const reason = limit.aborted
      ? `Reading the previous backup took longer than ${LIMIT_MS / 1000} s.`
      : messageOf(error);
    context.logger.debug(`${backup.database} was not compared with the previous backup: ${reason}`);
    return { comparedWith: null, reason };
  }
}

async function compare(
  backup: NewBackup,
  limits: VolumeConfig,
  context: { readonly store: BackupContext['store']; readonly signal: AbortSignal },
): Promise<NonNullable<Manifest['volume']>> {
  const { store, signal } = context;
  const listed = await listBackups(store, backup.database, { signal });
  // Newest first. Keys only resolve to seconds, which is enough here: our own backup has no manifest yet.
  const previous = listed.find(({ state, takenAt }) => state === 'complete' && takenAt <= backup.takenAt);
  if (previous?.state !== 'complete') return { comparedWith: null, reason: 'There is no earlier backup.' };
  const stored = await openBackup(store, previous, signal);
  const problem = selectionProblem(stored.manifest.selection, backup.selection);
  if (problem !== undefined) return { comparedWith: null, reason: problem };
  const before = await readVolume(stored, { store, signal });
  return { comparedWith: previous.key, ...compareVolume(before, backup, limits) };
}
