import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DumpReader } from '../../src/dump/dump-reader.js';
import type { Entry, SchemaEntry } from '../../src/dump/entry.js';
import { RowHash } from '../../src/dump/row-hash.js';
import {
  CLOSING,
  dumpOf,
  ENTRIES,
  framed,
  MALICIOUS_DUMP,
  PREAMBLE,
  TOKEN,
  UNRESTRICTED_DUMP,
} from './malicious-dump.js';
import { cutAt, readDump, readPieces, refusal } from './read-dump.js';

function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

function rowHash(rows: string): string {
  const hash = new RowHash();
  hash.consumeRaw(Buffer.from(rows));
  return hash.hex();
}

/** The one schema entry of a dump that has one entry. */
function schemaEntry(header: string, body: string): SchemaEntry {
  const { entries } = readDump(dumpOf(framed(header, body)));
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ kind: 'schema' });
  return entries[0] as SchemaEntry;
}

const TABLE = 'Name: t; Type: TABLE; Schema: public; Owner: hf';
const CREATE = 'CREATE TABLE public.t (\n    a integer\n);\n';

/** What pg_dump 17.12 and pg_dump 15.18 write for the same four large objects. */
describe('large objects under one header', () => {
  const definition = (oid: string) => `SELECT pg_catalog.lo_create('${oid}');\n`;
  const owner = (oid: string) => `ALTER LARGE OBJECT ${oid} OWNER TO r1;\n`;
  const header = (name: string, type: string) => `Name: ${name}; Type: ${type}; Schema: -; Owner: r1`;
  const grant = (oid: string, to: string) => `GRANT SELECT ON LARGE OBJECT ${oid} TO ${to};\n`;
  const as = (suffix: string) => `SET SESSION AUTHORIZATION "r 2"${suffix};\n`;
  const back = (suffix: string) => `RESET SESSION AUTHORIZATION${suffix};\n`;
  const grouped = dumpOf(
    framed(header('601..602', 'BLOB METADATA'), ['601', '602'].map(definition).join('') + owner('601') + owner('602')),
    framed(header('603', 'BLOB METADATA'), definition('603') + owner('603')),
    framed(
      header('LARGE OBJECTS 601..602', 'ACL'),
      grant('601', 'a') +
        grant('602', 'a') +
        ['601', '602'].map((oid) => as(`${oid}(null)`)).join('') +
        grant('601', 'b') +
        grant('602', 'b') +
        ['601', '602'].map((oid) => back(`${oid}(null)`)).join(''),
    ),
    framed(header('LARGE OBJECT 603', 'ACL'), grant('603', 'a') + as('') + grant('603', 'b') + back('')),
  );
  const single = dumpOf(
    ...['601', '602', '603'].map((oid) => framed(header(oid, 'BLOB METADATA'), definition(oid) + owner(oid))),
    ...['601', '602', '603'].map((oid) =>
      framed(header(`LARGE OBJECT ${oid}`, 'ACL'), grant(oid, 'a') + as('') + grant(oid, 'b') + back('')),
    ),
  );

  it('15.1: have entries of their own, the same as under headers of their own', () => {
    expect(readDump(grouped).entries).toEqual(readDump(single).entries);
    expect(readDump(grouped).totals.entries).toBe(6);
  });

  it('15.1: are passed on with the grantor that pg_dump meant', () => {
    const statements: string[] = [];
    const reader = new DumpReader({
      statement: (text, { type } = { type: '' } as never) => type === 'ACL' && statements.push(`${text.toString()}\n`),
    });
    reader.write(Buffer.from(grouped));
    reader.end();
    const group = grant('601', 'a') + grant('602', 'a') + as('') + grant('601', 'b') + grant('602', 'b') + back('');
    expect(statements.join('')).toBe(group + grant('603', 'a') + as('') + grant('603', 'b') + back(''));
    expect(reader.misprinted).toBe(true);
    expect(reader.fingerprintNeeded).toBe(2);
  });

  it('15.1: stay one entry for a backup that was made so', () => {
    const entries: Entry[] = [];
    const reader = new DumpReader({ entry: (entry) => entries.push(entry) }, undefined, 1);
    reader.write(Buffer.from(grouped));
    reader.end();
    expect(entries.map(({ name }) => name)).toEqual(['601..602', '603', 'LARGE OBJECTS 601..602', 'LARGE OBJECT 603']);
    expect(reader.fingerprintNeeded).toBe(1);
  });

  it('15.1: and a misprint of another form is refused', () => {
    expect(refusal(grouped.replace('RESET SESSION AUTHORIZATION601', 'RESET SESSION AUTHORIZATION7'))).toBe(
      'HOSTILE_DUMP',
    );
  });
});

