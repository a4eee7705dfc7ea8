/** What all bundles have in common: ES modules for Node.js, with everything in them that is needed. */

/** Messages of zod in fifty languages: none of them is ever shown, and they are a tenth of a bundle. */
const ENGLISH_ONLY = {
  name: 'english-only',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: `export { default as en } from './en.js';`,
    })),
};

/** An optional native driver that pg asks for and does without. */
export const ABSENT = ['pg-native'];

/** CommonJS packages inside an ES module call `require` for Node's own modules. */
const REQUIRE =
  "import{createRequire as holdfastRequire}from'node:module';const require=holdfastRequire(import.meta.url);";

/** Options of esbuild. */
export const COMMON = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  plugins: [ENGLISH_ONLY],
  banner: { js: REQUIRE },
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
};
