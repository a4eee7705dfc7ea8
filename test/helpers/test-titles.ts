/** The titles of all tests, read from the files: what a page of the docs may name as its proof. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

const TEST_DIRECTORY = join(import.meta.dirname, '..');

export interface TestTitle {
  /** From the root of the repository: `test/policies/vault-access.test.ts`. */
  readonly file: string;
  /** Matches the title as it is reported; a placeholder whose value the file does not spell out matches any text. */
  readonly pattern: RegExp;
}

/** Of `it`, `test` and `describe`, with and without `each`. A title that is nothing but an unknown value is left out. */
export function testTitles(): TestTitle[] {
  const files = readdirSync(TEST_DIRECTORY, { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => name.endsWith('.test.ts'))
    .flatMap((name) => {
      const path = join(TEST_DIRECTORY, name);
      const file = relative(join(TEST_DIRECTORY, '..'), path);
      return titlesIn(path, readFileSync(path, 'utf8')).map((pattern) => ({ file, pattern }));
    });
}

const ANY = '\0';

export function titlesIn(path: string, text: string): RegExp[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) found.push(...titlesOf(node));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return found.filter((title) => title.replaceAll(ANY, '').trim() !== '').map(asPattern);
}

function titlesOf({ expression, arguments: given }: ts.CallExpression): string[] {
  const title = given[0] && textOf(given[0]);
  if (title === undefined || !/^(it|test|describe)\b/.test(expression.getText())) return [];
  const rows = ts.isCallExpression(expression) ? rowsOf(expression.arguments[0]) : [[]];
  return rows.map((row) => fill(title, row));
}

/** The texts of each row of a table, in order; one row of nothing where the table is made elsewhere. */
function rowsOf(table: ts.Node | undefined): string[][] {
  const array = table && unwrap(table);
  if (!array || !ts.isArrayLiteralExpression(array)) return [[]];
  return array.elements.map((element) => {
    const row = unwrap(element);
    const cells = ts.isArrayLiteralExpression(row) ? [...row.elements] : [row];
    return cells.map((cell) => textOf(cell) ?? ANY);
  });
}

function fill(title: string, row: readonly string[]): string {
  let place = 0;
  return title
    .replace(/%[sdifjoc#$]/g, (mark) => (mark === '%s' ? (row[place++] ?? ANY) : (place++, ANY)))
    .replace(/\$[a-z][\w.]*/gi, ANY);
}

function textOf(node: ts.Node): string | undefined {
  const text = unwrap(node);
  if (ts.isStringLiteralLike(text)) return text.text;
  if (!ts.isTemplateExpression(text)) return undefined;
  return text.head.text + text.templateSpans.map(({ literal }) => ANY + literal.text).join('');
}

function unwrap(node: ts.Node): ts.Node {
  return ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node)
    ? unwrap(node.expression)
    : node;
}

function asPattern(title: string): RegExp {
  const parts = title.split(ANY).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.+')}$`, 's');
}
