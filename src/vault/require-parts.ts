/** Whether a listing shows what a manifest promises: no proof that a backup is whole, but it costs nothing. */
import { HoldfastError } from '../core/errors.js';
import type { CompleteBackup } from './catalog.js';
import type { Manifest } from './formats/manifest.js';

/** @throws HoldfastError OBJECT_MISSING, OBJECT_CORRUPT for a part that was not listed, or is of another size */
export function requireParts({ objects }: CompleteBackup, { parts }: Manifest): void {
  const sizes = new Map(objects.map(({ key, size }) => [key, size]));
  for (const { key, storedBytes } of parts) {
    const size = sizes.get(key);
    if (size === undefined) throw new HoldfastError('OBJECT_MISSING', `${key} is gone, and the manifest names it.`);
    if (size === storedBytes) continue;
    throw new HoldfastError('OBJECT_CORRUPT', `${key} has ${size} bytes, and the manifest says ${storedBytes}.`);
  }
}
