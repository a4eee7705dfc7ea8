import { describe, expect, it } from 'vitest';
import { shapeOf, splitStatements } from '../../src/postgres/globals-lexer.js';
import { parseGlobals } from '../../src/postgres/parse-globals.js';

describe('splitStatements', () => {
  it('cuts at semicolons outside quotes, and drops comments and meta-commands between statements', () => {
    const text = `-- CREATE ROLE no;
\\restrict abc
CREATE ROLE "a;b""c";
COMMENT ON ROLE x IS 'it''s; -- here
\\unrestrict abc
';
COMMENT ON ROLE y IS E'back\\\\ \\'; quote';
COMMENT ON ROLE z IS 'no escape\\'; ALTER ROLE z SET a TO '1';
\\unrestrict abc
`;
    expect(splitStatements(text)).toEqual([
      'CREATE ROLE "a;b""c";',
      `COMMENT ON ROLE x IS 'it''s; -- here\n\\unrestrict abc\n';`,
      `COMMENT ON ROLE y IS E'back\\\\ \\'; quote';`,
      `COMMENT ON ROLE z IS 'no escape\\';`,
      `ALTER ROLE z SET a TO '1';`,
    ]);
  });

  it('gives a statement without an end as it stands', () => {
    expect(splitStatements('CREATE ROLE a;\nCREATE ROLE b')).toEqual(['CREATE ROLE a;', 'CREATE ROLE b']);
    expect(splitStatements('')).toEqual([]);
  });
});

describe('A6: splitStatements refuses what pg_dumpall does not write, as a server would cut it elsewhere', () => {
  it.each([
    ['a block comment that hides a quote', `COMMENT ON ROLE a IS NULL /* ' */; COPY t TO PROGRAM 'true' --';`],
    ['a line comment inside a statement', `COMMENT ON ROLE a IS NULL -- '\n; COPY t TO PROGRAM 'true' --';`],
    ['a dollar quote', `COMMENT ON ROLE a IS $$ ' $$; COPY t TO PROGRAM 'true';`],
    ['a carriage return that ends a comment for psql', `-- x\r\\! true\n`],
    ['a psql command', '\\! true\n'],
    ['a psql command behind its own', '\\connect a \\! true\n'],
    ['a connection to a name from a program', '\\connect `true`\n'],
    ['a psql command inside a statement', 'CREATE ROLE a \\! true\n;'],
    ['a NUL', `COMMENT ON ROLE a IS '\0';`],
    ['a form feed', 'CREATE ROLE\fa;'],
  ])('%s', (_, text) => {
    expect(() => splitStatements(text)).toThrow(expect.objectContaining({ code: 'HOSTILE_DUMP' }));
  });

  it.each(['\\restrict abc\n', '\\connect orders\n', `\\connect -reuse-previous=on "dbname='it''s'"\n`, '-- a\n'])(
    'and not %s',
    (text) => {
      expect(splitStatements(text)).toEqual([]);
    },
  );
});

describe('shapeOf', () => {
  it('takes out what stands in quotes', () => {
    expect(shapeOf(`ALTER ROLE "a IN DATABASE ""b" SET x TO 'it''s ON DATABASE';`)).toBe(`ALTER ROLE "" SET x TO '';`);
  });
});

describe('parseGlobals', () => {
  it.each([
    ['roles', 'CREATE ROLE a;'],
    ['roles', 'ALTER ROLE "x IN DATABASE y" WITH LOGIN;'],
    ['roles', `COMMENT ON ROLE a IS 'ON DATABASE';`],
    ['roles', `SECURITY LABEL FOR selinux ON ROLE a IS 'x';`],
    ['memberships', 'GRANT a TO b WITH ADMIN OPTION, INHERIT FALSE, SET TRUE GRANTED BY postgres;'],
    ['memberships', 'GRANT "x ON DATABASE y" TO b;'],
    ['tablespaces', `CREATE TABLESPACE fast OWNER a LOCATION '/mnt';`],
    ['tablespaces', 'ALTER TABLESPACE fast SET (random_page_cost=1);'],
    ['tablespaces', 'GRANT CREATE ON TABLESPACE fast TO a;'],
    ['roleSettings', `ALTER ROLE a SET work_mem TO '8MB';`],
    ['roleSettings', `ALTER ROLE "SET x" SET work_mem TO '8MB';`],
    ['roleSettings', 'GRANT SET ON PARAMETER log_min_messages TO a;'],
    ['database', `CREATE DATABASE d WITH TEMPLATE = template0;`],
    ['database', 'ALTER DATABASE d OWNER TO a;'],
    ['database', `ALTER ROLE a IN DATABASE d SET work_mem TO '8MB';`],
    ['database', `ALTER ROLE "a b" IN DATABASE "c d" SET search_path TO 'x', 'y';`],
    ['database', 'REVOKE CONNECT,TEMPORARY ON DATABASE d FROM PUBLIC;'],
    ['database', `COMMENT ON DATABASE d IS 'x';`],
    ['database', `SECURITY LABEL FOR selinux ON DATABASE d IS 'x';`],
    ['other', 'CREATE MARVEL x;'],
  ] as const)('counts to %s: %s', (part, statement) => {
    const { [part]: found, ...rest } = parseGlobals(statement);
    expect(found).toEqual([statement]);
    expect(Object.values(rest).flat()).toEqual([]);
  });

  it('leaves the settings of the session out', () => {
    const text = `SET client_encoding = 'UTF8';\nSELECT pg_catalog.set_config('search_path', '', false);\nSET a = on;`;
    expect(Object.values(parseGlobals(text)).flat()).toEqual([]);
  });
});
