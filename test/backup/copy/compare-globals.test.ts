import { describe, expect, test } from 'vitest';
import { compareGlobals } from '../../../src/backup/copy/compare-globals.js';
import { parseGlobals } from '../../../src/postgres/parse-globals.js';

const HEAD = `CREATE DATABASE d WITH TEMPLATE = template0 ENCODING = 'UTF8';\nCREATE ROLE b;\n`;
const SOURCE = `CREATE ROLE a;\nALTER ROLE a WITH NOLOGIN;\nGRANT b TO a;\nALTER ROLE a SET work_mem TO '1MB';\nALTER DATABASE d SET x TO 'y';\n`;
const differences = (copy: string, notApplied: string[] = []) =>
  compareGlobals(parseGlobals(HEAD + SOURCE), parseGlobals(HEAD + copy), new Set(notApplied)).map(
    ({ type, name, reason }) => `${type} ${name} ${reason}`,
  );

describe('the globals of a copy', () => {
  test('are equal in any order', () => {
    expect(differences(SOURCE.trim().split('\n').reverse().join('\n'))).toEqual([]);
  });

  test('differ by the statement that lacks, or is too many', () => {
    expect(differences(SOURCE.replace('NOLOGIN', 'LOGIN'))).toEqual([
      'ROLE ALTER ROLE a WITH NOLOGIN; is missing from the copy',
      'ROLE ALTER ROLE a WITH LOGIN; is not in the backup',
    ]);
    expect(differences(SOURCE.replace('GRANT b TO a;', ''))).toEqual([
      'ROLE MEMBERSHIP GRANT b TO a; is missing from the copy',
    ]);
  });

  test('differ by a setting, of which the value may be a secret and is not told', () => {
    expect(differences(SOURCE.replace("'1MB'", "'2MB'"))).toEqual([
      'ROLE SETTING ALTER ROLE a SET work_mem TO … is missing from the copy',
      'ROLE SETTING ALTER ROLE a SET work_mem TO … is not in the backup',
    ]);
    expect(differences(SOURCE.replace("x TO 'y'", "x TO 'z'"))).toEqual([
      'DATABASE ALTER DATABASE d SET x TO … is missing from the copy',
      'DATABASE ALTER DATABASE d SET x TO … is not in the backup',
    ]);
  });

  test('may lack what the server refused, which is told elsewhere', () => {
    expect(differences(SOURCE.replace('GRANT b TO a;', ''), ['GRANT b TO a;'])).toEqual([]);
  });
});
