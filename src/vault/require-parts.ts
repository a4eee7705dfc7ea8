/** Whether a listing shows what a manifest promises: not proof that a backup is whole, but it costs nothing. */
import { HoldfastError } from '../core/errors.js';
import type { CompleteBackup } from './catalog.js';
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
