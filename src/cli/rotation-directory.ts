/** Where the bundles of the rotation functions lie. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HoldfastError } from '../core/errors.js';

const FUNCTIONS = ['rotate-postgres', 'rotate-redis', 'rotate-keys', 'watch-rotations'];

// Two folders up from src/cli, dist/cli and dist/bundle alike.
const BUILT = fileURLToPath(new URL('../../dist/rotation', import.meta.url));

/** @throws HoldfastError INTERNAL when one of them was not built */
export function rotationDirectory(directory = BUILT): string {
  const missing = FUNCTIONS.map((name) => `${directory}/${name}/index.mjs`).find((file) => !existsSync(file));
  if (missing === undefined) return directory;
  throw new HoldfastError('INTERNAL', `A bundle that rotates secrets on AWS is missing: ${missing}.`, {
    hint: 'Build it: npm run build.',
  });
}
