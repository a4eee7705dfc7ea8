import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/dump/entry.js';
import { RowHash } from '../../src/dump/row-hash.js';
import { dumpOf, framed } from './malicious-dump.js';
import { cutAt, readPieces } from './read-dump.js';

/** What a generated entry looks like in the dump, and what must be read from it. */
interface Generated {
  readonly text: string;
  readonly expected: Record<string, unknown>;
}

/** Pieces that make names and values hostile when they are put together. */
const PIECES = [
  '; Type: ',
  '; Schema: ',
  '; Owner: ',
  '-- Name: ',
  'VIEW',
  'TABLE DATA',
  'FROM stdin;',
  'COPY t (a) ',
  '\\.',
  '"',
  "'",
  ';',
  '$$',
  '$a$',
  '(',
  ')',
  '/*',
  '*/',
  '--',
  '\\',
  ' OWNER TO ',
  '.',
  ',',
  ' ',
  'E',
  'é',
  '漢',
  'a',
  'B',
  '1',
] as const;

const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
const hostile = fc
  .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 6 })
  .map((pieces) => pieces.join(''))
  // A name of nothing but blanks, or `-`, has no meaning in a header.
  .filter((name) => name.trim() === name && name !== '-');
const name = fc.oneof(word, hostile);

/** As PostgreSQL quotes: always right, if not always needed. */
function quoted(identifier: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(identifier) ? identifier : `"${identifier.replaceAll('"', '""')}"`;
}

