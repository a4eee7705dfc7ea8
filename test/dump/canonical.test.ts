import { describe, expect, it } from 'vitest';
import { canonicalText, hasCanonicalForm } from '../../src/dump/canonical.js';

function same(a: string, b: string, type = 'TABLE'): boolean {
  return canonicalText(type, [a]) === canonicalText(type, [b]);
}

describe('two texts that PostgreSQL prints for one definition are equal', () => {
  // First what is printed for the original, then what is printed after a reload. All from a PostgreSQL 15.
  it.each([
    [
      'IN on a varchar column',
      `CHECK (((v)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))`,
      `CHECK (((v)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))`,
    ],
    [
      'NOT IN with a length',
      `CHECK (((v)::text <> ALL ((ARRAY['a'::character varying(3), 'b'::character varying])::text[])))`,
      `CHECK (((v)::text <> ALL (ARRAY[('a'::character varying(3))::text, ('b'::character varying)::text])))`,
    ],
    [
      '14.A: literals without a type in nested SELECT lists',
      `CREATE VIEW v AS SELECT q.x FROM (SELECT a.x, NULL::integer, '-1'::integer UNION ALL SELECT b.x, 'k'::text, '1 day'::interval day FROM b) q;`,
      `CREATE VIEW v AS SELECT q.x FROM (SELECT a.x, NULL::integer AS int4, '-1'::integer AS int4 UNION ALL SELECT b.x, 'k'::text AS text, '1 day'::interval day AS "interval" FROM b) q;`,
    ],
    [
      '14.A: literals of types with other names in the catalog',
      `SELECT '12345678901'::bigint, '2026-01-01'::timestamp with time zone, 'a'::character varying(3), '{}'::double precision[], 'm'::public.mood`,
      `SELECT '12345678901'::bigint AS int8, '2026-01-01'::timestamp with time zone AS "timestamptz", 'a'::character varying(3) AS "varchar", '{}'::double precision[] AS float8, 'm'::public.mood AS mood`,
    ],
    [
      '14.A: columns that are queries for a literal, cast or not, and collated literals',
      `SELECT (SELECT 'x'::text), ((SELECT DISTINCT 'y'::text FROM t))::character varying, ('z'::text COLLATE "C"), (WITH w AS (SELECT 1) SELECT NULL::integer FROM w);`,
      `SELECT (SELECT 'x'::text AS text) AS text, ((SELECT DISTINCT 'y'::text AS text FROM t))::character varying AS text, ('z'::text COLLATE "C") AS text, (WITH w AS (SELECT 1) SELECT NULL::integer AS int4 FROM w) AS int4;`,
    ],
    [
      'calls, operators and null in the list',
      `((a.v)::text = ANY ((ARRAY[(lower((a."W w")::text))::character varying, (((a."W w")::text || 'x'::text))::character varying, a.v, NULL::character varying])::text[]))`,
      `((a.v)::text = ANY (ARRAY[((lower((a."W w")::text))::character varying)::text, ((((a."W w")::text || 'x'::text))::character varying)::text, (a.v)::text, (NULL::character varying)::text]))`,
    ],
    [
      'an array of two dimensions',
      `((a.v)::text = ANY ((ARRAY[ARRAY['a'::character varying], ARRAY['c'::character varying]])::text[]))`,
      `((a.v)::text = ANY (ARRAY[ARRAY[('a'::character varying)::text], ARRAY[('c'::character varying)::text]]))`,
    ],
    [
      'statistics, which are printed with few parentheses',
      `CREATE STATISTICS public.gs ON (v::text = ANY (ARRAY['a'::character varying, 'b'::character varying]::text[])), lower(w::text) FROM public.g;`,
      `CREATE STATISTICS public.gs ON (v::text = ANY (ARRAY['a'::character varying::text, 'b'::character varying::text])), lower(w::text) FROM public.g;`,
    ],
    [
      'a function that returns an array of another type',
      `RETURN (ARRAY['a'::character varying, p])::text[];`,
      `RETURN ARRAY[('a'::character varying)::text, (p)::text];`,
    ],
    [
      'texts that look like the syntax',
      `((v)::text = ANY ((ARRAY['( AND ('::character varying, ']::text[]'::character varying])::text[]))`,
      `((v)::text = ANY (ARRAY[('( AND ('::character varying)::text, (']::text[]'::character varying)::text]))`,
    ],
    [
      'BETWEEN and another condition',
      `CHECK ((((id >= 1) AND (id <= 5)) AND (x = 'a'::text)))`,
      `CHECK (((id >= 1) AND (id <= 5) AND (x = 'a'::text)))`,
    ],
    [
      'NOT BETWEEN or another condition',
      `CHECK ((((id < 1) OR (id > 5)) OR (x = 'a'::text)))`,
      `CHECK (((id < 1) OR (id > 5) OR (x = 'a'::text)))`,
    ],
    [
      'a row comparison under OR',
      `WHERE (((((a.v)::text = 'a'::text) AND (a.w = 'b'::text)) OR (a.id = 2)) OR ((a.id = 1) AND (a.d = 3)));`,
      `WHERE ((((a.v)::text = 'a'::text) AND (a.w = 'b'::text)) OR (a.id = 2) OR ((a.id = 1) AND (a.d = 3)));`,
    ],
    [
      'a condition inside CASE, whose indentation changes with it',
      `CASE\n    WHEN (((n >= (1)::numeric) AND (n <= (2)::numeric)) AND b) THEN v\nEND`,
      `CASE\n WHEN ((n >= (1)::numeric) AND (n <= (2)::numeric) AND b) THEN v\nEND`,
    ],
  ])('for %s', (_, before, after) => {
    expect(before).not.toBe(after);
    expect(canonicalText('VIEW', [before])).toBe(canonicalText('VIEW', [after]));
  });

  it('for a table whose inherited columns come in another order', () => {
    const tail = '\n)\nINHERITS (public.p1, public.p2);';
    const check = `    CONSTRAINT c CHECK (((own >= 1) AND (own <= 2)))`;
    const text = (lines: string[]) => `CREATE TABLE public.ch (\n${lines.join(',\n')}${tail}`;
    const lines = [
      '    late integer',
      `    v character varying DEFAULT 'a, b'::character varying`,
      '    n numeric(5,2)',
      check,
    ];
    expect(same(text(lines), text([lines[2]!, lines[0]!, lines[1]!, check]))).toBe(true);
    expect(same(text(lines), text(lines.slice(1)))).toBe(false);
    expect(same(text(lines), text(lines).replace('p1, public.p2', 'p2, public.p1'))).toBe(false);
    expect(same(text(lines), text(lines).replace('(5,2)', '(2,5)'))).toBe(false);
  });

  it('for grants in another order, but not by another grantor', () => {
    const one = 'GRANT SELECT ON TABLE t TO a;';
    const two = 'GRANT INSERT ON TABLE t TO b;';
    const by = (role: string, grant: string) => [
      `SET SESSION AUTHORIZATION ${role};`,
      grant,
      'RESET SESSION AUTHORIZATION;',
    ];
    const acl = (...statements: string[]) => canonicalText('ACL', statements);
    expect(acl(one, two)).toBe(acl(two, one));
    expect(acl(one, ...by('x', two))).toBe(acl(...by('x', two), one));
    expect(acl(one, ...by('x', two))).not.toBe(acl(two, ...by('x', one)));
    expect(acl(one, ...by('x', two))).not.toBe(acl(one, ...by('y', two)));
    expect(acl(one, two)).not.toBe(acl(one));
    expect(acl(one)).not.toBe(acl('GRANT SELECT ON TABLE t TO a WITH GRANT OPTION;'));
  });
});

