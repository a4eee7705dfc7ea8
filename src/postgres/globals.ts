/** The globals file beside a dump: roles without passwords, and the settings of the database itself. */
import { runProcess } from '../core/child-process.js';
import { HoldfastError } from '../core/errors.js';
import type { PostgresPrograms } from './client-programs.js';
import { conninfo } from '../syntax/libpq/connection-target.js';
import type { DatabaseAccess } from './connection.js';
import { whileFull } from './full-server.js';
import { DATABASE_MARKER, isDatabaseStatement, ROLES_MARKER, splitStatements } from './globals-statements.js';

export interface GlobalsOptions {
  readonly programs: PostgresPrograms;
  readonly access: DatabaseAccess;
  /** The database's, as PostgreSQL names it: a database in SQL_ASCII cannot be read in UTF-8. @default 'UTF8' */
  readonly encoding?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Dumps what is missing from a plain dump, as one SQL text in UTF-8: pg_dumpall's globals, then what only `pg_dump -C`
 * prints (encoding and locale, owner, settings, `ALTER ROLE … IN DATABASE`, grants on the database, its comment).
 *
 * @throws HoldfastError DUMP_FAILED with the program's own words, DUMP_TRUNCATED, PROGRAM_MISSING; the signal's error
 */
export async function dumpGlobals(options: GlobalsOptions): Promise<string> {
  const { access } = options;
  const target = conninfo(await access.childTarget());
  const roles = await run(options, 'pg_dumpall', [
    '--globals-only',
    '--no-role-passwords',
    '--no-password',
    '--encoding=UTF8',
    '-d',
    target,
    // As a conninfo: pg_dumpall would take a plain name with an equals sign in it for one.
    '-l',
    conninfo({ database: access.target.database, parameters: {} }),
  ]);
  // The schema pg_toast contains nothing that is dumped, so only the database itself and that schema come out.
  const database = await run(options, 'pg_dump', [
    '--create',
    '--schema-only',
    '--schema=pg_toast',
    '--no-password',
    `--encoding=${options.encoding === 'SQL_ASCII' ? 'SQL_ASCII' : 'UTF8'}`,
    '-d',
    target,
  ]);
  const statements = splitStatements(database).filter(isDatabaseStatement);
  if (!statements.some((statement) => statement.startsWith('CREATE DATABASE'))) {
    throw new HoldfastError(
      'DUMP_FAILED',
      `Dumping the settings of ${access.describe()}: pg_dump --create printed no CREATE DATABASE.`,
    );
  }
  return `${INTRODUCTION}\n${ROLES_MARKER}\n\n${roles.trim()}\n\n${ABOUT_DATABASE}\n${DATABASE_MARKER}\n\n${SESSION}\n\n${statements.join('\n\n')}\n`;
}

const INTRODUCTION = `-- What a dump of one database does not contain: the roles of the server, and the settings of the database.
-- holdfast restore --create --globals applies it, and alters no existing role. To apply it by hand, on a server that has
-- none of these roles and from a backup that you trust: psql -X -d postgres -f THIS_FILE, as an administrator, before
-- restoring the dump. Read it first: psql runs whatever is in it.
-- For roles that already exist, CREATE ROLE fails, which does no harm, and ALTER ROLE and GRANT change their attributes
-- (LOGIN, SUPERUSER ...), settings and memberships: leave those lines out. Passwords are not included: set them afterwards.
`;

const ABOUT_DATABASE = `-- Leave out CREATE DATABASE if the database already exists; to restore under another name, change it below.
`;

// The names and comments below are read under these settings, whatever the session had.
const SESSION = `SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;`;

const CLOSING_LINE = /^-- PostgreSQL database (?:cluster )?dump complete$/m;

/** The session before it may count for a moment longer, against what the role is allowed. */
function run(options: GlobalsOptions, name: 'pg_dumpall' | 'pg_dump', args: string[]): Promise<string> {
  return whileFull(() => runOnce(options, name, args), options.signal);
}

async function runOnce(options: GlobalsOptions, name: 'pg_dumpall' | 'pg_dump', args: string[]): Promise<string> {
  const command = options.access.launch(options.programs.program(name), args);
  try {
    const env = await options.access.childEnvironment();
    // Times are printed according to the session's settings: in this form they mean the same everywhere.
    const plain = { ...env, PGDATESTYLE: 'ISO', PGTZ: 'UTC' };
    const { stdout } = await runProcess({ ...command, env: plain, signal: options.signal });
    if (CLOSING_LINE.test(stdout)) return stdout;
    throw new HoldfastError(
      'DUMP_TRUNCATED',
      `Dumping roles and settings of ${options.access.describe()}: ${name} ended with status 0 but without its closing line.`,
    );
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'PROGRAM_FAILED') throw error;
    throw new HoldfastError(
      'DUMP_FAILED',
      `Dumping roles and settings of ${options.access.describe()}: ${error.message}`,
      {
        cause: error,
        hint: "No backup was stored. The program's message is above.",
      },
    );
  }
}
