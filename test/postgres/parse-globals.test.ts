import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isDatabaseStatement, splitStatements } from '../../src/postgres/globals-statements.js';
import { parseGlobals } from '../../src/postgres/parse-globals.js';
import { roleNames, withDatabaseName } from '../../src/postgres/parsed-globals.js';

const hostile = expect.objectContaining({ code: 'HOSTILE_DUMP' }) as unknown as Error;

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
    expect(splitStatements('')).toEqual([]);
  });

  it('refuses a file that ends inside a statement', () => {
    expect(() => splitStatements('CREATE ROLE a;\nCREATE ROLE b')).toThrow(
      expect.objectContaining({ code: 'DUMP_TRUNCATED' }),
    );
  });
});

describe('A6: parseGlobals refuses what pg_dumpall does not write, as a server would cut it elsewhere', () => {
  it.each([
    ['a block comment that hides a quote', `COMMENT ON ROLE a IS NULL /* ' */; COPY t TO PROGRAM 'true' --';\n;`],
    ['a line comment inside a statement', `COMMENT ON ROLE a IS 'x' -- '\n;`],
    ['a dollar quote', `COMMENT ON ROLE a IS $$ ' $$;`],
    ['a carriage return that ends a comment for psql', `-- x\r\\! true\n`],
    ['a psql command', '\\! true\n'],
    ['a psql command behind its own', '\\connect a \\! true\n'],
    ['a connection to a name from a program', '\\connect `true`\n'],
    ['a psql command inside a statement', 'CREATE ROLE b \\! true\n;'],
    ['rows', 'COPY a FROM stdin;\n1\n\\.\n'],
    ['a NUL', `COMMENT ON ROLE a IS '\0';`],
    ['a form feed', 'CREATE ROLE\fb;'],
  ])('%s', (_, text) => {
    expect(() => parseGlobals(`CREATE ROLE a;\n${text}`)).toThrow(hostile);
  });

  it.each(['\\restrict abc\n', '\\connect orders\n', `\\connect -reuse-previous=on "dbname='it''s'"\n`, '-- a\n'])(
    'and not %s',
    (text) => {
      expect(Object.values(parseGlobals(text)).flat()).toEqual([undefined]);
    },
  );
});

/** What the statements of the cases below are about. */
const MADE = `CREATE ROLE a;\nCREATE ROLE b;\nCREATE ROLE "x IN DATABASE y";\nCREATE TABLESPACE fast OWNER a LOCATION '/mnt';\nCREATE DATABASE d WITH TEMPLATE = template0 ENCODING = 'UTF8';\n`;

