/** Bundles the backup worker into dist/worker: one file without dependencies, which a build in AWS runs as it is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Formats of config files that a worker never meets: their readers find files of their own beside them. */
const NEVER_LOADED = ['@cdktn/hcl2json', 'jiti'];
/** An optional native driver that pg asks for and does without. */
const ABSENT = ['pg-native'];

/** zod brings its messages in fifty languages, and all of them would go in: a tenth of the bundle. */
const ENGLISH_ONLY = {
  name: 'english-only',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: `export { default as en } from './en.js';`,
    })),
};

/** CommonJS packages inside an ES module call `require` for Node's own modules. */
const REQUIRE =
  "import{createRequire as holdfastRequire}from'node:module';const require=holdfastRequire(import.meta.url);";

/**
 * Writes `holdfast.mjs` and the licences of what is in it. The folder becomes the builds' source as it is.
 *
 * @param outdir where to, relative to `root` or absolute
 * @returns esbuild's metafile: what was written, and which files went in
 * @throws with esbuild's messages
 */
export async function bundleWorker(root, outdir = 'dist/worker') {
  const { build } = await import('esbuild');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { holdfast: 'src/runtime/backup-worker.ts' },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: [...NEVER_LOADED, ...ABSENT],
    plugins: [ENGLISH_ONLY],
    define: { HOLDFAST_VERSION: JSON.stringify(version) },
    banner: { js: REQUIRE },
    // Names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'linked',
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}