/** As pg_dump writes a literal in an entry. */
function literal(value: string): string {
  const doubled = value.replaceAll("'", "''");
  return value.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

/** As COPY writes a value. */
function copyValue(value: string | null): string {
  if (value === null) return '\\N';
  return value.replace(
    /[\\\n\t\r\b\f\v]/g,
    (c) => `\\${{ '\n': 'n', '\t': 't', '\r': 'r', '\b': 'b', '\f': 'f', '\v': 'v' }[c] ?? c}`,
  );
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The bodies of functions: pieces of anything, in a dollar quote that they do not hold. */
function dollarQuoted(body: string): string {
  let tag = '$_$';
  while (body.includes(tag.slice(0, -1))) tag = `${tag.slice(0, -1)}x$`;
  return `${tag}${body}${tag}`;
}

const table = fc
  .record({ schema: word, name, owner: word, columns: fc.array(name, { maxLength: 4 }), text: hostile })
  .map(({ schema, name: table, owner, columns, text }): Generated => {
    const lines = columns.map((column) => `    ${quoted(column)} text DEFAULT ${literal(text)}`);
    const create = `CREATE TABLE ${schema}.${quoted(table)} (\n${lines.join(',\n')}\n);`;
    return {
      text: framed(
        `Name: ${table}; Type: TABLE; Schema: ${schema}; Owner: ${owner}`,
        `${create}\n\n\nALTER TABLE ${schema}.${quoted(table)} OWNER TO ${owner};\n`,
      ),
      expected: { kind: 'schema', type: 'TABLE', schema, name: table, owner, sha256: sha256(create) },
    };
  });

const fn = fc
  .record({ schema: word, name: word, body: fc.array(fc.oneof(hostile, fc.constant('\n')), { maxLength: 8 }) })
  .map(({ schema, name: called, body }): Generated => {
    const create = `CREATE FUNCTION ${schema}.${called}() RETURNS text\n    LANGUAGE plpgsql\n    AS ${dollarQuoted(body.join(''))};`;
    return {
      text: framed(`Name: ${called}(); Type: FUNCTION; Schema: ${schema}; Owner: -`, `${create}\n`),
      expected: { kind: 'schema', type: 'FUNCTION', schema, name: `${called}()`, owner: null, sha256: sha256(create) },
    };
  });

/** No text of PostgreSQL has a NUL, and a dump with one is refused. */
const anyText = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', ''));
const value = fc.oneof(fc.constant(null), hostile, anyText, fc.constant('\\.'));
const rows = fc
  .record({ schema: word, name, columns: fc.uniqueArray(name, { maxLength: 3 }) })
  .chain(({ schema, name: table, columns }) =>
    fc
      .array(fc.array(value, { minLength: columns.length, maxLength: columns.length }), { maxLength: 8 })
      .map((lines): Generated => {
        const content = lines.map((line) => `${line.map(copyValue).join('\t')}\n`).join('');
        const list = columns.length === 0 ? '' : `(${columns.map(quoted).join(', ')})`;
        const hash = new RowHash();
        hash.consumeRaw(Buffer.from(content));
        return {
          text: framed(
            `Data for Name: ${table}; Type: TABLE DATA; Schema: ${schema}; Owner: hf`,
            `COPY ${schema}.${quoted(table)} ${list} FROM stdin;\n${content}\\.\n`,
          ),
          expected: {
            kind: 'table-data',
            type: 'TABLE DATA',
            schema,
            name: table,
            table: { schema, name: table },
            columns,
            rows: lines.length,
            bytes: Buffer.byteLength(content),
            hash: hash.hex(),
          },
        };
      }),
  );

const sequence = fc
  .record({ schema: word, name, value: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), called: fc.boolean() })
  .map(({ schema, name: called, value: at, called: isCalled }): Generated => {
    const target = literal(`${schema}.${quoted(called)}`);
    return {
      text: framed(
        `Name: ${called}; Type: SEQUENCE SET; Schema: ${schema}; Owner: hf`,
        `SELECT pg_catalog.setval(${target}, ${at}, ${isCalled});\n`,
      ),
      expected: { kind: 'sequence-value', type: 'SEQUENCE SET', schema, name: called, lastValue: String(at), isCalled },
    };
  });

const comment = fc
  .record({ schema: word, name: word, text: fc.array(fc.oneof(hostile, fc.constant('\n')), { maxLength: 8 }) })
  .map(({ schema, name: table, text }): Generated => {
    const statement = `COMMENT ON TABLE ${schema}.${table} IS ${literal(text.join(''))};`;
    return {
      text: framed(`Name: TABLE ${table}; Type: COMMENT; Schema: ${schema}; Owner: hf`, `${statement}\n`),
      expected: { kind: 'schema', type: 'COMMENT', schema, name: `TABLE ${table}`, sha256: sha256(statement) },
    };
  });

const largeObjects = fc
  .array(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 3 }), { maxLength: 4 })
  .map((objects): Generated & { readonly all: Record<string, unknown>[] } => {
    const bodies = objects.map((chunks, index) =>
      [
        `SELECT pg_catalog.lo_open('${index + 1}', 131072);`,
        ...chunks.map((chunk) => `SELECT pg_catalog.lowrite(0, '\\x${Buffer.from(chunk).toString('hex')}');`),
        'SELECT pg_catalog.lo_close(0);\n',
      ].join('\n'),
    );
    return {
      text: framed(
        'Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -',
        `BEGIN;\n\n${bodies.join('\n')}\nCOMMIT;\n`,
      ),
      expected: {},
      all: objects.map((chunks, index) => ({
        kind: 'large-object',
        name: String(index + 1),
        bytes: Buffer.concat(chunks).length,
        sha256: sha256(Buffer.concat(chunks)),
      })),
    };
  });

describe('a generated dump', () => {
  it('is read back as exactly the entries that it was made of, in any pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(table, fn, rows, sequence, comment), { maxLength: 10 }),
        largeObjects,
        fc.array(fc.nat(), { maxLength: 20 }),
        (generated, objects, cuts) => {
          const dump = Buffer.from(dumpOf(...generated.map(({ text }) => text), objects.text));
          const { entries } = readPieces(
            cutAt(
              dump,
              cuts.map((cut) => cut % dump.length),
            ),
          );
          expect(entries).toMatchObject([...generated.map(({ expected }) => expected), ...objects.all]);
          expect(entries.map(occurrenceKey)).toEqual(numbered(entries));
        },
      ),
      { numRuns: 300 },
    );
  });
});

function occurrenceKey({ type, schema, name: called, occurrence }: Entry): string {
  return JSON.stringify([type, schema, called, occurrence]);
}

/** The occurrences, counted another way: how many before, and itself, share an identity. */
function numbered(entries: readonly Entry[]): string[] {
  return entries.map((entry, index) => {
    const same = entries.slice(0, index + 1).filter((other) => {
      return other.type === entry.type && other.schema === entry.schema && other.name === entry.name;
    });
    return occurrenceKey({ ...entry, occurrence: same.length });
  });
}