describe('a malicious dump', () => {
  const { entries, totals } = readDump(MALICIOUS_DUMP);
  const found = (type: string, name?: string) =>
    entries.filter((entry) => entry.type === type && (!name || entry.name === name));

  it('has exactly the entries that were dumped, and none of those that it talks about', () => {
    expect(entries.map(({ type, schema, name, occurrence }) => [type, schema, name, occurrence])).toEqual([
      ['SCHEMA', null, 'Odd; Type: VIEW; Schema: s', 1],
      ['TABLE', 'Odd; Type: VIEW; Schema: s', 'x; Type: VIEW; Schema: s; Owner: nobody', 1],
      ['TABLE', 'public', 'new line', 1],
      ['FUNCTION', 'public', 'liar()', 1],
      ['FUNCTION', 'public', 'atomic(integer)', 1],
      ['COMMENT', 'public', 'FUNCTION liar()', 1],
      ['RULE', 'public', 'orders no_delete', 1],
      ['OPERATOR', 'public', '+', 1],
      ['OPERATOR', 'public', '+', 2],
      ['TABLE DATA', 'Odd; Type: VIEW; Schema: s', 'x; Type: VIEW; Schema: s; Owner: nobody', 1],
      ['TABLE DATA', 'public', 'no_columns', 1],
      ['TABLE DATA', 'public', 'by_mood_0', 1],
      ['SEQUENCE SET', 'public', 's', 1],
      ['SEQUENCE SET', 'public', "it's", 1],
      ['LARGE OBJECT DATA', null, '16401', 1],
      ['LARGE OBJECT DATA', null, '16402', 1],
      ['ACL', 'public', 'TABLE orders', 1],
    ]);
    expect(entries.filter((entry) => entry.owner !== 'hf').map((entry) => entry.type)).toEqual([
      'LARGE OBJECT DATA',
      'LARGE OBJECT DATA',
    ]);
  });

  it('adds up', () => {
    expect(totals).toEqual({ entries: 17, tables: 3, rows: 12, largeObjects: 2, rawBytes: MALICIOUS_DUMP.length });
  });

  it('keeps the columns and the rows of a table apart from what they look like', () => {
    const rows = ENTRIES.rows.slice(ENTRIES.rows.indexOf('stdin;) FROM stdin;\n') + 1).split('") FROM stdin;\n')[1]!;
    const content = rows.slice(0, rows.lastIndexOf('\\.\n'));
    expect(found('TABLE DATA')[0]).toMatchObject({
      table: { schema: 'Odd; Type: VIEW; Schema: s', name: 'x; Type: VIEW; Schema: s; Owner: nobody' },
      columns: ['col; a', 'two\nlines', 'quo"te', 'FROM stdin;'],
      rows: 9,
      bytes: content.length,
      hash: rowHash(content),
    });
  });

  it('counts the rows of a table without columns', () => {
    expect(found('TABLE DATA', 'no_columns')).toMatchObject([
      { columns: [], rows: 2, bytes: 2, hash: rowHash('\n\n') },
    ]);
  });

  it('names the root that a partition is loaded through', () => {
    expect(found('TABLE DATA', 'by_mood_0')).toMatchObject([
      { table: { schema: 'public', name: 'by_mood' }, columns: ['mood', 'n'], rows: 1 },
    ]);
  });

  it('keeps sequence values that no number of JavaScript holds, and whether they were used', () => {
    expect(found('SEQUENCE SET')).toMatchObject([
      { kind: 'sequence-value', lastValue: '-9223372036854775808', isCalled: false },
      { kind: 'sequence-value', lastValue: '9007199254740993', isCalled: true },
    ]);
  });

  it('gives each large object its own entry, an empty one too', () => {
    const content = Buffer.from('00ff5c273b0a', 'hex');
    expect(found('LARGE OBJECT DATA')).toMatchObject([
      { kind: 'large-object', name: '16401', bytes: 6, sha256: sha256(content) },
      { kind: 'large-object', name: '16402', bytes: 0, sha256: sha256('') },
    ]);
  });

  it('gives two operators of one identity different fingerprints', () => {
    const [one, two] = found('OPERATOR') as SchemaEntry[];
    expect(one!.sha256).not.toBe(two!.sha256);
  });

  it('reads the same wherever it is cut in two', () => {
    // Compared as text: the matcher would take most of the time.
    const whole = JSON.stringify({ entries, totals });
    for (let at = 1; at < MALICIOUS_DUMP.length; at++) {
      if (JSON.stringify(readPieces(cutAt(MALICIOUS_DUMP, [at]))) !== whole) expect.fail(`differs when cut at ${at}`);
    }
  });

  it('reads the same without the commands that older versions do not write', () => {
    expect(readDump(UNRESTRICTED_DUMP).entries).toEqual(entries);
  });
});

