/** Where the bundles of the rotation functions lie. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { HoldfastError } from '../core/errors.js';
import { packageRoot } from '../core/package-root.js';

const FUNCTIONS = ['rotate-postgres', 'rotate-redis', 'rotate-keys', 'watch-rotations'];

/** @throws HoldfastError INTERNAL when one of them was not built */
export function rotationDirectory(directory = path.join(packageRoot(), 'dist/rotation')): string {
  const missing = FUNCTIONS.map((name) => `${directory}/${name}/index.mjs`).find((file) => !existsSync(file));
  if (missing === undefined) return directory;
  throw new HoldfastError('INTERNAL', `A bundle that rotates secrets on AWS is missing: ${missing}.`, {
    hint: 'Build it: npm run build.',
  });
}
