/** The pictures of docs/architecture.md: which folder of src imports which, from the imports themselves. */
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const ROOT = join(import.meta.dirname, '../..');
const BEGIN = (folder) => `<!-- Generated from the imports of ${folder} by npm run docs: do not edit from here -->`;
const END = '<!-- to here. -->';

/**
 * The imports between files of src.
 *
 * @param root of the checkout
 * @returns pairs of paths: who imports, and what
 */
export async function readImports(root = ROOT) {
  const { output } = await cruise(
    ['src'],
    { baseDir: root, tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' }, includeOnly: '^src/' },
    undefined,
    { tsConfig: extractTsConfig(join(root, 'tsconfig.json')) },
  );
  return output.modules.flatMap(({ source, dependencies }) => dependencies.map(({ resolved }) => [source, resolved]));
}

/**
 * A page with each picture in it brought up to date.
 *
 * @param page the text of docs/architecture.md
 * @param imports what `readImports` returns
 * @param folders those whose subfolders are shown: `src`
 */
export function withImportPictures(page, imports, folders) {
  return folders.reduce((text, folder) => {
    const begin = text.indexOf(BEGIN(folder));
    const end = text.indexOf(END, begin);
    if (begin < 0 || end < 0) throw new Error(`The page is missing the lines "${BEGIN(folder)}" and "${END}".`);
    return `${text.slice(0, begin)}${BEGIN(folder)}\n\n${picture(importsBelow(folder, imports))}\n\n${text.slice(end)}`;
  }, page);
}

/** Which subfolder imports which; files of the folder itself count as one, `(files)`. */
export function importsBelow(folder, imports) {
  const graph = new Map();
  const subfolder = (path) => {
    const [first, ...rest] = path.slice(folder.length + 1).split('/');
    return rest.length > 0 ? first : '(files)';
  };
  for (const pair of imports) {
    if (!pair.every((path) => path.startsWith(`${folder}/`))) continue;
    const [from, to] = pair.map(subfolder);
    for (const name of [from, to]) if (!graph.has(name)) graph.set(name, new Set());
    if (from !== to) graph.get(from).add(to);
  }
  return graph;
}

/** The arrows that no longer way stands for. Those of a cycle all stay. */
export function reduced(graph) {
  const arrows = [];
  for (const [from, targets] of graph) {
    for (const to of targets) {
      const others = [...targets].filter((other) => other !== to && !reaches(graph, other, from));
      const implied = !reaches(graph, to, from) && others.some((other) => reaches(graph, other, to));
      if (!implied) arrows.push([from, to]);
    }
  }
  return arrows.sort((a, b) => a.join('\0').localeCompare(b.join('\0'), 'en'));
}

/** The groups of subfolders that import each other, over however many steps; the files beside them are none. */
export function tangles(graph) {
  const left = new Set([...graph.keys()].filter((name) => name !== '(files)').sort());
  return [...left].flatMap((name) => {
    if (!left.delete(name)) return [];
    const others = [...left].filter(
      (other) => reaches(graph, name, other, new Set(['(files)'])) && reaches(graph, other, name, new Set(['(files)'])),
    );
    for (const other of others) left.delete(other);
    return others.length > 0 ? [[name, ...others]] : [];
  });
}

function reaches(graph, from, to, seen = new Set()) {
  if (from === to) return true;
  seen.add(from);
  return [...graph.get(from)].some((next) => !seen.has(next) && reaches(graph, next, to, seen));
}

function picture(graph) {
  const id = (name) => (name === '(files)' ? 'files["files beside the folders"]' : name);
  const alone = [...graph.keys()].filter(
    (name) => ![...graph].some(([from, to]) => (from === name && to.size) || to.has(name)),
  );
  return [
    '```mermaid',
    'flowchart TD',
    ...alone.sort().map((name) => `  ${id(name)}`),
    ...reduced(graph).map(([from, to]) => `  ${id(from)} --> ${id(to)}`),
    '```',
  ].join('\n');
}