describe('the fingerprint of a definition', () => {
  it('is the SHA-256 of its statements, joined by line breaks', () => {
    const entry = schemaEntry(TABLE, `${CREATE}\n\nALTER TABLE ONLY public.t REPLICA IDENTITY FULL;\n`);
    const text = 'CREATE TABLE public.t (\n    a integer\n);\nALTER TABLE ONLY public.t REPLICA IDENTITY FULL;';
    expect(entry).toMatchObject({ sha256: sha256(text), bytes: text.length - 1 });
  });

  it.each([
    ['the owner, which is compared by itself', `${CREATE}\n\nALTER TABLE public.t OWNER TO hf;\n`],
    ['settings', `${CREATE}\n\nSET default_tablespace = '';\n`],
    ['comments', `${CREATE}\n-- says nothing\n`],
    ['blank lines around it', `\n\n${CREATE}\n\n\n`],
  ])('leaves out %s', (_, body) => {
    expect(schemaEntry(TABLE, body).sha256).toBe(schemaEntry(TABLE, CREATE).sha256);
  });

  it('leaves out the owner of an object whose name looks like a statement', () => {
    const name = '"a; OWNER TO b;"';
    const header = 'Name: a; OWNER TO b;; Type: TABLE; Schema: public; Owner: hf';
    const create = `CREATE TABLE public.${name} ();\n`;
    const owned = schemaEntry(header, `${create}\nALTER TABLE public.${name} OWNER TO hf;\n`);
    expect(owned.sha256).toBe(schemaEntry(header, create).sha256);
  });

  it.each([
    ['a literal', CREATE.replace('integer', "integer DEFAULT '2'"), CREATE.replace('integer', "integer DEFAULT '1'")],
    ['a comment inside a statement', CREATE, CREATE.replace('integer', 'integer -- one')],
    ["another role's grant of ownership", CREATE, `${CREATE}\nALTER TABLE public.t OWNER TO someone_else;\n`],
    ['a second statement', CREATE, `${CREATE}\nALTER TABLE ONLY public.t FORCE ROW LEVEL SECURITY;\n`],
  ])('changes with %s', (_, a, b) => {
    expect(schemaEntry(TABLE, a).sha256).not.toBe(schemaEntry(TABLE, b).sha256);
  });

  it('changes with the tablespace, which only the header names', () => {
    expect(schemaEntry(`${TABLE}; Tablespace: fast`, CREATE).sha256).not.toBe(schemaEntry(TABLE, CREATE).sha256);
  });

  it('changes with the access method, which a setting before the header names', () => {
    const first = framed('Name: a; Type: TABLE; Schema: public; Owner: hf', 'CREATE TABLE public.a ();\n');
    const read = (method: string) =>
      readDump(dumpOf(first, `SET default_table_access_method = ${method};\n\n`, framed(TABLE, CREATE))).entries.at(-1);
    expect(read('columnar')).not.toEqual(read('heap'));
    expect(read('heap')).toEqual(schemaEntry(TABLE, CREATE));
  });

  it('tells who made a grant', () => {
    const header = 'Name: TABLE t; Type: ACL; Schema: public; Owner: hf';
    const grant = 'GRANT SELECT ON TABLE public.t TO c;\n';
    const by = (role: string) => `SET SESSION AUTHORIZATION ${role};\n${grant}RESET SESSION AUTHORIZATION;\n`;
    const fingerprints = [grant, by('a'), by('b')].map((body) => schemaEntry(header, body));
    expect(new Set(fingerprints.map((entry) => entry.sha256)).size).toBe(3);
    expect(new Set(fingerprints.map((entry) => entry.canonicalSha256)).size).toBe(3);
  });
});

