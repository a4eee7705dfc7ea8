import { describe, expect, it } from 'vitest';
import {
  parseCopy,
  parseLargeObjectOpen,
  parseLargeObjectWrite,
  parseOwner,
  parseSetval,
} from '../../src/dump/statement.js';

describe('COPY', () => {
  it.each([
    ['COPY public.t (a, b) FROM stdin;', { schema: 'public', name: 't', columns: ['a', 'b'] }],
    ['COPY public.t  FROM stdin;', { schema: 'public', name: 't', columns: [] }],
    ['COPY public.t () FROM stdin;', { schema: 'public', name: 't', columns: [] }],
    ['COPY "A b"."c.d" ("e, f", g, "h""i") FROM stdin;', { schema: 'A b', name: 'c.d', columns: ['e, f', 'g', 'h"i'] }],
    [
      'COPY s."t (x) FROM stdin;" ("(", ")") FROM stdin;',
      { schema: 's', name: 't (x) FROM stdin;', columns: ['(', ')'] },
    ],
    ['COPY s.ünï ("a\nb") FROM stdin;', { schema: 's', name: 'ünï', columns: ['a\nb'] }],
  ])('%s is read', (text, copy) => {
    expect(parseCopy(text)).toEqual(copy);
  });

  it.each([
    'COPY t (a) FROM stdin;',
    'COPY public.t (a) TO stdout;',
    'COPY public.t (a) FROM stdin WITH CSV;',
    "COPY public.t FROM PROGRAM 'true';",
    'COPY public.t (a,) FROM stdin;',
    'COPY public.t (a b) FROM stdin;',
    'COPY public.t (SELECT 1) FROM stdin;',
    'SELECT 1;',
  ])('%s is none', (text) => {
    expect(parseCopy(text)).toBeUndefined();
  });
});

describe('setval', () => {
  it.each([
    [`SELECT pg_catalog.setval('public.s', 42, true);`, '42', true],
    [`SELECT pg_catalog.setval('public.s', -9223372036854775808, false);`, '-9223372036854775808', false],
    [`SELECT pg_catalog.setval('public."x'', 1, true);"', 7, false);`, '7', false],
    [`SELECT pg_catalog.setval(E'public."\\\\"', 9007199254740993, true);`, '9007199254740993', true],
  ])('%s is read', (text, lastValue, isCalled) => {
    expect(parseSetval(text)).toEqual({ lastValue, isCalled });
  });

  it.each([
    `SELECT pg_catalog.setval('s', 1);`,
    `SELECT pg_catalog.setval('s', 1.5, true);`,
    `SELECT setval('s', 1, true);`,
  ])('%s is none', (text) => {
    expect(parseSetval(text)).toBeUndefined();
  });
});

describe('the owner', () => {
  it.each([
    ['ALTER TABLE public.t OWNER TO hf;', 'hf'],
    ['ALTER FUNCTION public.f(integer, text) OWNER TO "H ""f";', 'H "f'],
    ['ALTER TABLE public."a; OWNER TO b;" OWNER TO c;', 'c'],
    ['ALTER TABLE public."a\nb" OWNER TO "a OWNER TO b";', 'a OWNER TO b'],
  ])('is read from %s', (text, owner) => {
    expect(parseOwner(text)).toBe(owner);
  });

  it.each([
    'ALTER TABLE public.t RENAME TO u;',
    'CREATE TABLE public.t (a text);',
    `COMMENT ON TABLE t IS 'ALTER x OWNER TO y;';`,
  ])('is not in %s', (text) => {
    expect(parseOwner(text)).toBeUndefined();
  });
});

describe('large objects', () => {
  it('begin with their OID', () => {
    expect(parseLargeObjectOpen("SELECT pg_catalog.lo_open('16401', 131072);")).toBe('16401');
    expect(parseLargeObjectOpen("SELECT pg_catalog.lo_open('x', 131072);")).toBeUndefined();
  });

  it.each([
    [`SELECT pg_catalog.lowrite(0, '\\x00ff5c');`, '00ff5c'],
    [`SELECT pg_catalog.lowrite(0, '\\x');`, ''],
    [`SELECT pg_catalog.lowrite(0, '\\\\x00ff');`, '00ff'],
    [`SELECT pg_catalog.lowrite(0, E'\\\\x00ff');`, '00ff'],
  ])('are written by %s', (text, hex) => {
    expect(parseLargeObjectWrite(Buffer.from(text))?.toString('hex')).toBe(hex);
  });

  it.each([
    `SELECT pg_catalog.lowrite(0, '\\x0');`,
    `SELECT pg_catalog.lowrite(0, '\\x0g');`,
    `SELECT pg_catalog.lowrite(0, '\\x00'`,
    `SELECT pg_catalog.lowrite(0, '\\x00'), ('');`,
    `SELECT pg_catalog.lowrite(1, '\\x00');`,
    `SELECT pg_catalog.lowrite(0, 'abc');`,
  ])('are not written by %s', (text) => {
    expect(parseLargeObjectWrite(Buffer.from(text))).toBeUndefined();
  });
});
