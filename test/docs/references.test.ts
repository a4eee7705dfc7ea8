/** What a page or a message refers to is there: pages, their headings, and files of the repository. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const below = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => !path.includes('node_modules') && statSync(join(ROOT, path)).isFile());

const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...['docs', 'examples', 'bench'].flatMap(below).filter((path) => path.endsWith('.md')),
];
/** What people read at run time, and what developers read in comments. */
const SOURCES = [
  ...['src', 'scripts', 'bin', 'docker'].flatMap(below),
  ...below('test').filter((path) => !path.startsWith('test/fixtures')),
  '.dependency-cruiser.cjs',
];

/** Everything but what stands in fences, where a link is an example. */
const prose = (page: string) => page.replaceAll(/^( *)(`{3,})[^]*?^\1\2$/gm, '');

/** The anchors of a page, as GitHub makes them from headings, and those that it sets itself. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = [...prose(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, text]) => {
    const slug = text!
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
  return new Set([...headings, ...[...page.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!)]);
}

/** The links of a page that lead nowhere. */
function deadLinks(path: string, page: string): string[] {
  const text = prose(page).replaceAll(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link!)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [target, anchor] = link.split('#') as [string, string?];
      const file = target === '' ? path : normalize(join(dirname(path), target));
      if (!existsSync(join(ROOT, file))) return true;
      if (anchor === undefined) return false;
      return !anchorsOf(file === path ? page : read(file)).has(anchor);
    });
}

/** The paths of the repository that a text names and that are not there; `src/audit/<service>/…` counts up to the `<`. */
function deadPaths(text: string): string[] {
  const paths = text.matchAll(/(?<![\w./@<>-])(?:src|test|scripts|docs|docker|bench|examples)\/[\w./-]*[\w/]/g);
  return [...new Set([...paths].map(([path]) => path))].filter((path) => !existsSync(join(ROOT, path)));
}

describe('the documentation', () => {
  it.each(PAGES)('%s links to pages and headings that exist', (path) => {
    expect(deadLinks(path, read(path))).toEqual([]);
  });

  it.each(PAGES)('%s names files of the repository that exist', (path) => {
    expect(deadPaths(read(path))).toEqual([]);
  });

  it('has every page in its index', () => {
    const index = prose(read('docs/README.md'));
    const linked = new Set([...index.matchAll(/\]\(([^)#\s]+)/g)].map(([, link]) => normalize(join('docs', link!))));
    const pages = PAGES.filter((path) => path.startsWith('docs/') && path !== 'docs/README.md');
    expect(pages.filter((path) => !linked.has(path))).toEqual([]);
  });

  it('is checked for a file that is gone, a page that is gone, and a heading that is gone', () => {
    expect(deadPaths('See `src/gone.ts` and `src/index.ts`, in src/audit/<service>/facts.ts.')).toEqual([
      'src/gone.ts',
    ]);
    const page = '# One two\n\n[a](#one-two) [b](#three) [c](gone.md) [d](docs/README.md#gone) `[e](code.md)`';
    expect(deadLinks('README.md', page)).toEqual(['#three', 'gone.md', 'docs/README.md#gone']);
  });
});

describe('messages and comments', () => {
  it('name pages of the documentation that exist', () => {
    const dead = SOURCES.flatMap((path) =>
      [...read(path).matchAll(/(?<![\w./-])docs\/[\w/.-]+\.(?:md|json)/g)]
        .filter(([page]) => !existsSync(join(ROOT, page)))
        .map(([page]) => `${path}: ${page}`),
    );
    expect(dead).toEqual([]);
  });
});
