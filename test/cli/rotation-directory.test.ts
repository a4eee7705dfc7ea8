import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rotationDirectory } from '../../src/cli/rotation-directory.js';
import { emptyRotationBundles } from '../helpers/empty-bundles.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

it('is the directory with the bundles of all functions', () => {
  const directory = emptyRotationBundles();
  expect(rotationDirectory(directory)).toBe(directory);
});

it.each(['rotate-postgres', 'rotate-redis', 'rotate-keys', 'watch-rotations'])(
  'names the bundle that is missing, and what builds it, where there is no %s',
  (name) => {
    const directory = emptyRotationBundles();
    rmSync(join(directory, name, 'index.mjs'));
    expect(() => rotationDirectory(directory)).toThrow(
      expect.objectContaining({
        code: 'INTERNAL',
        message: `A bundle that rotates secrets on AWS is missing: ${directory}/${name}/index.mjs.`,
        hint: 'Build it: npm run build.',
      }),
    );
  },
);

it('names a bundle where nothing was built', () => {
  const directory = join(temporaryDirectory(), 'dist/rotation');
  expect(() => rotationDirectory(directory)).toThrow(`is missing: ${directory}/rotate-postgres/index.mjs`);
});
