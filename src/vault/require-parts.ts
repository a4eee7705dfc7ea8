/** Whether a listing shows what a manifest promises: not proof that a backup is whole, but it costs nothing. */
import { HoldfastError } from '../core/errors.js';
import type { Backup, CompleteBackup } from './catalog.js';
import type { Manifest } from './formats/manifest.js';

/** @throws HoldfastError OBJECT_MISSING, OBJECT_CORRUPT for a part that was not listed or has a different size */
export function requireParts({ objects }: CompleteBackup, { parts }: Manifest): void {
  const sizes = new Map(objects.map(({ key, size }) => [key, size]));
  for (const { key, storedBytes } of parts) {
    const size = sizes.get(key);
    if (size === undefined) throw new HoldfastError('OBJECT_MISSING', `${key} is missing, but the manifest names it.`);
    if (size === storedBytes) continue;
    throw new HoldfastError('OBJECT_CORRUPT', `${key} has ${size} bytes, but the manifest says ${storedBytes}.`);
  }
}

/**
 * What a listing shows to be gone, as no run leaves it: a sentence. A run stores the manifest after the dump, and a proof
 * is only made of a backup that has both.
 */
export function missingObject({ state, manifestKey, proofKeys, baseKey }: Backup): string | undefined {
  if (state === 'complete') return undefined;
  if (manifestKey !== undefined) return `The dump of ${baseKey} is gone; its manifest is there.`;
  const [proof] = proofKeys;
  return proof === undefined ? undefined : `The manifest of ${baseKey} is gone; a proof of it is there, ${proof}.`;
}
