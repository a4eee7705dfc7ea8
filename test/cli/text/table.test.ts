import { expect, it } from 'vitest';
import { styleOf, type Style } from '../../../src/cli/text/style.js';
import { formatTable, formatTableWithDetails, formatTableWithKeys } from '../../../src/cli/text/table.js';

const plain = styleOf({ stream: {}, env: {}, color: true });
const terminal = (columns: number): Style =>
  styleOf({ stream: { isTTY: true, columns }, env: { NO_COLOR: '1' }, color: true });

it('lines columns up, without trailing spaces', () => {
  const columns = [{ title: 'name' }, { title: 'rows', align: 'right' as const }, { title: 'proof' }];
  const rows = [
    ['orders', '1,000', 'proven'],
    ['x', '7', ''],
  ];
  expect(formatTable(columns, rows, plain)).toBe('name     rows  proof\norders  1,000  proven\nx           7');
});

it('shows a name with a line break on one line', () => {
  expect(formatTable([{ title: 'name' }], [['a\nb\u001b[2J']], plain)).toBe('name\na\\nb\\u001b[2J');
});

it('puts keys below the table where the terminal is too narrow for them, and into the rows elsewhere', () => {
  const rows = [{ cells: ['orders'], key: 'layer2/orders/2026/11/22/orders_20261122T030000Z.sql.gz' }];
  const key = rows[0]!.key;
  expect(formatTableWithKeys([{ title: 'database' }], rows, plain)).toBe(`database  key\norders    ${key}`);
  expect(formatTableWithKeys([{ title: 'database' }], rows, terminal(200))).toBe(`database  key\norders    ${key}`);
  expect(formatTableWithKeys([{ title: 'database' }], rows, terminal(60))).toBe(`database\norders\n${key}`);
});

it('has colors on a terminal alone, and none when they are not wanted', () => {
  const isColored = (options: Parameters<typeof styleOf>[0]) => styleOf(options).colors.red('x') !== 'x';
  const stream = { isTTY: true, columns: 80 };
  expect(isColored({ stream, env: {}, color: true })).toBe(true);
  expect(isColored({ stream, env: { NO_COLOR: '1' }, color: true })).toBe(false);
  expect(isColored({ stream, env: { TERM: 'dumb' }, color: true })).toBe(false);
  expect(isColored({ stream, env: {}, color: false })).toBe(false);
  expect(isColored({ stream: {}, env: {}, color: true })).toBe(false);
});

it('wraps flexible columns between words where the terminal is too narrow, and never elsewhere', () => {
  const columns = [
    { title: 'database' },
    { title: 'taken at', flexible: true },
    { title: 'rows in it', align: 'right' as const },
    { title: 'proof', flexible: true },
  ];
  const paint = (text: string) => `<${text}>`;
  const rows = [['orders', '2026-11-22 03:00:00', '1,000', { text: 'proven, 3 h ago', paint }]];
  const inOneLine = [
    'database  taken at             rows in it  proof',
    'orders    2026-11-22 03:00:00       1,000  <proven, 3 h ago>',
  ];
  const formatFor = (style: Style) => formatTable(columns, rows, style).split('\n');
  expect(formatFor(plain)).toEqual(inOneLine);
  expect(formatFor(terminal(58))).toEqual(inOneLine);
  // Each line is painted by itself.
  expect(formatFor(terminal(48))).toEqual([
    'database  taken at    rows in it  proof',
    'orders    2026-11-22       1,000  <proven, 3 h>',
    '          03:00:00                <ago>',
  ]);
  // A heading may be wrapped in any column; words stay whole where even that does not help.
  expect(formatFor(terminal(40))).toEqual([
    'database  taken at    rows in  proof',
    '                           it',
    'orders    2026-11-22    1,000  <proven, 3>',
    '          03:00:00             <h ago>',
  ]);
});

it('puts sentences below their row where the terminal has no room beside it', () => {
  const word = 'layer2/orders/2026/11/22/orders_20261122T030000Z.manifest.json';
  const rows = [{ cells: ['orders'], details: ['kept as it is unreadable', `see ${word}`] }];
  const formatFor = (style: Style, flexible = false) =>
    formatTableWithDetails([{ title: 'database' }], { title: 'why', flexible }, rows, style);
  const whole = `database  why\norders    kept as it is unreadable see ${word}`;
  const below = `database\norders\n    kept as it is unreadable\n    see\n    ${word}`;
  expect(formatFor(plain)).toBe(whole);
  expect(formatFor(terminal(120))).toBe(whole);
  expect(formatFor(terminal(60))).toBe(below);
  expect(formatFor(terminal(60), true)).toBe(below);
  expect(formatFor(terminal(80), true)).toBe(
    `database  why\norders    kept as it is unreadable see\n          ${word}`,
  );
});

it('counts the columns that a terminal takes, not characters', () => {
  const columns = [{ title: 'name' }, { title: 'rows', align: 'right' as const }, { title: 'proof' }];
  const rows = [
    ['注文', '12', 'proven'],
    ['orders', '1,000', 'failed'],
    ['cafe\u0301', '3', '✅'],
    ['👩‍👩‍👧‍👦', '7', { text: '見本', paint: (text: string) => `\u001b[31m${text}\u001b[39m` }],
  ];
  expect(formatTable(columns, rows, plain).split('\n')).toEqual([
    'name     rows  proof',
    '注文       12  proven',
    'orders  1,000  failed',
    'cafe\u0301        3  ✅',
    '👩‍👩‍👧‍👦          7  \u001b[31m見本\u001b[39m',
  ]);
});

it('wraps wide characters by the columns that they take', () => {
  const columns = [{ title: 'x' }, { title: 'why', flexible: true }];
  const why = '部分 見本 注文 見本 部分 見本 注文 見本 部分';
  // 3 columns for x and the gap, and 37 are left: seven of two characters with their spaces take 34, eight 39.
  expect(formatTable(columns, [['a', why]], terminal(40)).split('\n')).toEqual([
    'x  why',
    'a  部分 見本 注文 見本 部分 見本 注文',
    '   見本 部分',
  ]);
  expect(formatTable(columns, [['a', why]], terminal(60)).split('\n')).toEqual(['x  why', `a  ${why}`]);
});
