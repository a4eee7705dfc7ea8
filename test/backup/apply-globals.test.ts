import { describe, expect, test } from 'vitest';
import { databaseStatements, describeFailure, renameDatabase } from '../../src/backup/restore/apply-globals.js';

describe('a statement about a database', () => {
  test.each([
    ['ALTER DATABASE shop SET work_mem TO x;', 'shop', 'new', 'ALTER DATABASE "new" SET work_mem TO x;'],
    ['ALTER DATABASE "my shop" OWNER TO o;', 'my shop', 'n"ew', 'ALTER DATABASE "n""ew" OWNER TO o;'],
    ['ALTER ROLE r IN DATABASE shop SET a TO b;', 'shop', 'new', 'ALTER ROLE r IN DATABASE "new" SET a TO b;'],
    ['GRANT CONNECT ON DATABASE shop TO r;', 'shop', 'new', 'GRANT CONNECT ON DATABASE "new" TO r;'],
    [
      `COMMENT ON DATABASE shop IS ' DATABASE shop ';`,
      'shop',
      'new',
      `COMMENT ON DATABASE "new" IS ' DATABASE shop ';`,
    ],
    // A longer name that begins like it is another database.
    ['GRANT CONNECT ON DATABASE shop2 TO r;', 'shop', 'new', 'GRANT CONNECT ON DATABASE shop2 TO r;'],
    ['ALTER DATABASE "$&" SET a TO b;', '$&', '$1', 'ALTER DATABASE "$1" SET a TO b;'],
  ])('%s is about another one after a renaming', (statement, from, to, expected) => {
    expect(renameDatabase(statement, from, to)).toBe(expected);
  });

  test('that creates it is left out for one that exists', () => {
    expect(databaseStatements(['CREATE DATABASE a;', 'ALTER DATABASE a SET b TO c;'], 'a', 'z')).toEqual([
      'ALTER DATABASE "z" SET b TO c;',
    ]);
  });
});

describe('a failure', () => {
  test('is told with the first line of its statement, cut', () => {
    expect(describeFailure({ statement: `COMMENT ${'x'.repeat(200)}\nsecond`, message: 'no' })).toBe(
      `COMMENT ${'x'.repeat(112)}… – no`,
    );
  });

  test.each([
    [
      `ALTER ROLE postgres IN DATABASE "t51" SET "app.jwt_secret" TO 'hunter2';`,
      'ALTER ROLE postgres IN DATABASE "t51" SET "app.jwt_secret" TO …',
    ],
    [`ALTER ROLE "a SET b TO c" SET x.y TO 'hunter2';`, 'ALTER ROLE "a SET b TO c" SET x.y TO …'],
    [
      `ALTER DATABASE "d""e" SET "p"."q" TO E'hunter2\\\nhunter2', 'hunter2';`,
      'ALTER DATABASE "d""e" SET "p"."q" TO …',
    ],
    ['ALTER ROLE a WITH NOLOGIN;', 'ALTER ROLE a WITH NOLOGIN;'],
    [`COMMENT ON ROLE a IS 'ALTER ROLE a SET b TO c';`, `COMMENT ON ROLE a IS 'ALTER ROLE a SET b TO c';`],
  ])('of %s is told without the value of the setting', (statement, told) => {
    expect(describeFailure({ statement, message: 'no' })).toBe(`${told} – no`);
  });

  test('is told without the value where the server repeats it', () => {
    const statement = `ALTER ROLE a SET work_mem TO 'hunter2';`;
    const message = 'invalid value for parameter "work_mem": "hunter2\nhunter2"';
    expect(describeFailure({ statement, message })).toBe(
      'ALTER ROLE a SET work_mem TO … – invalid value for parameter "work_mem"',
    );
  });
});
