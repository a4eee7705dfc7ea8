import { describe, expect, it } from 'vitest';
import {
  importsBelow,
  reduced,
  tangles,
  withImportPictures,
  type Imports,
} from '../../scripts/docs/import-picture.mjs';

const IMPORTS: Imports = [
  ['src/cli/run.ts', 'src/backup/create.ts'],
  ['src/cli/run.ts', 'src/core/errors.ts'],
  ['src/cli/run.ts', 'src/cli/style.ts'],
  ['src/backup/create.ts', 'src/core/errors.ts'],
  ['src/index.ts', 'src/backup/create.ts'],
];

describe('the picture of the imports', () => {
  it('leaves out an arrow where a longer way leads there', () => {
    expect(reduced(importsBelow('src', IMPORTS))).toEqual([
      ['(files)', 'backup'],
      ['backup', 'core'],
      ['cli', 'backup'],
    ]);
  });

  it('shows all arrows of a cycle, and those that lead to it and from it', () => {
    const graph = new Map([
      ['a', new Set(['b', 'c'])],
      ['b', new Set(['a', 'c'])],
      ['c', new Set<string>()],
      ['d', new Set(['a', 'c'])],
    ]);
    expect(reduced(graph).map((arrow) => arrow.join(''))).toEqual(['ab', 'ac', 'ba', 'bc', 'da']);
  });

  it('names the folders that import each other, over however many steps', () => {
    const graph = new Map([
      ['a', new Set(['b'])],
      ['b', new Set(['c', 'd'])],
      ['c', new Set(['a'])],
      ['d', new Set(['(files)'])],
      ['(files)', new Set(['a'])],
    ]);
    expect(tangles(graph)).toEqual([['a', 'b', 'c']]);
    expect(tangles(importsBelow('src', IMPORTS))).toEqual([]);
  });

  it('is put between its lines, and nothing else of the page changes', () => {
    const [begin, end] = [
      '<!-- Generated from the imports of src by npm run docs: do not edit from here -->',
      '<!-- to here. -->',
    ];
    const page = withImportPictures(`# Page\n\n${begin}\n\nold\n\n${end}\n\nRest.\n`, IMPORTS, ['src']);
    expect(page).toBe(
      `# Page\n\n${begin}\n\n\`\`\`mermaid\nflowchart TD\n  files["files beside the folders"] --> backup\n  backup --> core\n  cli --> backup\n\`\`\`\n\n${end}\n\nRest.\n`,
    );
    expect(() => withImportPictures('# Page', IMPORTS, ['src'])).toThrow(/missing the lines/);
  });
});