describe('parseGlobals', () => {
  it.each([
    ['roles', 'CREATE ROLE c;'],
    ['roles', 'CREATE ROLE "current_user";'],
    ['roles', 'ALTER ROLE "x IN DATABASE y" WITH NOSUPERUSER INHERIT CREATEROLE NOCREATEDB LOGIN NOREPLICATION;'],
    [
      'roles',
      `ALTER ROLE a WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS CONNECTION LIMIT 3 VALID UNTIL 'infinity';`,
    ],
    ['roles', `COMMENT ON ROLE a IS 'ON DATABASE \\ x';`],
    ['roles', `COMMENT ON ROLE a IS E'back\\\\slash ''';`],
    ['roles', `SECURITY LABEL FOR selinux ON ROLE a IS 'x';`],
    ['memberships', 'GRANT a TO b;'],
    ['memberships', 'GRANT a TO b WITH ADMIN OPTION, INHERIT FALSE, SET FALSE GRANTED BY a;'],
    ['memberships', 'GRANT a TO b WITH INHERIT TRUE GRANTED BY a;'],
    ['memberships', 'GRANT pg_monitor TO b GRANTED BY a;'],
    ['memberships', 'GRANT a TO pg_monitor;'],
    ['memberships', 'GRANT "x IN DATABASE y" TO b;'],
    ['tablespaces', `CREATE TABLESPACE "my disk" OWNER a LOCATION '';`],
    ['tablespaces', 'ALTER TABLESPACE fast SET (random_page_cost=1.5, seq_page_cost=1e-3);'],
    ['tablespaces', 'GRANT CREATE ON TABLESPACE fast TO a;'],
    ['tablespaces', 'GRANT ALL ON TABLESPACE fast TO PUBLIC WITH GRANT OPTION;'],
    ['tablespaces', `COMMENT ON TABLESPACE fast IS 'x';`],
    ['roleSettings', `ALTER ROLE a SET work_mem TO '8MB';`],
    ['roleSettings', `ALTER ROLE a SET "app.key" TO E'a\\\\b';`],
    ['roleSettings', `ALTER ROLE a SET search_path TO 'x', 'y "z"', '';`],
    ['roleSettings', `ALTER ROLE a SET search_path TO ;`],
    ['roleSettings', 'GRANT SET ON PARAMETER log_min_messages TO a;'],
    ['roleSettings', 'GRANT SET,ALTER SYSTEM ON PARAMETER "x.y" TO a WITH GRANT OPTION;'],
    ['roleSettings', 'REVOKE ALL ON PARAMETER work_mem FROM a;'],
    ['database', 'ALTER DATABASE d OWNER TO a;'],
    ['database', 'ALTER DATABASE d CONNECTION LIMIT = 7;'],
    ['database', 'ALTER DATABASE d IS_TEMPLATE = true;'],
    ['database', `ALTER DATABASE d SET "DateStyle" TO 'iso';`],
    ['database', `ALTER ROLE a IN DATABASE d SET work_mem TO '8MB';`],
    ['database', 'REVOKE CONNECT,TEMPORARY ON DATABASE d FROM PUBLIC;'],
    ['database', 'REVOKE GRANT OPTION FOR CONNECT ON DATABASE d FROM a;'],
    ['database', 'GRANT CREATE,CONNECT ON DATABASE d TO "PUBLIC" WITH GRANT OPTION;'],
    ['database', `COMMENT ON DATABASE d IS 'x';`],
    ['database', `SECURITY LABEL FOR selinux ON DATABASE d IS 'x';`],
  ] as const)('counts to %s: %s', (part, statement) => {
    const { creation, [part]: found, ...rest } = parseGlobals(MADE + statement);
    const { creation: same, [part]: before, ...restBefore } = parseGlobals(MADE);
    expect(found.map(({ text }) => text)).toEqual([...before.map(({ text }) => text), statement]);
    expect({ creation, rest }).toEqual({ creation: same, rest: restBefore });
  });

  it.each([
    ["LOCALE = 'C.UTF-8'", undefined],
    ["LC_COLLATE = 'C' LC_CTYPE = 'de_DE'", undefined],
    ["LOCALE_PROVIDER = libc LOCALE = 'C'", 'fast'],
    ["LOCALE_PROVIDER = icu LOCALE = 'C' ICU_LOCALE = 'de' ICU_RULES = '&a < b'", '"my disk"'],
    ["LOCALE_PROVIDER = builtin LOCALE = 'C' BUILTIN_LOCALE = 'C.UTF-8'", undefined],
  ])('reads how the database was made: %s in %s', (locale, tablespace) => {
    const options = `WITH TEMPLATE = template0 ENCODING = 'UTF8' ${locale}`;
    const end = tablespace === undefined ? '' : ` TABLESPACE = ${tablespace}`;
    const { creation } = parseGlobals(`CREATE DATABASE "a TABLESPACE = b" ${options}${end};`);
    expect(creation).toEqual({
      name: 'a TABLESPACE = b',
      options,
      tablespace: tablespace === 'fast' ? '"fast"' : tablespace,
    });
  });

  it('leaves the settings of the session out', () => {
    const text = `SET default_transaction_read_only = off;\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = off;\nSET escape_string_warning = off;\nSET standard_conforming_strings = on;\n`;
    expect(Object.values(parseGlobals(text)).flat()).toEqual([undefined]);
    const around = `${MADE}SET SESSION AUTHORIZATION a;\nGRANT SET ON PARAMETER work_mem TO b;\nRESET SESSION AUTHORIZATION;\n`;
    expect(parseGlobals(around).roleSettings.map(({ role }) => role)).toEqual(['b']);
  });

  it('reads names and roles as the server does', () => {
    const parsed = parseGlobals('CREATE ROLE a;\nCREATE ROLE "B ""c";\nGRANT "B ""c" TO a;');
    expect([...roleNames(parsed)]).toEqual(['a', 'B "c']);
    expect(parsed.memberships[0]).toMatchObject({ role: 'B "c', member: 'a' });
  });

  it('reads the globals that the first version of Holdfast stored', async () => {
    const { gunzipSync } = await import('node:zlib');
    const stored = join(
      import.meta.dirname,
      '../fixtures/vaults/version-1/layer2/shop/2026/11/29/shop_20261129T154417Z.globals.sql.gz',
    );
    const parsed = parseGlobals(gunzipSync(readFileSync(stored)).toString('utf8'));
    expect(parsed.creation?.name).toBe('shop');
    expect(parsed.roles.length).toBeGreaterThan(0);
  });
});

