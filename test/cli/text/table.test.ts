import { expect, it } from 'vitest';
import { styleOf, type Style } from '../../../src/cli/text/style.js';
import { formatTable, formatTableWithKeys } from '../../../src/cli/text/table.js';

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

it('has colours on a terminal alone, and none when they are not wanted', () => {
  const isColored = (options: Parameters<typeof styleOf>[0]) => styleOf(options).colors.red('x') !== 'x';
  const stream = { isTTY: true, columns: 80 };
  expect(isColored({ stream, env: {}, color: true })).toBe(true);
  expect(isColored({ stream, env: { NO_COLOR: '1' }, color: true })).toBe(false);
  expect(isColored({ stream, env: { TERM: 'dumb' }, color: true })).toBe(false);
  expect(isColored({ stream, env: {}, color: false })).toBe(false);
  expect(isColored({ stream: {}, env: {}, color: true })).toBe(false);
});
