/** Applies the globals of a backup: roles to a server, settings to a database. */
import pg from 'pg';
import { messageOf } from '../../core/errors.js';
import { withDatabaseName, type ParsedGlobals } from '../../postgres/parsed-globals.js';
import { parseOwner } from '../../dump/statement.js';
import { IDENTIFIER } from '../../syntax/sql/identifiers.js';

/** `duplicate_object`: what already exists is left as it is. */
export const ALREADY_THERE = '42710';

/** A statement that could not be applied, and why. */
export interface ApplyFailure {
  readonly statement: string;
  readonly message: string;
  /** The server's code. */
  readonly code?: string | undefined;
}

const UNDEFINED_OBJECT = '42704';

/** Whether the server does not have a role that the statement names, whatever the language of its messages. */
export function isRoleMissing({ statement, code }: ApplyFailure): boolean {
  return code === UNDEFINED_OBJECT && /^(?:GRANT|REVOKE|ALTER ROLE)\s|\sOWNER TO\s/.test(statement);
}

/** For people: `CREATE ROLE x … – permission denied`. Holds no value of a setting. */
export function describeFailure({ statement, message }: ApplyFailure): string {
  const said = message.replace(/^(invalid value for parameter "[^"]*"): .*$/s, '$1');
  return `${firstLine(withoutValue(statement))} – ${said}`;
}

const SETTING = new RegExp(
  `^(ALTER (?:ROLE|DATABASE) ${IDENTIFIER} (?:IN DATABASE ${IDENTIFIER} )?SET ${IDENTIFIER}(?:\\.${IDENTIFIER})* (?:TO|=)) .*$`,
  's',
);

/**
 * `ALTER ROLE a SET b TO 'c';` → `ALTER ROLE a SET b TO …`. Applications keep secrets in settings, such as keys for
 * their tokens; notes and proofs are read by more people than the globals are, which keep the whole statement.
 */
export function withoutValue(statement: string): string {
  return statement.replace(SETTING, '$1 …');
}

/**
 * A query that the server treats as one statement or refuses: in the prepared-statement protocol a text may hold only
 * one, whatever it looked like to us.
 */
export function alone(statement: string): pg.QueryConfig {
  const query: pg.QueryConfig & { readonly queryMode: 'extended' } = { text: statement, queryMode: 'extended' };
  return query;
}

/**
 * Runs statements one by one. One that fails does not stop the others: a drill server does not have everything that a
 * source has (settings of absent libraries, roles of the provider), and the restore shows whether that matters.
 *
 * @throws the connection's error when it is lost
 */
export async function applyStatements(client: pg.Client, statements: readonly string[]): Promise<ApplyFailure[]> {
  const failures: ApplyFailure[] = [];
  for (const statement of statements) {
    try {
      await client.query(alone(statement));
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      if (error.code === ALREADY_THERE) continue;
      failures.push({ statement, message: messageOf(error), code: error.code });
    }
  }
  return failures;
}

/**
 * The statements about a database that exists, and may have another name than at the source: its owner, connection
 * limit, grants and remarks. Its settings are those of `database-settings.ts`.
 *
 * @param options which of owner and grants there are
 */
export function databaseStatements(
  { database }: Pick<ParsedGlobals, 'database'>,
  name: string,
  { owners = true, privileges = true }: { readonly owners?: boolean; readonly privileges?: boolean } = {},
): string[] {
  return database
    .filter(({ creates, setting }) => !creates && setting === undefined)
    .filter(({ grant }) => privileges || grant === undefined)
    .filter(({ text }) => owners || parseOwner(text) === undefined)
    .map((statement) => withDatabaseName(statement, name));
}

function firstLine(statement: string): string {
  const line = statement.split('\n', 1)[0] ?? '';
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}
