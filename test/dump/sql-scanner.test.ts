import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MALICIOUS_DUMP } from './malicious-dump.js';
import { cutAt, scanEvents } from './read-dump.js';
import { HoldfastError } from '../../src/core/errors.js';

function scan(text: string): string[] {
  return scanEvents([Buffer.from(text, 'latin1')]);
}

/** The statements of a text, which must be all there is in it. */
function statements(text: string): string[] {
  return scan(text).map((event) => {
    expect(event).toMatch(/^statement /);
    return event.slice('statement '.length);
  });
}

function code(text: string): string {
  try {
    scan(text);
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('the scanner, wherever a chunk ends', () => {
  const whole = scanEvents([MALICIOUS_DUMP]);

  it('sees every statement, comment, command and row of a malicious dump', () => {
    expect(whole.filter((event) => event.startsWith('rows'))).toHaveLength(3);
    expect(whole.filter((event) => event.startsWith('command'))).toHaveLength(2);
    expect(whole.filter((event) => event.startsWith('statement CREATE'))).toHaveLength(8);
    expect(whole.filter((event) => /^comment -- (?:Data for )?Name: /.test(event))).toHaveLength(16);
  });

  it('reports the same when the dump is cut in two at any byte', () => {
    for (let at = 0; at <= MALICIOUS_DUMP.length; at++) {
      if (scanEvents(cutAt(MALICIOUS_DUMP, [at])).join('\n') !== whole.join('\n'))
        expect.fail(`differs when cut at ${at}`);
    }
  });

  it('reports the same when every byte comes alone', () => {
    const bytes = Array.from({ length: MALICIOUS_DUMP.length }, (_, at) => MALICIOUS_DUMP.subarray(at, at + 1));
    expect(scanEvents(bytes)).toEqual(whole);
  });

  it('reports the same when the dump comes in any pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(MALICIOUS_DUMP.length), { maxLength: 200 }), (positions) => {
        expect(scanEvents(cutAt(MALICIOUS_DUMP, positions))).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the scanner finds the end of a statement', () => {
  it.each([
    ['a semicolon in a string', `SELECT 'a;''b;';`],
    ['a semicolon in a quoted identifier', `SELECT "a;""b;";`],
    ['a quote in a quoted identifier', `SELECT "'", 1;`],
    ['a quoted quote at the end of an escape string', `SELECT E'\\';', e'\\\\';`],
    ['a doubled quote in an escape string', `SELECT E'a'';\\''';b';`],
    ['a backslash at the end of a standard string', `SELECT '\\', 'b;';`],
    ['an identifier that ends in e before a string', `SELECT typee';', "E"';';`],
    ['bit and national strings', `SELECT B'1', x'1F', N'\\', U&'\\0041';`],
    ['dollar quotes of both kinds', `SELECT $$;'$a$;$$, $a$ $$; $b$ ; $a$;`],
    ['a dollar quote whose end is nearly met', `SELECT $ab$ $a$ $ab $abc$ $$ab ;$$ab$;`],
    ['dollar signs inside identifiers', `SELECT a$b$c, _$x$ ;`],
    ['parameters', `SELECT $1, $23::text || $2;`],
    ['block comments, nested', `SELECT 1 /* ; /* ' */ ; */ /**/ /*/ ; */ ;`],
    ['line comments inside the statement', `SELECT 1 -- ; '\n, 2 --\n, 3;`],
    ['operators of dashes, slashes and stars', `SELECT 1 - 2 -3 / 4 * - 5 @-@ 6 <-> 7;`],
    ['a statement that begins with a minus', `- 1;`],
    ['parentheses with semicolons', `CREATE RULE r AS ON DELETE TO t DO INSTEAD ( SELECT 1; SELECT (2); );`],
    ['parentheses in strings and identifiers', `SELECT '(', "(", $$($$ /* ( */ ;`],
    ['one parenthesis too many', `SELECT 1);`],
    ['casts and array slices', `SELECT a::text, b[1:2], c[:n], d[m:]::E'x;';`],
    ['numbers of all forms', `SELECT 1, 1.5, .5, 1e10, 1.5e-3, 0x1F, 1_000, 1::text;`],
    ['bytes above ASCII', `SELECT \xc3\xa9tat, '\xe6\xbc\xa2;', $\xc3\xa9$;$\xc3\xa9$;`],
  ])('behind %s', (_, text) => {
    expect(statements(`${text}\n${text} ${text}`)).toEqual([text, text, text]);
  });

  it.each([
    ['a SQL-standard function', `CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;`],
    ['one that replaces', `CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END;`],
    ['a procedure in lower case', `create procedure p() begin atomic select 1; end;`],
    ['CASE in the body', `CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END;`],
    ['nested CASE', `CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE 1 WHEN CASE 2 END THEN 3 END; SELECT 2; END;`],
    ['blocks in blocks', `CREATE PROCEDURE p() BEGIN ATOMIC BEGIN SELECT 1; END; SELECT 2; END;`],
    ['END in quotes', `CREATE FUNCTION f() BEGIN ATOMIC SELECT 'END', "end", $$END$$ /* END */; END;`],
    ['CASE in parentheses, which psql does not count', `CREATE FUNCTION f() BEGIN ATOMIC SELECT (CASE 1 END); END;`],
    ['BEGIN in parentheses, which psql does not count', `CREATE FUNCTION f() BEGIN ATOMIC SELECT (begin); END;`],
    ['END as a psql variable, which psql does not count', `CREATE FUNCTION f() BEGIN ATOMIC SELECT a[1:end]; END;`],
  ])('behind %s', (_, text) => {
    expect(statements(`${text}\nSELECT 1;`)).toEqual([text, 'SELECT 1;']);
  });

  it.each([
    ['a view', `CREATE VIEW begin AS SELECT 1;`],
    ['a trigger', `CREATE TRIGGER t EXECUTE FUNCTION begin;`],
    ['a CASE outside a body', `CREATE FUNCTION f(a int DEFAULT 1) RETURNS int RETURN CASE WHEN a THEN 1 END;`],
    ['a transaction', `BEGIN;`],
  ])('and counts no BEGIN in %s', (_, text) => {
    expect(statements(`${text} SELECT 1;`)).toEqual([text, 'SELECT 1;']);
  });

  it('reads plain strings by their backslashes once standard_conforming_strings is off', () => {
    const off = 'SET standard_conforming_strings = off;';
    const on = 'SET standard_conforming_strings = on;';
    expect(statements(`${off}\nSELECT 'a\\';', 'b\\\\';\n${on}\nSELECT '\\';`)).toEqual([
      off,
      `SELECT 'a\\';', 'b\\\\';`,
      on,
      `SELECT '\\';`,
    ]);
  });
});

describe('the scanner tells comments, commands and rows from statements', () => {
  it('reports comments between statements and keeps those inside', () => {
    expect(scan('-- a\nSELECT -- b\n1;--c\n--\n')).toEqual([
      'comment -- a',
      'statement SELECT -- b\n1;',
      'comment --c',
      'comment --',
    ]);
  });

  it('reports a command that follows a statement on its line', () => {
    expect(scan('SELECT 1; \\! true\n')).toEqual(['statement SELECT 1;', 'command \\! true']);
  });

  it('reads rows only after COPY … FROM stdin, up to a line that is exactly the end marker', () => {
    expect(scan('COPY s.t (a) FROM stdin;\n\\.x\nx\\.\n \\.\n\\.\nSELECT 1;')).toEqual([
      'statement COPY s.t (a) FROM stdin;',
      'rows \\.x\nx\\.\n \\.\n\\.\n',
      'statement SELECT 1;',
    ]);
  });
});

describe('the scanner refuses what pg_dump never writes', () => {
  it.each([
    ['a command inside a statement', 'SELECT \\! true\n;'],
    ['a command inside parentheses', 'SELECT (1; \\! true\n);'],
    ['a command inside a function body of statements', 'CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; \\! true\n END;'],
    ['a command after a comment that a carriage return ended', 'SELECT 1 -- \r \\! true\n;'],
    ['a carriage return that ends a comment, for psql', '-- a\r\\restrict x\n'],
    ['A6: a NUL between statements', 'SELECT 1;\0\nSELECT 2;'],
    ['A6: a NUL in a string', `SELECT '\0';`],
    ['A6: a NUL in a comment', '-- a\0\n'],
    ['A6: a NUL in a function body', `SELECT $$\0$$;`],
    ['A6: a NUL among rows', 'COPY s.t (a) FROM stdin;\na\0\n\\.\n'],
    ['A6: COPY in a body that another psql does not see', `CREATE FUNCTION begin() AS 'x'; COPY s.t FROM stdin; END;`],
    ['COPY in another case', `COPY s.t (a) FROM STDIN;\n'\n\\.\n\\! true\n'\n;`],
    ['COPY behind a comment', `/**/COPY s.t (a) FROM stdin;\n'\n\\.\n\\! true\n'\n;`],
    ['COPY with options', 'COPY s.t (a) FROM stdin WITH (FORMAT csv);\n'],
    ['COPY from a program', `COPY s.t (a) FROM PROGRAM 'true';\n`],
    ['COPY to a program', `copy s.t to program 'true';\n`],
  ])('as hostile: %s', (_, text) => {
    expect(code(text)).toBe('HOSTILE_DUMP');
  });

  // Each of these made psql 15 run a command that this scanner would have taken for a part of a string.
  it.each([
    ['an escape string that a carriage return continues', `SELECT E'a'\r'\\' ' \\! true --'\n;`],
    ['an escape string that the next line continues', `SELECT E'a'\n'\\' ' \\! true --'\n;`],
    ['one with a comment between', `SELECT E'a' --\n'\\' ' \\! true --'\n;`],
    ['an escape string behind a dollar sign', `SELECT $E'\\' ' \\! true --'\n;`],
    ['an escape string behind a number', `SELECT 1E'\\' \\! true '\n;`],
    ['an escape string behind a parameter', `SELECT $1E'\\' \\! true '\n;`],
    ['a dollar quote behind a number', `SELECT 1a$b$ '; $b$ \\! true ; '\n;`],
    ['a Unicode string while backslashes count', `SET standard_conforming_strings = off;\nSELECT U&'\\' \\! true ';`],
    ['A6: a form feed', 'SELECT\f1;'],
    ['A6: a vertical tab, which versions of psql take for different things', 'SELECT\v1;'],
    ['A6: a carriage return', 'SELECT 1;\r\n'],
    ['A6: a bit string that goes on', `SET standard_conforming_strings = off;\nSELECT B'1'\n'\\' \\! true ';`],
    ['something after COPY on its line', 'COPY s.t (a) FROM stdin; \n\\.\n'],
  ])('as malformed: %s', (_, text) => {
    expect(code(text)).toBe('DUMP_MALFORMED');
  });

  it('reads an escape string behind a psql variable as psql does', () => {
    expect(code(`SELECT :E'\\' \\! true '\n;`)).toBe('HOSTILE_DUMP');
  });

  it('names the byte', () => {
    expect(() => scan('SELECT 1;\nSELECT \\q\n')).toThrow('byte 17');
    const split = cutAt(Buffer.from('SELECT 1;\nSELECT \\q\n'), [12]);
    expect(() => scanEvents(split)).toThrow('byte 17');
    const glued = cutAt(Buffer.from(`SELECT 1;\nSELECT 1E'a'`), [12]);
    expect(() => scanEvents(glued)).toThrow('byte 19');
  });
});

describe('A6: the scanner reads B and X strings without escapes, whatever standard_conforming_strings is', () => {
  it.each(['B', 'b', 'X', 'x'])('%s', (letter) => {
    // psql ends the string at the second quote, and would run the command.
    const text = `SET standard_conforming_strings = off;\nSELECT ${letter}'\\' \\! true '\n;`;
    expect(code(text)).toBe('HOSTILE_DUMP');
  });
});

describe('the scanner at the end of the stream', () => {
  it('names the routine whose body does not end, and why psql may not see its end', () => {
    const text = 'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT t.begin FROM t; END;\n';
    expect(() => scan(text)).toThrow('inside the body of "CREATE FUNCTION f() RETURNS int BEGIN');
    expect(() => scan(text)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('rename') as string }) as Error,
    );
  });

  it.each(['', ' \n', '-- a\n', 'SELECT 1;', 'SELECT 1;\n\n'])('accepts %j', (text) => {
    expect(code(text)).toBe('accepted');
  });

  it.each([
    'SELECT 1',
    'SELECT 1;-',
    '-- a',
    '\\restrict x',
    `SELECT '`,
    `SELECT E'\\';`,
    `SELECT 'a;`,
    'SELECT "a;',
    'SELECT $$a;',
    'SELECT $a;',
    'SELECT /* ; ',
    'SELECT (1;',
    'CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;',
    'COPY s.t (a) FROM stdin;',
    'COPY s.t (a) FROM stdin;\n',
    'COPY s.t (a) FROM stdin;\n1\n\\.',
  ])('reports truncation of %j', (text) => {
    expect(code(text)).toMatch(/^DUMP_(?:TRUNCATED|MALFORMED)$/);
  });
});