describe('table data', () => {
  const header = 'Data for Name: t; Type: TABLE DATA; Schema: public; Owner: hf';
  const data = (rows: string) => {
    const { entries } = readDump(dumpOf(framed(header, `COPY public.t (a, b) FROM stdin;\n${rows}\\.\n`)));
    return entries[0] as Extract<Entry, { kind: 'table-data' }>;
  };

  it('has the same hash in any order of its rows', () => {
    expect(data('1\tx\n2\ty\n3\tz\n')).toEqual(data('3\tz\n1\tx\n2\ty\n'));
  });

  it.each([
    ['a row less', '1\tx\n'],
    ['a row twice', '1\tx\n2\ty\n2\ty\n'],
    ['a changed value', '1\tx\n2\tz\n'],
    ['values that changed places', '1\ty\n2\tx\n'],
    ['an empty string for a null', '1\tx\n2\t\n'],
  ])('has another hash with %s', (_, rows) => {
    expect(data(rows).hash).not.toBe(data('1\tx\n2\ty\n').hash);
    expect(data('1\tx\n2\t\\N\n').hash).not.toBe(data('1\tx\n2\t\n').hash);
  });

  it('starts from nothing for every table', () => {
    const { entries } = readDump(
      dumpOf(
        framed(header, 'COPY public.t (a) FROM stdin;\n1\n\\.\n'),
        framed(header.replace('t;', 'u;'), 'COPY public.u (a) FROM stdin;\n1\n\\.\n'),
      ),
    );
    expect(entries).toMatchObject([
      { rows: 1, bytes: 2 },
      { rows: 1, bytes: 2, hash: rowHash('1\n') },
    ]);
  });
});

describe('a truncated dump', () => {
  const closed = (dump: Buffer) => dump.indexOf('-- PostgreSQL database dump complete\n--\n\n', dump.length - 100) + 37;

  it("is refused at every byte before the end of pg_dump's closing line", () => {
    const end = closed(UNRESTRICTED_DUMP);
    for (let length = 0; length < end; length++) {
      const code = refusal(UNRESTRICTED_DUMP.subarray(0, length));
      if (code !== 'DUMP_TRUNCATED' && code !== 'DUMP_MALFORMED') expect.fail(`${length} bytes: ${code}`);
    }
  });

  it('is refused at every byte before the last line, where pg_dump wrote \\restrict', () => {
    const end = MALICIOUS_DUMP.length - 1;
    for (let length = 0; length < end; length++) {
      const code = refusal(MALICIOUS_DUMP.subarray(0, length));
      if (code !== 'DUMP_TRUNCATED' && code !== 'DUMP_MALFORMED') expect.fail(`${length} bytes: ${code}`);
    }
    expect(refusal(MALICIOUS_DUMP.subarray(0, end))).toBeUndefined();
  });

  it('may lack only the empty comment line that follows the closing line', () => {
    expect(refusal(UNRESTRICTED_DUMP.subarray(0, closed(UNRESTRICTED_DUMP)))).toBeUndefined();
  });

  it('is refused when its beginning is missing', () => {
    const missing = UNRESTRICTED_DUMP.indexOf('CREATE FUNCTION');
    expect(refusal(UNRESTRICTED_DUMP.subarray(missing))).toBe('DUMP_MALFORMED');
  });
});

