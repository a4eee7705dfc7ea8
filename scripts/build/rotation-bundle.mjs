/** Bundles the rotation functions into dist/rotation: a folder for each, which Lambda runs as it is. */

/** Messages of zod in fifty languages: none of them is ever shown. */
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
 * Writes `<function>/index.mjs`, with the licences of what is in it. The SDK goes in too: the version that the tests ran
 * with, and not the one that the runtime happens to have.
 *
 * @param outdir where to, relative to `root` or absolute
 * @returns esbuild's metafile: what was written, and which files went in
 * @throws with esbuild's messages
 */
export async function bundleRotation(root, outdir = 'dist/rotation') {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: {
      'rotate-postgres/index': 'src/runtime/rotation/rotate-postgres.ts',
      'rotate-redis/index': 'src/runtime/rotation/rotate-redis.ts',
      'rotate-keys/index': 'src/runtime/rotation/rotate-keys.ts',
      'watch-rotations/index': 'src/runtime/rotation/watch-rotations.ts',
    },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // What is written as modules loses what is not used.
    mainFields: ['module', 'main'],
    // An optional native driver that pg asks for and does without.
    external: ['pg-native'],
    plugins: [ENGLISH_ONLY],
    banner: { js: REQUIRE },
    minify: true,
    // Error names are compared.
    keepNames: true,
    legalComments: 'linked',
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}
