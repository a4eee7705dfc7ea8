/** What is published: all that the package and its messages refer to, and nothing that only the repository needs. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
};

let files: ReadonlySet<string>;

beforeAll(async () => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });
  const [packed] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }];
  files = new Set(packed.files.map(({ path }) => path));
});

describe('the tarball', () => {
  it('may be published', () => expect(manifest.private).toBeUndefined());

  it('has the license, what has changed, and whom to tell of a vulnerability', () => {
    for (const name of ['LICENSE', 'README.md', 'CHANGELOG.md', 'SECURITY.md', 'bin/holdfast'])
      expect(files, name).toContain(name);
  });

  it('has no source maps, no code of tests, and nothing that only a build needs', () => {
    const unwanted =
      /\.map$|^dist\/vault\/memory\/|^dist\/\.|^(?:test|src|bench|scripts|node_modules)\/|\.tsbuildinfo$/;
    expect([...files].filter((path) => unwanted.test(path))).toEqual([]);
    const scripts = [...files].filter((path) => /^dist\/.*\.js$/.test(path));
    expect(scripts.length).toBeGreaterThan(300);
    const mapped = scripts.filter((path) => readFileSync(join(ROOT, path), 'utf8').includes('\n//# sourceMappingURL='));
    expect(mapped).toEqual([]);
  });

  it('has every file that exports lead to', () => {
    const targets = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    for (const target of targets) {
      const path = target.replace(/^\.\//, '');
      const folder = path.replace(/\*.*$/, '');
      expect(path.includes('*') ? [...files].some((one) => one.startsWith(folder)) : files.has(path), target).toBe(
        true,
      );
    }
  });

  it('has every page of the docs that a message, the README or another page refers to', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(ROOT, 'src', name), 'utf8'));
    const named = [...sources, readFileSync(join(ROOT, 'README.md'), 'utf8')].flatMap((text) =>
      [...text.matchAll(/\bdocs\/[\w/-]+\.(?:md|json)/g)].map(([path]) => path),
    );
    expect(named).toContain('docs/reference/errors.md');
    expect([...new Set(named)].filter((path) => !files.has(path) || !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
