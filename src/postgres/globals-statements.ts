/** The statements of a globals file, which has two parts: roles and tablespaces, and the database. */
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import { SqlScanner } from '../dump/sql-scanner.js';
import { sqlTokens } from '../syntax/sql/tokens.js';

/** Comment lines that open the two parts of a globals file. */
export const ROLES_MARKER = '-- holdfast: roles';
export const DATABASE_MARKER = '-- holdfast: database';

/** Whether a statement of pg_dump's own output is about a database as a whole. */
export function isDatabaseStatement(statement: string): boolean {
  return sqlTokens(statement).includes('DATABASE');
}

/** psql commands that these programs print, for users who feed the file to psql. */
const COMMAND =
  /^\\(?:(?:un)?restrict [A-Za-z0-9]+|encoding (?!SJIS|SHIFT_JIS|BIG5|GB|UHC|JOHAB)[A-Z0-9_]+|connect (?:[a-z0-9_]+|(?:-reuse-previous=on )?"(?:[^"]|"")*"))\s*$/;

/**
 * The statements with their semicolons, without comments and psql commands between them, cut as psql cuts them.
 *
 * @throws HoldfastError HOSTILE_DUMP for what these programs do not print, DUMP_TRUNCATED
 */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  const scanner = new SqlScanner(
    {
      statement: (statement) => statements.push(statement.toString('utf8')),
      comment: () => {},
      command: (bytes) => {
        const line = bytes.toString('utf8');
        if (!COMMAND.test(line)) throw hostile(`the psql command ${quoted(line.slice(0, 80).trimEnd())}`);
      },
      rows: () => {
        throw hostile('rows of a table');
      },
    },
    'globals file',
  );
  try {
    scanner.write(Buffer.from(text, 'utf8'));
    scanner.end();
  } catch (error) {
    // In a dump, the server would refuse it; of the globals, nothing may get that far.
    if (!(error instanceof HoldfastError) || error.code !== 'DUMP_MALFORMED') throw error;
    throw new HoldfastError('HOSTILE_DUMP', error.message, { cause: error });
  }
  return statements;
}

/** The refusal of a globals file, by what it holds. */
export function hostile(what: string): HoldfastError {
  return new HoldfastError('HOSTILE_DUMP', `The globals file holds ${what}, which pg_dumpall does not write.`);
}
