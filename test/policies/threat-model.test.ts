/** Every line of docs/explanation/threat-model.md names the test that shows it, or says that there is none. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testTitles, titlesIn } from '../helpers/test-titles.js';
import { describeCase, VAULT_CASES } from './vault-cases.js';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/explanation/threat-model.md'), 'utf8');
const COLUMNS = ['they', 'because', 'test'];

interface Line {
  readonly section: string;
  readonly cells: readonly string[];
}

interface NamedTest {
  readonly title: string;
  readonly file?: string | undefined;
}

const titles = testTitles();
/** The cases of the vault are one test for each sentence, which no file spells out. */
const sentences = new Set(VAULT_CASES.map(describeCase));

describe('the threat model', () => {
  const lines = linesOf(PAGE);

  it('has a section for each attacker', () => {
    expect([...new Set(lines.map(({ section }) => section))]).toEqual([
      'With the role of one backup job',
      'As the owner of a database that is backed up',
      'As a dump: the code that a restore runs',
      'As an administrator of the source account',
      'As an administrator of the backup account',
      'With the restore role or the drill role',
      'As a writer of a secret that is rotated',
      'As an ordinary role of a server whose users are rotated',
    ]);
  });

  it.each(lines.map(({ section, cells }) => [section, cells[0] ?? '', cells] as const))(
    '%s, they %s: every named test exists',
    (_section, they, cells) => {
      expect(they).toMatch(/^(\*\*can\*\*|can|cannot) /);
      expect(cells).toHaveLength(COLUMNS.length);
      const { named, rest } = testsNamedIn(cells[2] ?? '');
      if (named.length === 0) expect(rest).toMatch(/^no test: \S/);
      else expect(rest, 'what stands between the titles').toMatch(/^[;\s]*$/);
      expect(named.filter((test) => !exists(test))).toEqual([]);
    },
  );
});

describe('a title', () => {
  it('that does not exist, or only in another file, is found out', () => {
    expect(exists({ title: 'the writer cannot: gets an object' })).toBe(true);
    expect(exists({ title: 'the writer cannot: gets an objection' })).toBe(false);
    const title = 'lets a role read its one secret, by the suffix where the config has none';
    expect(exists({ title, file: 'test/constructs/backup/stacks.test.ts' })).toBe(true);
    expect(exists({ title, file: 'test/policies/names.test.ts' })).toBe(false);
  });

  it('is read with the values of its table, and with any where the table is made elsewhere', () => {
    const text =
      "it.each([['one', 1], ['two', 2]] as const)('%s of %d', f); it.each(X)('all of %s', f); it.each(X)('%s', f);";
    expect(titlesIn('x.ts', text).map(({ source }) => source)).toEqual(['^one of .+$', '^two of .+$', '^all of .+$']);
  });
});

function exists({ title, file }: NamedTest): boolean {
  if (sentences.has(title)) return file === undefined || file === 'test/policies/vault-access.test.ts';
  return titles.some((one) => (file === undefined || one.file === file) && one.pattern.test(title));
}

/** Titles stand between backticks, each with `in` and its file behind it where that helps to find it. */
function testsNamedIn(cell: string): { named: NamedTest[]; rest: string } {
  const form = /`([^`]+)`(?: in `(test\/[^`]+)`)?/g;
  if (cell.startsWith('no test:')) return { named: [], rest: cell };
  const named = [...cell.matchAll(form)].map(([, title = '', file]) => ({ title, file }));
  return { named, rest: cell.replace(form, '') };
}

/** The rows of all tables, each of which must have the columns. */
function linesOf(page: string): Line[] {
  return page.split(/^## /m).flatMap((text) => {
    const [section = '', ...rest] = text.split('\n');
    const [head, , ...rows] = rest.filter((line) => line.startsWith('|')).map(cellsOf);
    if (head === undefined) return [];
    expect(head, section).toEqual(COLUMNS);
    return rows.map((cells) => ({ section, cells }));
  });
}

function cellsOf(row: string): string[] {
  return row
    .slice(1, row.lastIndexOf('|'))
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}
