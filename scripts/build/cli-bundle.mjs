/**
 * Bundles the command line into dist/bundle: a process that loads a few files starts in half the time of one that
 * loads hundreds, and a backup of a small database is mostly start-up.
 */
import { join } from 'node:path';
import { ABSENT, COMMON } from './bundle-options.mjs';

/**
 * Left out: what finds files of its own beside it (WebAssembly, TypeScript's loader), and the CDK, which is large and
 * which only a few commands load, from the installed packages.
 */
const EXTERNAL = ['@cdktn/hcl2json', 'jiti', 'aws-cdk-lib', 'constructs', '@aws-cdk/*', ...ABSENT];

/**
 * Two folders deep, as src/cli/main.ts is: `import.meta.url` leads to package.json by the same way.
 *
 * @returns the files it wrote, absolute
 * @throws with esbuild's messages
 */
export async function bundleCli(root) {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: { main: 'src/cli/main.ts' },
    outdir: 'dist/bundle',
    splitting: true,
    external: EXTERNAL,
    // CommonJS packages keep their named exports from whoever loads them later: the SDK brings both forms.
    mainFields: ['module', 'main'],
    // Half the time of parsing; names stay, for the stack traces of --verbose.
    minifyWhitespace: true,
    minifySyntax: true,
  });
  refuseLateCommonJs(metafile);
  return Object.keys(metafile.outputs).map((file) => join(root, file));
}

/**
 * A chunk of CommonJS exports nothing but `default`, so `const { x } = await import(…)` gives `undefined` in the bundle
 * alone. A module of ours that imports statically, and is itself loaded late, does not have that problem.
 */
function refuseLateCommonJs({ inputs }) {
  for (const [file, { imports }] of Object.entries(inputs)) {
    for (const { path, kind } of imports) {
      if (kind === 'dynamic-import' && file.startsWith('src/') && inputs[path]?.format === 'cjs') {
        throw new Error(
          `${file} loads ${path} by import(), and it is CommonJS: import it statically in a file of its own.`,
        );
      }
    }
  }
}
