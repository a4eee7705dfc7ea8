/** Holds a backup that is about to be completed against the one before, where the vault may be read. */
import { abortError } from '../../core/cancellation.js';
import { messageOf } from '../../core/errors.js';
import type { VolumeConfig } from '../../config/sections/volume.js';
import { listBackups } from '../../vault/catalog.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { BackupContext } from '../context.js';
import { openBackup } from '../stored-backup.js';
import { compareVolume, type Volume } from '../volume/compare-volume.js';
import { readVolume, selectionProblem } from '../volume/read-volume.js';

/** How long the dump, which is stored by now, may wait for it, in milliseconds. */
const LIMIT_MS = 60_000;

export interface NewBackup extends Volume {
  readonly database: string;
  readonly takenAt: Date;
  readonly selection: Manifest['selection'];
}

/**
 * The comparison for the manifest. The identity of a backup mostly may not read the vault; then, and whenever else the
 * backup before cannot be read, the answer says why nothing was compared. `status` compares where it may read.
 *
 * @param unread why the vault could not be read when the backup began: each denied request may be an alarm somewhere
 * @throws the signal's error when aborted, and nothing else: a backup does not fail because another one cannot be read
 */
export async function compareWithPrevious(
  backup: NewBackup,
  limits: VolumeConfig,
  context: Pick<BackupContext, 'store' | 'signal' | 'logger'>,
  unread?: string,
): Promise<NonNullable<Manifest['volume']>> {
  if (unread !== undefined) return { comparedWith: null, reason: unread };
  const limit = AbortSignal.timeout(LIMIT_MS);
  const signal = context.signal ? AbortSignal.any([context.signal, limit]) : limit;
  try {
    return await compare(backup, limits, { store: context.store, signal });
  } catch (error) {
    if (context.signal?.aborted) throw abortError(context.signal);
    const reason = limit.aborted
      ? `Reading the backup before took longer than ${LIMIT_MS / 1000} s.`
      : messageOf(error);
    context.logger.debug(`${backup.database} was not compared with the backup before: ${reason}`);
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
  // Newest first. A second, of which the times in keys are, does not matter: our own has no manifest yet.
  const previous = listed.find(({ state, takenAt }) => state === 'complete' && takenAt <= backup.takenAt);
  if (previous?.state !== 'complete') return { comparedWith: null, reason: 'There is no backup before.' };
  const stored = await openBackup(store, previous, signal);
  const problem = selectionProblem(stored.manifest.selection, backup.selection);
  if (problem !== undefined) return { comparedWith: null, reason: problem };
  const before = await readVolume(stored, { store, signal });
  return { comparedWith: previous.key, ...compareVolume(before, backup, limits) };
}
