/** Bundles the backup worker into dist/worker: one file without dependencies, which a build in AWS runs as it is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ABSENT, COMMON } from './bundle-options.mjs';

/** Formats of config files that a worker never meets: their readers find files of their own beside them. */
const NEVER_LOADED = ['@cdktn/hcl2json', 'jiti'];

/**
 * Writes `holdfast.mjs` and the licenses of what is in it. The folder becomes the builds' source as it is.
 *
 * @param outdir where to, relative to `root` or absolute
 * @returns esbuild's metafile: what was written, and which files went in
 * @throws with esbuild's messages
 */
export async function bundleWorker(root, outdir = 'dist/worker') {
  const { build } = await import('esbuild');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { metafile } = await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: { holdfast: 'src/runtime/backup-worker.ts' },
    outdir,
    outExtension: { '.js': '.mjs' },
    external: [...NEVER_LOADED, ...ABSENT],
    define: { HOLDFAST_VERSION: JSON.stringify(version) },
    // Names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
  });
  return metafile;
}