describe('texts of different definitions stay different', () => {
  it.each([
    ['a literal', `(v = 'a'::text)`, `(v = 'b'::text)`],
    ['the case of a literal', `(v = 'a'::text)`, `(v = 'A'::text)`],
    ['blanks in a literal', `(v = 'a  b'::text)`, `(v = 'a b'::text)`],
    ['a comment mark in a literal', `(v = '--a'::text)`, `(v = '--b'::text)`],
    ['an escaped literal', `(v = E'a\\\\'::text)`, `(v = 'a\\\\'::text)`],
    ['a name', '(v = w)', '(v = x)'],
    ['the quoting of a name', '("V" = w)', '(v = w)'],
    ['an operator', '(a < b)', '(a <= b)'],
    ['a number', '(a > 1)', '(a > 10)'],
    ['the type of a column', 'CREATE TABLE t (\n    a integer\n);', 'CREATE TABLE t (\n    a bigint\n);'],
    [
      'the length of a column',
      'CREATE TABLE t (\n    a character varying(5)\n);',
      'CREATE TABLE t (\n    a character varying(6)\n);',
    ],
    ['an array column', 'CREATE TABLE t (\n    a text[]\n);', 'CREATE TABLE t (\n    a text\n);'],
    [
      'the order of columns',
      'CREATE TABLE t (\n    a integer,\n    b integer\n);',
      'CREATE TABLE t (\n    b integer,\n    a integer\n);',
    ],
    ['a cast', '((a)::numeric > (1)::numeric)', '(a > 1)'],
    ['the type of a cast', `('2020-01-01'::date < d)`, `('2020-01-01'::timestamp without time zone < d)`],
    ['the precision of a cast', '((a)::numeric(5,2) > b)', '((a)::numeric(5,1) > b)'],
    ['what a cast covers', `((a || b))::text`, `(a || (b)::text)`],
    [
      "the type of an array's elements",
      `((ARRAY['a'::character varying])::text[])`,
      `((ARRAY['a'::character varying])::bpchar[])`,
    ],
    [
      'a cast of some elements',
      `ARRAY[('a'::character varying)::text, b]`,
      `ARRAY[('a'::character varying)::text, (b)::text]`,
    ],
    [
      'an element',
      `((ARRAY['a'::character varying])::text[])`,
      `((ARRAY['a'::character varying, 'b'::character varying])::text[])`,
    ],
    ['the order of elements', `((ARRAY[a, b])::text[])`, `((ARRAY[b, a])::text[])`],
    ['the type of an empty array', `ARRAY[]::text[]`, `ARRAY[]::integer[]`],
    ['an array or its text', `(ARRAY[a])::text`, `ARRAY[(a)::text]`],
    ['a cast of a function of an array', `(f(ARRAY[a]))::text[]`, `f(ARRAY[(a)::text])`],
    ['AND or OR', '((a AND b) OR c)', '((a AND b) AND c)'],
    ['which of AND and OR is inside', '((a AND b) OR c)', '(a AND (b OR c))'],
    ['OR inside AND', '((a OR b) AND c)', '(a OR b AND c)'],
    ['what an OR in the first operand joins', '((a AND b OR c) AND d)', '(a AND b OR c AND d)'],
    ['the operand of NOT', '((NOT (a AND b)) AND c)', '((NOT a) AND b AND c)'],
    ['ALL or ANY', `(a = ANY (ARRAY[b]))`, `(a = ALL (ARRAY[b]))`],
    ['the grouping of minus', '((a - b) - c)', '(a - (b - c))'],
    ['the grouping of equality', '((a = b) = c)', '(a = (b = c))'],
    ['the name of a column', `SELECT (SELECT 'x'::text)`, `SELECT (SELECT 'x'::text) AS a`],
    ['the name of a computed column', `SELECT ('x'::text || b)`, `SELECT ('x'::text || b) AS text`],
    [
      'the name of a column that is cast',
      `SELECT ('x'::text COLLATE "C")::bpchar`,
      `SELECT ('x'::text COLLATE "C")::bpchar AS text`,
    ],
    ['the arguments of a call', 'f(a, b)', 'f((a, b))'],
    ['a call or a name', 'f(a)', '(f a)'],
    ['the body of a function', 'AS $$ SELECT 1 $$', 'AS $$ SELECT  1 $$'],
    ["the tag of a body's quote, which decides what is in it", 'AS $a$ x $a$', 'AS $b$ x $b$'],
    ["an element's operator", `ARRAY[('a' || b)::text]`, `ARRAY['a' || b::text]`],
  ])('when they differ in %s', (_, a, b) => {
    expect(canonicalText('VIEW', [a])).not.toBe(canonicalText('VIEW', [b]));
  });
});

