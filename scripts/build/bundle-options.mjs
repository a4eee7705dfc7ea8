/** What all bundles have in common: ES modules for Node.js, with everything in them that is needed. */
import { readFile } from 'node:fs/promises';

/** Messages of zod in fifty languages: none of them is ever shown, and they are a tenth of a bundle. */
const ENGLISH_ONLY = {
  name: 'english-only',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: `export { default as en } from './en.js';`,
    })),
};

/**
 * pg checks whether it runs in a Cloudflare Worker, by `navigator` or else by creating a `Response`. Node.js 20 has no
 * `navigator`, and its `Response` is all of undici: a seventh of the time that a command takes to start. This is what
 * Node.js 21 and later say of themselves.
 */
const PG_RUNS_IN_NODE = {
  name: 'pg-runs-in-node',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]pg[\\/]lib[\\/]stream\.js$/ }, async ({ path }) => ({
      contents: `const navigator = { userAgent: 'Node.js' };\n${await readFile(path, 'utf8')}`,
    })),
};

/**
 * string-width makes a segmenter and the pattern of all emoji when it is loaded, which is a seventh of the time that a
 * command takes to start. It answers for ASCII without them, and that is what most tables hold.
 */
const WIDTHS_WHEN_NEEDED = {
  name: 'widths-when-needed',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]string-width[\\/]index\.js$/ }, async ({ path }) => ({
      contents: LATE.reduce(makeLate, await readFile(path, 'utf8')),
    })),
};

/** What is made when it is first used: the name, how it is made, and the one method that is called. */
const LATE = [
  ['segmenter', 'new Intl.Segmenter()', 'segment'],
  ['rgiEmojiRegex', String.raw`/^\p{RGI_Emoji}$/v`, 'test'],
];

function makeLate(source, [name, made, method]) {
  const declaration = `const ${name} = ${made};`;
  const called = new Set(source.match(new RegExp(`\\b${name}\\.\\w+`, 'g')));
  if (!source.includes(declaration) || called.size !== 1 || !called.has(`${name}.${method}`)) {
    throw new Error(`string-width no longer has \`${declaration}\`, called by its \`${method}\` alone.`);
  }
  const late = `let made_${name}; const ${name} = { ${method}: (text) => (made_${name} ??= ${made}).${method}(text) };`;
  return source.replace(declaration, () => late);
}

/** An optional native driver that pg asks for but does not need. */
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
  plugins: [ENGLISH_ONLY, PG_RUNS_IN_NODE, WIDTHS_WHEN_NEEDED],
  banner: { js: REQUIRE },
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
};
