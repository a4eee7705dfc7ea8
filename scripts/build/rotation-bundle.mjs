/** Bundles the rotation functions into dist/rotation: a folder for each, which Lambda runs as it is. */
import { ABSENT, COMMON } from './bundle-options.mjs';

/**
 * Writes `<function>/index.mjs`, with the licenses of what is in it. The SDK goes in too: the version that the tests
 * ran with, and not the one that the runtime happens to have.
 *
 * @param outdir where to, relative to `root` or absolute
 * @returns esbuild's metafile: what was written, and which files went in
 * @throws with esbuild's messages
 */
export async function bundleRotation(root, outdir = 'dist/rotation') {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: {
      'rotate-postgres/index': 'src/runtime/rotation/rotate-postgres.ts',
      'rotate-redis/index': 'src/runtime/rotation/rotate-redis.ts',
      'rotate-keys/index': 'src/runtime/rotation/rotate-keys.ts',
      'watch-rotations/index': 'src/runtime/rotation/watch-rotations.ts',
    },
    outdir,
    outExtension: { '.js': '.mjs' },
    // Unused code is dropped from packages that are written as modules.
    mainFields: ['module', 'main'],
    external: ABSENT,
    minify: true,
    // Error names are compared.
    keepNames: true,
  });
  return metafile;
}
