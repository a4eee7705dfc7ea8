/** Where the bundle of the backup worker lies. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HoldfastError } from '../core/errors.js';

/** @throws HoldfastError INTERNAL when it was not built */
export function workerDirectory(): string {
  // Two folders up from src/cli, dist/cli and dist/bundle alike.
  const directory = fileURLToPath(new URL('../../dist/worker', import.meta.url));
  if (existsSync(`${directory}/holdfast.mjs`)) return directory;
  throw new HoldfastError('INTERNAL', `The bundle that backups run on AWS is missing: ${directory}/holdfast.mjs.`, {
    hint: 'Build it: npm run build.',
  });
}