describe('A: parseGlobals refuses the whole file for', () => {
  it.each([
    // A clause of CREATE ROLE that makes others members, or a member of others.
    'CREATE ROLE c ROLE a;',
    'CREATE ROLE c SUPERUSER ROLE anon;',
    'CREATE ROLE c ADMIN a;',
    'CREATE ROLE c USER a;',
    'CREATE ROLE c IN ROLE a;',
    'CREATE ROLE c WITH LOGIN;',
    'CREATE ROLE c SYSID 10;',
    'CREATE USER c;',
    'CREATE GROUP c;',
    'CREATE ROLE a;',
    'CREATE ROLE pg_evil;',
    'create role c;',
    // A password is a way in.
    `ALTER ROLE a WITH LOGIN PASSWORD 'pwn';`,
    `ALTER ROLE a PASSWORD 'pwn';`,
    `ALTER ROLE a WITH ENCRYPTED PASSWORD 'pwn';`,
    'ALTER ROLE a WITH SUPERUSER NOSUPERUSER;',
    'ALTER ROLE a WITH SUPERUSER SUPERUSER;',
    // Roles that the file does not make, in every form of a name.
    'ALTER ROLE other WITH SUPERUSER;',
    `ALTER ROLE other SET search_path TO 'evil';`,
    'ALTER ROLE "a " WITH SUPERUSER;',
    'ALTER ROLE CURRENT_USER WITH SUPERUSER;',
    `ALTER ROLE CURRENT_USER PASSWORD 'pwn';`,
    'ALTER ROLE current_user WITH SUPERUSER;',
    'ALTER ROLE SESSION_USER WITH SUPERUSER;',
    'ALTER ROLE session_user WITH SUPERUSER;',
    'ALTER ROLE CURRENT_ROLE WITH SUPERUSER;',
    `ALTER ROLE ALL SET search_path TO 'evil';`,
    `ALTER ROLE all SET search_path TO 'evil';`,
    'ALTER ROLE U&"a" WITH SUPERUSER;',
    `ALTER ROLE U&"bob" PASSWORD 'pwn' SUPERUSER;`,
    `ALTER ROLE U&"d!0061t" UESCAPE '!' WITH SUPERUSER;`,
    'ALTER ROLE A WITH SUPERUSER;',
    'ALTER ROLE é WITH SUPERUSER;',
    'ALTER ROLE pg_monitor WITH SUPERUSER;',
    'ALTER ROLE a RENAME TO c;',
    'ALTER USER a WITH SUPERUSER;',
    'ALTER GROUP a ADD USER b;',
    'ALTER ROLE a RESET ALL;',
    `ALTER ROLE a SET work_mem = '1MB';`,
    'ALTER ROLE a SET search_path TO DEFAULT;',
    'ALTER ROLE a SET search_path FROM CURRENT;',
    `ALTER ROLE a SET search_path TO 'x' 'y';`,
    `ALTER ROLE a SET search_path TO 'x'\n'y';`,
    `ALTER ROLE a SET search_path TO U&'x';`,
    `ALTER ROLE a SET search_path TO E'\\x41';`,
    `COMMENT ON ROLE other IS 'x';`,
    `COMMENT ON ROLE pg_monitor IS 'x';`,
    'COMMENT ON ROLE a IS NULL;',
    `SECURITY LABEL ON ROLE a IS 'x';`,
    'DROP ROLE a;',
    'REASSIGN OWNED BY a TO b;',
    'SET ROLE a;',
    'SET SESSION AUTHORIZATION other;',
    'SET search_path = evil;',
    "SELECT pg_catalog.set_config('search_path', '', false);",
    "DO 'BEGIN END';",
    // Memberships.
    'GRANT other TO a;',
    'GRANT a TO other;',
    'GRANT a TO PUBLIC;',
    'GRANT a TO "public";',
    'GRANT a TO b GRANTED BY other;',
    'GRANT a TO b GRANTED BY CURRENT_USER;',
    'GRANT a TO CURRENT_USER;',
    'GRANT a, b TO "x IN DATABASE y";',
    'GRANT a TO b, "x IN DATABASE y";',
    'GRANT a TO b WITH ADMIN TRUE;',
    'GRANT a TO b WITH INHERIT TRUE, ADMIN OPTION;',
    'REVOKE a FROM b;',
    // Privileges of another kind, or for nobody of the file.
    'GRANT SET ON PARAMETER work_mem TO other;',
    'GRANT SET ON PARAMETER work_mem, log_min_messages TO a;',
    'GRANT SELECT ON pg_authid TO a;',
    'GRANT ALL ON SCHEMA public TO a;',
    'GRANT USAGE ON LANGUAGE c TO a;',
    'GRANT CREATE ON TABLESPACE other TO a;',
    'GRANT CREATE ON TABLESPACE pg_default TO a;',
    // Tablespaces.
    `CREATE TABLESPACE t LOCATION '/x';`,
    `CREATE TABLESPACE t OWNER other LOCATION '/x';`,
    `CREATE TABLESPACE t OWNER a LOCATION '/x' WITH (seq_page_cost=1);`,
    'ALTER TABLESPACE fast OWNER TO b;',
    'ALTER TABLESPACE fast RENAME TO slow;',
    'ALTER TABLESPACE other SET (seq_page_cost=1);',
    "ALTER SYSTEM SET archive_command TO 'evil';",
    // Another database.
    'CREATE DATABASE other WITH TEMPLATE = template0;',
    `CREATE DATABASE other WITH TEMPLATE = template0 ENCODING = 'UTF8';`,
    'ALTER DATABASE payroll OWNER TO a;',
    `ALTER DATABASE payroll SET search_path TO 'evil';`,
    'ALTER DATABASE "D" OWNER TO a;',
    'ALTER DATABASE U&"d" OWNER TO a;',
    `ALTER ROLE a IN DATABASE payroll SET search_path TO 'evil';`,
    'GRANT ALL ON DATABASE payroll TO PUBLIC;',
    'GRANT ALL ON DATABASE d, payroll TO PUBLIC;',
    'REVOKE ALL ON DATABASE payroll FROM PUBLIC;',
    `COMMENT ON DATABASE payroll IS ' DATABASE d ';`,
    // What pg_dump does not say of a database.
    'ALTER DATABASE d RENAME TO e;',
    'ALTER DATABASE d SET TABLESPACE fast;',
    'ALTER DATABASE d RESET ALL;',
    'ALTER DATABASE d WITH ALLOW_CONNECTIONS false;',
    'ALTER DATABASE d OWNER TO CURRENT_USER;',
    'GRANT ALL ON DATABASE d TO CURRENT_USER;',
    "ALTER ROLE ALL IN DATABASE d SET work_mem TO '1MB';",
    'DROP DATABASE d;',
  ])('%s', (statement) => {
    expect(() => parseGlobals(`${MADE}${statement}`)).toThrow(hostile);
  });

  it.each([
    'TEMPLATE = payroll OWNER = anon',
    "TEMPLATE = payroll ENCODING = 'UTF8'",
    "TEMPLATE = template1 ENCODING = 'UTF8'",
    `TEMPLATE = "template0" ENCODING = 'UTF8'`,
    "TEMPLATE template0 ENCODING = 'UTF8'",
    "TEMPLATE = template0 ENCODING = 'UTF8' OWNER = anon",
    "TEMPLATE = template0 ENCODING = 'UTF8' ALLOW_CONNECTIONS = false",
    "TEMPLATE = template0 ENCODING = 'UTF8' TEMPLATE = payroll",
    "TEMPLATE = template0 ENCODING = 'UTF8' STRATEGY = wal_log",
    "TEMPLATE = template0 ENCODING = 'UTF8' LOCALE = C",
    "TEMPLATE = template0 ENCODING = 'UTF8' LOCALE = 'C' LOCALE = 'C'",
    "TEMPLATE = template0 ENCODING = 'UTF8' OID = 16384",
  ])('a database that is made WITH %s', (options) => {
    expect(() => parseGlobals(`CREATE DATABASE d WITH ${options};`)).toThrow(hostile);
  });

  it('a statement about the database before the one that makes it', () => {
    expect(() => parseGlobals(`CREATE ROLE a;\nALTER DATABASE d OWNER TO a;`)).toThrow(hostile);
  });

  it('a backslash in a plain string under another reading of it', () => {
    const comment = `COMMENT ON ROLE a IS 'x\\\\';`;
    const off = 'SET standard_conforming_strings = off;\n';
    expect(() => parseGlobals(`CREATE ROLE a;\n${off}${comment}`)).toThrow(hostile);
    expect(parseGlobals(`CREATE ROLE a;\n${comment}`).roles).toHaveLength(2);
  });

  it('a setting, whose value no message tells', () => {
    expect(() => parseGlobals(`ALTER ROLE CURRENT_USER SET "app.key" TO 'hunter2';`)).toThrow(
      'The globals file holds "ALTER ROLE CURRENT_USER SET \\"app.key\\" TO …;" (expected a name as word 3), which pg_dumpall does not write.',
    );
  });
});

