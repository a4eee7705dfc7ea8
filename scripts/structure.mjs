/** How the source hangs together, in numbers: `npm run structure`, or `npm run structure -- DIR` for another checkout. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { importsBelow, readImports, tangles } from './docs/import-picture.mjs';

const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));
const imports = await readImports(root);
const files = (await readdir(join(root, 'src'), { recursive: true }))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('src', file));

const importers = new Map();
for (const [from, to] of imports) importers.set(to, (importers.get(to) ?? new Set()).add(from));
const single = [...importers].filter(([, from]) => from.size === 1);
const sameFolder = single.filter(([file, [from]]) => dirname(file) === dirname(from));

const folders = new Set(files.flatMap((file) => ancestors(dirname(file))));
const cycles = [...folders].flatMap((folder) =>
  tangles(importsBelow(folder, imports)).map((group) => `${folder}: ${group.join(' <-> ')}`),
);

const texts = await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')));
const dynamic = texts.reduce((sum, text) => sum + (text.match(/\bawait import\(/g)?.length ?? 0), 0);
const lines = texts.reduce((sum, text) => sum + text.split('\n').length - 1, 0);

const rows = [
  ['files', files.length],
  ['lines', lines],
  ['files with exactly one importer', single.length],
  ['of those, in the same folder as it', sameFolder.length],
  ['groups of folders that import each other', cycles.length],
  ['`await import(`', dynamic],
];
for (const [what, count] of rows) process.stdout.write(`${what.padEnd(42)}${String(count).padStart(7)}\n`);
for (const group of cycles) process.stdout.write(`  ${group}\n`);

function ancestors(folder) {
  return folder === '.' ? [] : [folder, ...ancestors(dirname(folder))];
}
