import { describe, expect, test } from 'vitest';
import { databaseStatements, describeFailure } from '../../../src/backup/load/apply-globals.js';
import { parseGlobals } from '../../../src/postgres/parse-globals.js';

test('the statement that creates a database, and its settings, are left out for one that exists', () => {
  const globals = parseGlobals(
    `CREATE DATABASE a WITH TEMPLATE = template0 ENCODING = 'UTF8';\nALTER DATABASE a OWNER TO b;\nALTER DATABASE a SET b TO 'c';`,
  );
  expect(databaseStatements(globals, 'z')).toEqual(['ALTER DATABASE "z" OWNER TO b;']);
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
