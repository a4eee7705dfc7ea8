/** The scanner against psql itself: where one cuts, the other must cut, and what psql would run must be refused. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/core/errors.js';
import { scanEvents } from '../../dump/read-dump.js';
import { serverPrograms, sharedServer } from '../../helpers/postgres.js';

let psql: string;
beforeAll(async () => {
  psql = (await serverPrograms()).program('psql');
});

/** What psql sends to the server and prints itself, without the results; errors of the server do not stop it. */
function runPsql(input: string): string {
  const server = sharedServer();
  const { stdout, error } = spawnSync(psql, ['-X', '-q', '-e', '-o', '/dev/null', '-d', 'postgres'], {
    input,
    encoding: 'utf8',
    env: { PGHOST: server.host, PGPORT: String(server.port), PGUSER: server.superuser },
    cwd: '/',
    ...server.user,
  });
  if (error) throw error;
  return stdout;
}

/** The scanner's statements; undefined when it refuses the text, or would hand a command to the reader to refuse. */
function scan(text: string): { readonly statements: string[]; readonly complete: boolean } | undefined {
  const events: string[] = [];
  let complete = true;
  try {
    scanEvents([Buffer.from(text)], events);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    if (error.code !== 'DUMP_TRUNCATED') return undefined;
    complete = false;
  }
  if (events.some((event) => event.startsWith('command'))) return undefined;
  const statements = events.filter((event) => event.startsWith('statement'));
  return { statements: statements.map((event) => event.slice('statement '.length)), complete };
}

/** A command that shows when psql runs it. */
const COMMAND = '\\echo psql-ran-this';
const RAN = /^psql-ran-this/m;

const OFF = 'SET standard_conforming_strings = off;\n';

// Each was found by asking psql: it runs the command, and a reader of strings alone would take it for text.
const TRICKS: [string, string][] = [
  ['a carriage return that ends a comment', `-- x\r${COMMAND}\n`],
  ['an escape string that a carriage return continues', `SELECT E'a'\r'\\' ' ${COMMAND} --'\n;`],
  ['an escape string behind a dollar sign', `SELECT $E'\\' ' ${COMMAND} --'\n;`],
  ['an escape string behind a colon', `SELECT :E'\\' ${COMMAND} '\n;`],
  ['an escape string behind a number', `SELECT 1E'\\' ${COMMAND} '\n;`],
  ['an escape string behind a parameter', `SELECT $1E'\\' ${COMMAND} '\n;`],
  ['rows after COPY in capitals', `CREATE TEMP TABLE q (a text);\nCOPY q FROM STDIN;\n'\n\\.\n${COMMAND}\n'\n;`],
  ['a command inside parentheses', `SELECT (1; ${COMMAND}\n);`],
  ['A6: a bit string whose backslash is none', `${OFF}SELECT B'\\' ${COMMAND} '\n;`],
  ['A6: a NUL that takes the end of a string along', `SELECT '\0'\n' ${COMMAND}\n';`],
];

const GLUE = [
  'E',
  '1E',
  '$E',
  ':E',
  '::E',
  '$1E',
  '1a$b$',
  'a$b$',
  '$b$',
  '$$',
  'U&',
  'B',
  'x',
  'N',
  '1',
  'a',
  '',
  '-- c\r',
  '-- c\n',
];
const MARKS = [
  "'",
  "'\\' '",
  "'\\'",
  "'\0",
  '\f',
  '\v',
  "''",
  "'a'\n",
  "'a'\r",
  "'a' ",
  "'; ",
  '"',
  '/*',
  '*/',
  '(',
  ')',
  ';\n',
  ':',
  '::',
  ' ',
  '-',
  '/',
  '',
];
const BODY = [
  'begin ',
  'end ',
  'case ',
  'create function f() ',
  'create or replace procedure ',
  ';',
  '; ',
  '(',
  ')',
  "'",
  '$$',
  ':',
  'a',
  '\n',
];

const trick = fc
  .array(
    fc.tuple(
      fc.constantFrom(...GLUE),
      fc.constantFrom(...MARKS),
      fc.constantFrom(...MARKS),
      fc.constantFrom('', '', ` ${COMMAND}\n`, ` ${COMMAND} `),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => `SELECT ${parts.flat().join('')}\n`);
/** The same where a backslash escapes in every string but the bit strings. */
const trickOff = trick.map((text) => OFF + text);
const body = fc
  .array(fc.constantFrom(...BODY), { minLength: 1, maxLength: 14 })
  .map((parts) => `create function f() ${parts.join('')}\n`);

/** Without what psql changes: comments and white space; and the semicolons, some of which it does not send. */
function squeeze(text: string): string {
  return text.replace(/--[^\n\r]*/g, '').replace(/[\s;]+/g, '');
}

describe('psql and the scanner', () => {
  it.each(TRICKS)(
    'differ over nothing: psql runs a command hidden behind %s, and the scanner refuses it',
    (_, text) => {
      expect(runPsql(text)).toMatch(RAN);
      expect(scan(text)).toBeUndefined();
    },
  );

  it('cut any text at the same places, and psql runs no command of what is not refused', () => {
    fc.assert(
      fc.property(fc.oneof(trick, trickOff, body), (text) => {
        const scanned = scan(text);
        fc.pre(scanned !== undefined);
        const output = runPsql(text);
        expect(output).not.toMatch(RAN);
        // psql also sends what is left at the end of its input.
        if (scanned.complete) expect(squeeze(scanned.statements.join(''))).toBe(squeeze(output));
      }),
      { numRuns: 150 },
    );
  });
});
