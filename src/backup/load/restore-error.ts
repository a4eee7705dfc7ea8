/**
 * Why psql did not restore: the dump was refused, which says something about the backup, or something around it failed.
 */
import { describeExit, type ProcessExit, type RunningProcess } from '../../core/child-process.js';
import { HoldfastError } from '../../core/errors.js';
import { hintForFailure } from './failure-hints.js';
import type { SentStatement, SentStatements } from './sent-statements.js';

/** psql's exit status for a statement that failed, with ON_ERROR_STOP. */
const STATEMENT_FAILED = 3;

/**
 * Classes of SQLSTATE that say nothing about the statement: connection, resources (a full disk, no memory), operator
 * intervention, the system.
 */
const OF_THE_SERVER = /^(?:08|53|57|58)/;

/**
 * PSQL_UNPATCHED, HOSTILE_DUMP where psql refused a command; RESTORE_FAILED with the server's message where it refused
 * a statement; RESTORE_CUT_OFF where psql, its connection or the server failed.
 *
 * @param psql with `VERBOSITY=verbose`, so that its messages hold an SQLSTATE
 * @param exit how it ended, if that is known
 * @param how how it ended in words, for a psql that has printed nothing
 * @param sent what it was sent
 */
export function restoreError(
  psql: RunningProcess,
  exit: ProcessExit,
  how = describeExit(exit),
  sent?: Pick<SentStatements, 'at'>,
): HoldfastError {
  const said = psql.stderr();
  if (/^psql:<stdin>:\d+: error: invalid command \\restrict\b/m.test(said)) {
    return new HoldfastError('PSQL_UNPATCHED', `${psql.command} does not know \\restrict and has restored nothing.`);
  }
  if (/^psql:<stdin>:\d+: error: backslash commands are restricted/m.test(said)) {
    return new HoldfastError(
      'HOSTILE_DUMP',
      'Code in the dump made psql read the dump differently from how it was checked, so that psql saw one of its own commands, and refused it.',
    );
  }
  const words = withoutRows(said);
  const [, line = '', state = ''] = /^psql:<stdin>:(\d+): (?:ERROR|FATAL|PANIC): {2}([0-9A-Z]{5}): /m.exec(said) ?? [];
  const at = line === '' ? undefined : sent?.at(Number(line));
  const refused = exit.code === STATEMENT_FAILED && !OF_THE_SERVER.test(state);
  const what = words || `psql ${how}.`;
  const hint = hintForFailure({ state, words, at });
  const place = at === undefined ? '' : ` at ${describePlace(at, words)}`;
  return refused
    ? new HoldfastError('RESTORE_FAILED', `The restore failed${place}: ${what}`, { hint })
    : new HoldfastError('RESTORE_CUT_OFF', `The restore was cut off${place}: ${what}`, { hint });
}

/** `INDEX app.by_name (CREATE INDEX, table app.orders)`, `TABLE DATA app.orders (COPY, line 7)`. */
function describePlace({ header, kind, table }: SentStatement, words: string): string {
  const name = header && `${header.schema === null ? '' : `${header.schema}.`}${header.name}`;
  const line = kind === 'COPY' ? /^CONTEXT: {2}COPY .*?, (line \d+)/m.exec(words)?.[1] : undefined;
  const about = [kind, ...(table !== undefined && table !== name ? [`table ${table}`] : []), ...(line ? [line] : [])];
  return `${header ? `${header.type} ${name}` : 'a statement of the restore itself'} (${about.join(', ')})`;
}

/**
 * The server's message without rows of the table: the message may end up in a proof or a log, and rows are the user's
 * data. The table and line of the context stay; details, which quote keys, are removed.
 */
function withoutRows(words: string): string {
  return words
    .split('\n')
    .map((line) =>
      line
        .replace(/^psql:<stdin>:\d+: /, '')
        .replace(/^(ERROR|FATAL|PANIC|WARNING|NOTICE): {2}[0-9A-Z]{5}: /, '$1:  ')
        .replace(/^(CONTEXT: .*?, line \d+).*$/, '$1'),
    )
    .filter((line) => /^(?:ERROR|FATAL|PANIC|HINT|CONTEXT|psql|server closed|connection)\b/.test(line))
    .join('\n');
}