describe('a dump is refused', () => {
  const table = framed(TABLE, CREATE);

  it.each([
    ['a shell command', dumpOf('\\! true\n', table)],
    ['a command after a statement', dumpOf(table.replace(');', '); \\! true'))],
    ['a connection to elsewhere', dumpOf('\\connect postgres\n', table)],
    ['a command between two tables', dumpOf(table, '\\echo x\n')],
    ["a command behind pg_dump's own", dumpOf(`\\restrict ${TOKEN} \\! true\n`, table)],
    ['a command after the closing line', `${dumpOf(table)}\\! true\n`],
    ['\\restrict in the middle', dumpOf(table, `\\restrict ${TOKEN}\n`)],
    ['\\restrict twice', dumpOf(`\\restrict ${TOKEN}\n\\restrict ${TOKEN}\n`, table)],
    ['\\unrestrict before the end', dumpOf(`\\restrict ${TOKEN}\n`, table, `\\unrestrict ${TOKEN}\n`)],
    ['\\unrestrict with another token', `${dumpOf(`\\restrict ${TOKEN}\n`, table)}\\unrestrict x${TOKEN}\n`],
    ['\\unrestrict alone', `${dumpOf(table)}\\unrestrict ${TOKEN}\n`],
    [
      'a setting that calls a function',
      dumpOf(`SELECT pg_catalog.set_config('search_path', version(), false);\n`, table),
    ],
    ['a setting of something else', dumpOf(`SELECT pg_catalog.set_config('role', '', false);\n`, table)],
    ['a carriage return among rows', UNRESTRICTED_DUMP.toString().replace('x\\.\n', 'x\\.\r\n')],
  ])('as hostile with %s', (_, dump) => {
    expect(refusal(dump)).toBe('HOSTILE_DUMP');
  });

  const ENCODINGS = ['SJIS', 'SHIFT_JIS_2004', 'BIG5', 'GBK', 'UHC', 'GB18030', 'JOHAB', 'win932', 'mskanji'];
  const SETTINGS: readonly string[] = [
    ...ENCODINGS.map((name) => `SET client_encoding = '${name}';`),
    ...['=', 'TO'].map((to) => `SET client_encoding ${to} SJIS;`),
    `SET client_encoding = "SJIS";`,
    `SET client_encoding = E'SJI\\123';`,
    `SET "client_encoding" = 'SJIS';`,
    `set Client_Encoding = 'SJIS';`,
    `SET SESSION client_encoding = 'SJIS';`,
    `SET LOCAL client_encoding = 'SJIS';`,
    `SET /**/ client_encoding = 'SJIS';`,
    `/**/ SET client_encoding = 'SJIS';`,
    `SET U&"client_encoding" = 'SJIS';`,
    `SET NAMES 'SJIS';`,
    `set names sjis;`,
    `SET client_encoding FROM CURRENT;`,
    `RESET client_encoding;`,
    `RESET ALL;`,
    `DISCARD ALL;`,
    `SELECT set_config('client_encoding', 'SJIS', false);`,
    `SELECT pg_catalog.set_config('client_encoding', 'SJIS', false);`,
    `SELECT pg_catalog.set_config(E'search\\137path', 'x', false);`,
    `UPDATE pg_settings SET setting = 'SJIS' WHERE name = 'client_encoding';`,
    `DO $$ BEGIN PERFORM set_config('client_encoding', 'SJIS', false); END $$;`,
    `DO LANGUAGE plpgsql 'BEGIN END';`,
    `ALTER ROLE CURRENT_USER SET client_encoding = 'SJIS';`,
    `ALTER USER postgres SET client_encoding = 'SJIS';`,
    `ALTER DATABASE d SET client_encoding = 'SJIS';`,
    `ALTER SYSTEM SET client_encoding = 'SJIS';`,
    `SET standard_conforming_strings TO off;`,
    `SET Standard_Conforming_Strings = off;`,
    `SET ROLE postgres;`,
    `SET session_authorization = postgres;`,
    `SET SESSION AUTHORIZATION postgres;`,
    `CALL s.p();`,
    `EXECUTE x;`,
    `WITH a AS (SELECT set_config('client_encoding', 'SJIS', false)) SELECT;`,
    `VALUES (set_config('client_encoding', 'SJIS', false));`,
    `TABLE s.evil_view;`,
    `COMMIT;`,
    `ROLLBACK;`,
    `LOAD 'x';`,
    `EXPLAIN ANALYZE SELECT evil();`,
    `SELECT evil();`,
    `SELECT pg_catalog.lo_export(1, '/tmp/x');`,
    `GRANT postgres TO evil;`,
    `GRANT "SELECT ON x" TO evil;`,
    `GRANT usage TO evil;`,
    `CREATE ROLE evil SUPERUSER;`,
    `CREATE USER evil SUPERUSER;`,
    `ALTER ROLE evil SUPERUSER;`,
    `CREATE DATABASE d;`,
    `DROP TABLE public.t;`,
  ];

  it('A7: as malformed with a comment that is longer than any header', () => {
    expect(refusal(dumpOf(`-- Name: ${'; Type: A; Schema: '.repeat(10_000)}\n`, table))).toBe('DUMP_MALFORMED');
  });

  it.each(SETTINGS)('A6: as hostile with %s inside an entry', (statement) => {
    expect(refusal(dumpOf(framed(TABLE, `${CREATE}\n${statement}\n`)))).toBe('HOSTILE_DUMP');
  });

  it.each(SETTINGS)('A6: with %s before the first entry', (statement) => {
    expect(refusal(dumpOf(`${statement}\n`, table))).toMatch(/^(HOSTILE_DUMP|DUMP_MALFORMED)$/);
  });

  it.each([`SET client_encoding = 'UTF8';`, 'SET standard_conforming_strings = off;'])(
    'A6: as hostile with %s after the first entry, and not before it',
    (statement) => {
      expect(refusal(dumpOf(`${statement}\n`, table))).toBeUndefined();
      expect(refusal(dumpOf(table, `${statement}\n`, table))).toBe('HOSTILE_DUMP');
    },
  );

  it.each([
    `SELECT pg_catalog.setval('s.s'||evil('x'), 1, true);`,
    `SELECT pg_catalog.setval('s.s', 1, true), evil('x', 1, true);`,
    `SELECT pg_catalog.setval('s\\', 1, true), evil('x', 1, true);`,
    `SELECT pg_catalog.setval(E's\\'', evil('x'), 1, true);`,
  ])('A6: as malformed with more than a value in %s', (statement) => {
    const entry = framed('Name: s; Type: SEQUENCE SET; Schema: s; Owner: -', `${statement}\n`);
    expect(refusal(dumpOf(entry))).toBe('DUMP_MALFORMED');
  });

  it.each([
    ['ACL', 'GRANT SELECT(a),UPDATE(b) ON TABLE s.t TO "x ON y";'],
    ['ACL', 'REVOKE ALL ON FUNCTION s.f(a integer) FROM PUBLIC;'],
    ['ACL', 'REVOKE GRANT OPTION FOR ALL ON TABLE s.t FROM a;'],
    ['ACL', 'SET SESSION AUTHORIZATION "a""b";'],
    ['ACL', 'RESET SESSION AUTHORIZATION;'],
    ['DEFAULT ACL', 'ALTER DEFAULT PRIVILEGES FOR ROLE a IN SCHEMA s GRANT SELECT ON TABLES  TO b;'],
    ['USER MAPPING', `CREATE USER MAPPING FOR a SERVER s OPTIONS (x 'y');`],
    ['BLOB', `SELECT pg_catalog.lo_create('16401');`],
    ['BLOB METADATA', `SELECT pg_catalog.lo_create('16401');`],
    ['SECURITY LABEL', `SECURITY LABEL FOR dummy ON TABLE s.t IS 'x';`],
    ['MATERIALIZED VIEW DATA', 'REFRESH MATERIALIZED VIEW s.m;'],
    ['TABLE', 'SET default_table_access_method = "my heap";'],
    ['STATISTICS DATA', `SELECT * FROM pg_catalog.pg_restore_relation_stats('version', '180000'::integer);`],
  ])('A6: not with what pg_dump writes in an entry of the type %s: %s', (type, statement) => {
    expect(refusal(dumpOf(framed(`Name: x; Type: ${type}; Schema: s; Owner: -`, `${statement}\n`)))).toBeUndefined();
  });

  it('as hostile with the end marker that psql takes besides its own', () => {
    const dump = UNRESTRICTED_DUMP.toString().replace('\\.x\n', '\\.\r\n\\! true\n');
    expect(refusal(dump)).toBe('HOSTILE_DUMP');
    const bytes = Buffer.from(dump);
    for (let at = bytes.indexOf('\r') - 3; at < bytes.indexOf('\r') + 4; at++) {
      expect(refusal(...(cutAt(bytes, [at]) as [Buffer, Buffer])), `cut at ${at}`).toBe('HOSTILE_DUMP');
    }
  });

  it.each([
    ['a statement before the first entry', dumpOf('CREATE TABLE public.early ();\n', table)],
    ['a statement after the closing line', `${dumpOf(table)}DROP TABLE public.t;\n`],
    ['a setting after the closing line', `${dumpOf(table)}SET x = 1;\n`],
    ['an entry after the closing line', dumpOf(table) + table],
    ['rows under the header of a table', dumpOf(framed(TABLE, 'COPY public.t (a) FROM stdin;\n1\n\\.\n'))],
    ['rows before the first entry', dumpOf('COPY public.t (a) FROM stdin;\n1\n\\.\n', table)],
    ['table data without rows', dumpOf(framed('Data for Name: t; Type: TABLE DATA; Schema: s; Owner: -', ''))],
    [
      'table data as INSERT',
      dumpOf(framed('Data for Name: t; Type: TABLE DATA; Schema: s; Owner: -', 'INSERT INTO s.t VALUES (1);\n')),
    ],
    [
      'table data of two tables',
      dumpOf(
        framed(
          'Data for Name: t; Type: TABLE DATA; Schema: s; Owner: -',
          'COPY s.t  FROM stdin;\n\\.\nCOPY s.u  FROM stdin;\n\\.\n',
        ),
      ),
    ],
    ['a sequence without value', dumpOf(framed('Name: s; Type: SEQUENCE SET; Schema: s; Owner: -', ''))],
    [
      'a sequence with another statement',
      dumpOf(framed('Name: s; Type: SEQUENCE SET; Schema: s; Owner: -', 'SELECT 1;\n')),
    ],
    [
      'a sequence with two values',
      dumpOf(
        framed(
          'Name: s; Type: SEQUENCE SET; Schema: s; Owner: -',
          ENTRIES.sequence.repeat(1).split('\n\n')[1]!.trim().concat('\n').repeat(2),
        ),
      ),
    ],
    ['a large object that is not closed', dumpOf(ENTRIES.blobs.replaceAll('SELECT pg_catalog.lo_close(0);', ''))],
    ['a large object inside another', dumpOf(ENTRIES.blobs.replace('SELECT pg_catalog.lo_close(0);', ''))],
    ["a large object's content that is cut short", dumpOf(ENTRIES.blobs.replace('x00ff5c27', 'x00ff5c2'))],
    ["a large object's content that is no number", dumpOf(ENTRIES.blobs.replace('x00ff5c27', 'x00fg5c27'))],
    [
      'content outside a large object',
      dumpOf(ENTRIES.blobs.replace(`SELECT pg_catalog.lo_open('16401', 131072);`, '')),
    ],
    ['another statement among large objects', dumpOf(ENTRIES.blobs.replace('COMMIT;', 'SELECT 1;\nCOMMIT;'))],
    ['a transaction end inside a large object', dumpOf(ENTRIES.blobs.replace(`27');`, `27');\nCOMMIT;`))],
  ])('as malformed with %s', (_, dump) => {
    expect(refusal(dump)).toBe('DUMP_MALFORMED');
  });

  it('not when nothing is wrong with it', () => {
    expect(refusal(dumpOf(table))).toBeUndefined();
    expect(refusal(PREAMBLE + CLOSING)).toBeUndefined();
    expect(refusal(`${dumpOf(`\\restrict ${TOKEN}\n`, table)}\\unrestrict ${TOKEN}\n`)).toBeUndefined();
  });
});