describe('the canonical form', () => {
  it('14.A: of a dictionary is that of one made with quote_all_identifiers', () => {
    const [bare, quoted] = [`stopwords = 'a', "My" = 'b'`, `"stopwords" = 'a', "My" = 'b'`].map((options) =>
      canonicalText('TEXT SEARCH DICTIONARY', [
        `CREATE TEXT SEARCH DICTIONARY s.d (\n TEMPLATE = s.t,\n ${options} );`,
      ]),
    );
    expect(quoted).toBe(bare);
    expect(bare).toContain('"My"');
  });

  it.each([
    ['an empty array', 'SELECT ARRAY[]::text[]', 'SELECT ARRAY [ ] :: text [ ]'],
    ['the result of a function of an array', 'SELECT f(ARRAY[a])::text[]', 'SELECT f ( ARRAY [ a ] ) :: text [ ]'],
    ['an array', 'SELECT (ARRAY[a, b])::s."T"[]', 'SELECT ARRAY [ a :: s . "T" , b :: s . "T" ]'],
  ])('of a cast of %s is as documented', (_, text, form) => {
    expect(canonicalText('VIEW', [text])).toBe(form);
  });

  it('exists for the types that hold expressions, grants, inherited columns or options', () => {
    expect(
      ['TABLE', 'VIEW', 'POLICY', 'INDEX', 'ACL', 'DOMAIN', 'FUNCTION', 'TEXT SEARCH DICTIONARY'].every(
        hasCanonicalForm,
      ),
    ).toBe(true);
    expect(['COMMENT', 'SCHEMA', 'SEQUENCE', 'EXTENSION'].some(hasCanonicalForm)).toBe(false);
  });

  it.each([
    ['parentheses', `SELECT ${'('.repeat(200_000)}1${')'.repeat(200_000)};`],
    ['parentheses that are not closed', '('.repeat(200_000)],
    ['parentheses that were not opened', ')'.repeat(200_000)],
    ['a chain of AND', `${'('.repeat(50_000)}(a AND b)${' AND c)'.repeat(50_000)}`],
    ['a literal', `SELECT '${`it''s \\ `.repeat(200_000)}', E'${`\\'\\\\`.repeat(200_000)}';`],
  ])('of a statement with very many %s is made without exhausting the stack', (_, text) => {
    expect(canonicalText('VIEW', [text]).length).toBeGreaterThan(0);
  });
});
