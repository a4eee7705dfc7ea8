/** Where the bundle of the backup worker lies. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { HoldfastError } from '../core/errors.js';
import { packageRoot } from '../core/package-root.js';

/** @throws HoldfastError INTERNAL when it was not built */
export function workerDirectory(): string {
  const directory = path.join(packageRoot(), 'dist/worker');
  if (existsSync(`${directory}/holdfast.mjs`)) return directory;
  throw new HoldfastError('INTERNAL', `The bundle that backups run on AWS is missing: ${directory}/holdfast.mjs.`, {
    hint: 'Build it: npm run build.',
  });
}
