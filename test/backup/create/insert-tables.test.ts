/** Where tables come to lie in a dump, and that rows are counted. */
import { describe, expect, test } from 'vitest';
import { insertTables, type LargeTables } from '../../../src/backup/create/insert-tables.js';
import { DumpReader } from '../../../src/dump/dump-reader.js';
import type { LargeTable } from '../../../src/postgres/readers/large-tables.js';
import { cutAt } from '../../dump/read-dump.js';

const header = (type: string, name: string) =>
  `--\n-- ${type === 'TABLE DATA' ? 'Data for ' : ''}Name: ${name}; Type: ${type}; Schema: s; Owner: o\n--\n\n`;
const data = (name: string) => `${header('TABLE DATA', name)}COPY s.${name} (a) FROM stdin;\n1\n2\n\\.\n\n\n`;
const view = (name: string) => `${header('VIEW', name)}CREATE VIEW s.${name} AS SELECT 1;\n\n\n`;
const constraint = `${header('CONSTRAINT', 'c')}ALTER TABLE s.c ADD CONSTRAINT x UNIQUE (a);\n\n\n`;
const START = `--\n-- PostgreSQL database dump\n--\n\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n\n`;
const END = `--\n-- PostgreSQL database dump complete\n--\n\n`;

const table = (name: string): LargeTable => ({
  oid: '1',
  schema: 's',
  name,
  owner: 'o',
  qualified: `s.${name}`,
  columns: 'a',
});

/** Tables that have come, each with two rows. @param counted how many the server says it has sent */
function read(names: readonly string[], counted = 2): LargeTables {
  const readers = {
    async *rowsOf(_table: LargeTable, onEnd: (rows: number) => void) {
      yield await Promise.resolve(Buffer.from('1\n'));
      yield Buffer.from('2\n');
      onEnd(counted);
    },
  } as unknown as LargeTables['readers'];
  const pool = { requireAlive: () => Promise.resolve(), end: () => Promise.resolve(), size: 1 };
  return { tables: names.map(table), readers, pool };
}

async function insert(pieces: readonly Buffer[], large: LargeTables): Promise<string> {
  const reader = new DumpReader();
  const source = async function* () {
    for (const piece of pieces) yield await Promise.resolve(piece);
  };
  const chunks: Buffer[] = [];
  for await (const chunk of insertTables(source(), reader, large)) {
    reader.write(chunk);
    chunks.push(chunk);
  }
  reader.end();
  return Buffer.concat(chunks).toString();
}

describe('issue 13, B: a table that pg_dump leaves out', () => {
  test.each([
    ['before, between and after others', ['b', 'd'], ['a', 'c', 'e'], constraint],
    ['alone, in front of what needs its rows', [], ['a', 'b'], constraint],
    ['alone, at the end', [], ['a'], ''],
    ['among names of other cases', ['a', 'b'], ['Z', 'aa'], constraint],
  ])('comes %s', async (_where, own, ours, rest) => {
    const expected = `${START}${view('zz')}${[...own, ...ours].sort().map(data).join('')}${rest}${END}`;
    const dump = Buffer.from(`${START}${view('zz')}${own.map(data).join('')}${rest}${END}`);
    expect(await insert([dump], read(ours))).toBe(expected);
    for (let at = 0; at < dump.length; at += 3)
      expect(await insert(cutAt(dump, [at, at + 7]), read(ours))).toBe(expected);
    expect(
      await insert(
        [...dump].map((byte) => Buffer.of(byte)),
        read(ours),
      ),
    ).toBe(expected);
  });

  test('is not put where a header stands only in text', async () => {
    const text = `${header('FUNCTION', 'f()')}CREATE FUNCTION s.f() RETURNS text LANGUAGE sql AS $$\n${data('zzz')}${constraint}$$;\n\n\n`;
    const rows = `${header('TABLE DATA', 'b')}COPY s.b (a) FROM stdin;\n--\n-- Name: x; Type: INDEX; Schema: s; Owner: o\n--\n\\.\n\n\n`;
    const dump = Buffer.from(`${START}${text}${rows}${constraint}${END}`);
    expect(await insert([dump], read(['a', 'c']))).toBe(
      `${START}${text}${data('a')}${rows}${data('c')}${constraint}${END}`,
    );
  });

  test.each([1, 3])('makes no dump when the server says that it has sent %i rows and two came', async (counted) => {
    const dump = Buffer.from(`${START}${END}`);
    await expect(insert([dump], read(['a'], counted))).rejects.toMatchObject({
      code: 'DUMP_FAILED',
      message: expect.stringMatching(/s\.a: 2 came, and the server says that it has sent \d/) as string,
    });
  });
});
