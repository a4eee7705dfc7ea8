/** Directories such as the build makes. What they hold is tested where it runs; for a template, something has to lie there. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDirectory } from './temporary-directory.js';

/** For `createApp`. */
export function emptyBundles(): { readonly bundle: string; readonly rotationBundles: string } {
  const bundle = temporaryDirectory();
  writeFileSync(path.join(bundle, 'holdfast.mjs'), '// The worker.\n');
  return { bundle, rotationBundles: emptyRotationBundles() };
}

/** A folder for each function. */
export function emptyRotationBundles(): string {
  const directory = temporaryDirectory();
  for (const name of ['rotate-postgres', 'rotate-redis', 'rotate-keys', 'watch-rotations']) {
    mkdirSync(path.join(directory, name));
    writeFileSync(path.join(directory, name, 'index.mjs'), 'export const handler = () => {};\n');
  }
  return directory;
}