describe('withDatabaseName', () => {
  it.each([
    ['shop', `ALTER DATABASE shop SET work_mem TO 'x';`, 'new', `ALTER DATABASE "new" SET work_mem TO 'x';`],
    ['"my shop"', 'ALTER DATABASE "my shop" OWNER TO r;', 'n"ew', 'ALTER DATABASE "n""ew" OWNER TO r;'],
    ['shop', `ALTER ROLE r IN DATABASE shop SET a TO 'b';`, 'new', `ALTER ROLE r IN DATABASE "new" SET a TO 'b';`],
    [
      'shop',
      `ALTER ROLE " IN DATABASE shop" IN DATABASE shop SET a TO 'b';`,
      'new',
      `ALTER ROLE " IN DATABASE shop" IN DATABASE "new" SET a TO 'b';`,
    ],
    ['shop', 'GRANT CONNECT ON DATABASE shop TO r;', 'new', 'GRANT CONNECT ON DATABASE "new" TO r;'],
    [
      'shop',
      `COMMENT ON DATABASE shop IS ' DATABASE shop ';`,
      'new',
      `COMMENT ON DATABASE "new" IS ' DATABASE shop ';`,
    ],
    ['"$&"', `ALTER DATABASE "$&" SET a TO 'b';`, '$1', `ALTER DATABASE "$1" SET a TO 'b';`],
  ])('of %s: %s is said of another one', (name, statement, to, expected) => {
    const { database } = parseGlobals(
      `CREATE ROLE r;\nCREATE DATABASE ${name} WITH TEMPLATE = template0 ENCODING = 'UTF8';\n${statement}`,
    );
    expect(withDatabaseName(database[1]!, to)).toBe(expected);
  });
});

describe('isDatabaseStatement', () => {
  it('tells what pg_dump says of the database from what it says of the rest', () => {
    expect(isDatabaseStatement('GRANT CONNECT ON DATABASE d TO a;')).toBe(true);
    expect(isDatabaseStatement(`COMMENT ON SCHEMA "DATABASE" IS 'DATABASE';`)).toBe(false);
  });
});
