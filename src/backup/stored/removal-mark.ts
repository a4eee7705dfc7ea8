/**
 * What the mark beside a backup says that `prune` began to remove. Whoever takes backups can write one, so it is read, and
 * nothing is removed by it that a run could still be storing.
 */
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { DAY_MS } from '../../core/times.js';
import type { Backup } from '../../vault/catalog.js';
import { readManifest } from '../../vault/formats/manifest.js';
import { readPrunedMark } from '../../vault/formats/pruned.js';
import type { ObjectStore } from '../../vault/object-store.js';
import type { Anomaly } from './anomalies.js';

/** No run takes as long, in milliseconds: what is older than this, by its key and by the store, is not being stored. */
const LEFT_AFTER_MS = 7 * DAY_MS;

export interface RemovalMark {
  /** Why it is none: a sentence; absent for a valid one. */
  readonly fault: string | undefined;
  /** What is to be reported about it. */
  readonly anomaly: Anomaly | undefined;
}

/** @returns `undefined` where there is none. @throws the signal's error */
export async function readRemovalMark(
  store: ObjectStore,
  backup: Backup,
  signal: AbortSignal | undefined,
): Promise<RemovalMark | undefined> {
  const { prunedKey: key } = backup;
  if (key === undefined) return undefined;
  try {
    await readPrunedMark(store, key, backup, signal);
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof HoldfastError)) throw error;
    if (await isManifest(store, key, signal)) return { fault: undefined, anomaly: undefined };
    const message = `The removal mark ${key} is not valid, and nothing is removed because of it: ${error.message} Find out who put it there, and remove it.`;
    return { fault: error.message, anomaly: { kind: 'removal-mark', key, message } };
  }
  const message = `The removal mark ${key} is beside a complete backup: prune began to remove that one and was interrupted, or someone made the mark up. The backup counts; remove the mark if it is to stay.`;
  return {
    fault: undefined,
    anomaly: backup.state === 'complete' ? { kind: 'removal-mark', key, message } : undefined,
  };
}

/** On a full disk the manifest itself is renamed to become the mark. */
async function isManifest(store: ObjectStore, key: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await readManifest(store, key, signal);
    return true;
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof HoldfastError) return false;
    throw error;
  }
}

/** Whether what is left of a backup is old enough that no run can still be storing it. */
export function isOldEnough({ takenAt, objects }: Backup, now: Date): boolean {
  const newest = Math.max(takenAt.getTime(), ...objects.map(({ lastModified }) => lastModified.getTime()));
  return now.getTime() - newest > LEFT_AFTER_MS;
}