describe('an observer', () => {
  it('gets back every statement and row between the comments, in order and byte for byte', () => {
    const parts: string[] = [];
    const ordinals: number[] = [];
    const reader = new DumpReader({
      header: (_, ordinal) => ordinals.push(ordinal),
      statement: (text) => parts.push(text.toString()),
      rows: (chunk, start, end) => parts.push(chunk.toString('utf8', start, end)),
    });
    for (const piece of cutAt(UNRESTRICTED_DUMP, [700, 1400, 2100, 2800, 3500])) reader.write(piece);
    reader.end();
    const squeeze = (text: string) => text.replace(/^--.*$/gm, '').replace(/\s+/g, '');
    expect(squeeze(parts.join('\n'))).toBe(squeeze(UNRESTRICTED_DUMP.toString()));
    expect(ordinals).toEqual(Object.keys(ENTRIES).map((__, index) => index + 1));
  });

  it('can stop the reading by throwing', () => {
    const reader = new DumpReader({
      entry: () => {
        throw new Error('enough');
      },
    });
    expect(() => reader.write(UNRESTRICTED_DUMP)).toThrow('enough');
  });

  it('sees how far the reading is', () => {
    const reader = new DumpReader();
    const at = UNRESTRICTED_DUMP.indexOf('\\N\t\\N');
    reader.write(UNRESTRICTED_DUMP.subarray(0, at));
    expect(reader.progress).toEqual({ rawBytes: at, rows: 8 });
    reader.write(UNRESTRICTED_DUMP.subarray(at));
    expect(reader.progress).toEqual({ rawBytes: UNRESTRICTED_DUMP.length, rows: 12 });
  });
});
