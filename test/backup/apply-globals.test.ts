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
});
