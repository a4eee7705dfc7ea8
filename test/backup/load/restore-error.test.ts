import { describe, expect, it } from 'vitest';
import { restoreError } from '../../../src/backup/load/restore-error.js';
import type { ProcessExit, RunningProcess } from '../../../src/core/child-process.js';

const FAILED: ProcessExit = { code: 3, signal: null };

function errorOf(stderr: string, exit: ProcessExit, how?: string) {
  return restoreError({ stderr: () => stderr } as RunningProcess, exit, how);
}

describe('the error of a restore', () => {
  it("is a refusal of the dump when a statement failed, in the server's words without its SQLSTATE and rows", () => {
    const said = [
      'psql:<stdin>:90: ERROR:  22P02: invalid input syntax for type integer: "x"',
      'DETAIL:  a row',
      'CONTEXT:  COPY orders, line 7, column id: "secret"',
      'LOCATION:  pg_strtoint32, numutils.c:320',
    ].join('\n');
    expect(errorOf(said, FAILED)).toMatchObject({
      code: 'RESTORE_FAILED',
      message: 'The restore failed: ERROR:  invalid input syntax for type integer: "x"\nCONTEXT:  COPY orders, line 7',
    });
  });

  it.each([
    ['the disk is full', '53100', 'could not extend file "base/1/2": No space left on device', FAILED],
    ['memory runs out', '53200', 'out of memory', FAILED],
    ['an operator ends the session', '57P01', 'terminating connection due to administrator command', FAILED],
    ['a file cannot be read', '58030', 'could not read file "base/1/2": Input/output error', FAILED],
  ])('says nothing of the dump when %s', (_what, state, message, exit) => {
    const error = errorOf(`psql:<stdin>:1: ERROR:  ${state}: ${message}`, exit);
    expect(error).toMatchObject({ code: 'RESTORE_CUT_OFF', retryable: true });
    expect(error.message).toBe(`The restore was cut off: ERROR:  ${message}`);
  });

  it.each([
    ['psql is killed', '', { code: null, signal: 'SIGKILL' }, 'psql was ended by SIGKILL.'],
    [
      'the connection is lost',
      'server closed the connection unexpectedly',
      { code: 2, signal: null },
      'server closed the connection unexpectedly',
    ],
    ['psql ends well too early', '', { code: 0, signal: null }, 'psql exited with status 0.'],
  ] as const)('says nothing of the dump when %s', (_what, said, exit, words) => {
    expect(errorOf(said, exit)).toMatchObject({
      code: 'RESTORE_CUT_OFF',
      message: `The restore was cut off: ${words}`,
    });
  });
});
