/** The globals file beside a dump: roles without passwords, and the settings of the database itself. */
import { isUtf8 } from 'node:buffer';
import { runProcess } from '../core/child-process.js';
import { HoldfastError } from '../core/errors.js';
import type { PostgresPrograms } from './client-programs.js';
import { decoderFor, type Decode } from '../dump/text-encoding.js';
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
  const roles = await dumpRoles(options);
  const target = conninfo(await access.childTarget());
  // The schema pg_toast contains nothing that is dumped, so only the database itself and that schema come out.
  const dumpDatabase = (encoding: string, decode: Decode) =>
    run(
      options,
      'pg_dump',
      ['--create', '--schema-only', '--schema=pg_toast', '--no-password', `--encoding=${encoding}`, '-d', target],
      decode,
    );
  const { encoding = 'UTF8' } = options;
  const database = await dumpDatabase(encoding === 'SQL_ASCII' ? encoding : 'UTF8', UTF8).catch((error: unknown) => {
    if (!isOfForeignBytes(error)) throw error;
    // Unconverted, pg_dump gets them as they are.
    return dumpDatabase(encoding, decoderFor(encoding));
  });
  const statements = splitStatements(database).filter(isDatabaseStatement);
  if (!statements.some((statement) => statement.startsWith('CREATE DATABASE'))) {
    throw new HoldfastError(
      'DUMP_FAILED',
      `Dumping the settings of ${access.describe()}: pg_dump --create printed no CREATE DATABASE.`,
    );
  }
  return `${INTRODUCTION}\n${ROLES_MARKER}\n\n${roles.trim()}\n\n${ABOUT_DATABASE}\n${DATABASE_MARKER}\n\n${SESSION}\n\n${statements.join('\n\n')}\n`;
}

/** What a server says of bytes that are no text in the encoding of a database, or have no place in it. */
const FOREIGN_BYTES = /invalid byte sequence for encoding|has no equivalent in encoding/;

function isOfForeignBytes(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && FOREIGN_BYTES.test(error.message);
}

/**
 * A role is named in the bytes of the database in which it was made, and these need not be text in another one: pg_dumpall
 * ends there. A database with an encoding of single bytes takes them all as they are.
 */
async function dumpRoles(options: GlobalsOptions): Promise<string> {
  const { access } = options;
  const dump = async (from: DatabaseAccess, encoding: string) =>
    run(
      { ...options, access: from },
      'pg_dumpall',
      [
        '--globals-only',
        '--no-role-passwords',
        '--no-password',
        `--encoding=${encoding}`,
        '-d',
        conninfo(await from.childTarget()),
        // As a conninfo: pg_dumpall would take a plain name with an equals sign in it for one.
        '-l',
        conninfo({ database: from.target.database, parameters: {} }),
      ],
      encoding === 'UTF8' ? UTF8 : (bytes) => readMixed(bytes, encoding),
    );
  try {
    return await dump(access, 'UTF8');
  } catch (error) {
    if (!isOfForeignBytes(error)) throw error;
    const other = await findBytewiseDatabase(options);
    if (!other) throw new HoldfastError('DUMP_FAILED', error.message, { cause: error, hint: FOREIGN_ROLE });
    const text = await dump(access.withDatabase(other.name), other.encoding);
    return text.replace(/^SET client_encoding = '\w+';$/m, `SET client_encoding = 'UTF8';`);
  }
}

const FOREIGN_ROLE =
  'A role or tablespace has a name that is no text in the encoding of this database: rename it, in the database where it was made.';

/** One in which any bytes are text, and which this role may enter; its name can be read in every other one. */
async function findBytewiseDatabase({
  access,
  signal,
}: GlobalsOptions): Promise<{ readonly name: string; readonly encoding: string } | undefined> {
  const client = await access.connect({ signal });
  try {
    const { rows } = await client.query<{ name: string; encoding: string }>(
      `SELECT d.datname::pg_catalog.text AS name, pg_catalog.pg_encoding_to_char(d.encoding)::pg_catalog.text AS encoding
         FROM pg_catalog.pg_database d
        WHERE d.datallowconn AND pg_catalog.pg_encoding_max_length(d.encoding) = 1
          AND pg_catalog.has_database_privilege(d.oid, 'CONNECT') AND d.datname OPERATOR(pg_catalog.~) '^[A-Za-z0-9_-]+$'
        ORDER BY d.encoding = 0, d.datname LIMIT 1`,
    );
    return rows[0];
  } finally {
    await client.end();
  }
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
function run(
  options: GlobalsOptions,
  name: 'pg_dumpall' | 'pg_dump',
  args: string[],
  decode: Decode = UTF8,
): Promise<string> {
  return whileFull(() => runOnce(options, name, args, decode), options.signal);
}

const UTF8 = decoderFor('UTF8');

/** Lines of which each is text in UTF-8, or else in another encoding. */
function readMixed(bytes: Uint8Array, encoding: string): string {
  const other = decoderFor(encoding);
  // In neither encoding, a line break is a part of another character.
  return Buffer.from(bytes)
    .toString('latin1')
    .split('\n')
    .map((line) => Buffer.from(line, 'latin1'))
    .map((line) => (isUtf8(line) ? line.toString('utf8') : other(line)))
    .join('\n');
}

async function runOnce(
  options: GlobalsOptions,
  name: 'pg_dumpall' | 'pg_dump',
  args: string[],
  decode: Decode,
): Promise<string> {
  const command = options.access.launch(options.programs.program(name), args);
  try {
    const env = await options.access.childEnvironment();
    // Times are printed according to the session's settings: in this form they mean the same everywhere.
    const plain = { ...env, PGDATESTYLE: 'ISO', PGTZ: 'UTC' };
    const { bytes } = await runProcess({ ...command, env: plain, signal: options.signal });
    const stdout = decode(bytes);
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
