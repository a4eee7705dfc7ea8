/** What a globals file says, statement by statement. */
import { IDENTIFIER, quoteIdentifier, unquoteIdentifier } from '../syntax/sql/identifiers.js';

interface Statement {
  /** With its semicolon. */
  readonly text: string;
}

/** `CREATE ROLE`, `ALTER ROLE … WITH`, a comment or security label on a role. */
export interface RoleStatement extends Statement {
  readonly role: string;
  readonly creates: boolean;
  /** Of `ALTER ROLE … WITH`: `SUPERUSER`, `NOLOGIN` … */
  readonly attributes: readonly string[];
  /** Where they stand in the text; 0 where there are none. */
  readonly attributesStart: number;
  readonly attributesEnd: number;
}

/** `GRANT role TO member`. */
export interface Membership extends Statement {
  readonly role: string;
  readonly member: string;
}

/** `ALTER ROLE … SET`, or a grant on a parameter. */
export interface RoleSetting extends Statement {
  /** `undefined` for PUBLIC, to which parameters alone are granted. */
  readonly role: string | undefined;
  readonly isGrant: boolean;
}

export interface TablespaceStatement extends Statement {
  readonly tablespace: string;
  readonly kind: 'create' | 'grant' | 'other';
}

/** A privilege on the database. */
export interface DatabaseGrant {
  readonly verb: 'GRANT' | 'REVOKE';
  /** Whether the right to pass it on is all that is taken. */
  readonly optionOnly: boolean;
  readonly privileges: readonly string[];
  /** `undefined` for PUBLIC. */
  readonly grantee: string | undefined;
}

export interface DatabaseStatement extends Statement {
  /** The place of the database's name in the text, with its quotes. */
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly creates: boolean;
  readonly grant?: DatabaseGrant;
  /** The name of the setting that `ALTER DATABASE … SET` or `ALTER ROLE … IN DATABASE … SET` gives a value. */
  readonly setting?: string;
}

/** How the database was created. */
export interface DatabaseCreation {
  readonly name: string;
  /** What follows the name, without the tablespace: `WITH TEMPLATE = template0 ENCODING = 'UTF8' …`. */
  readonly options: string;
  /** As SQL; `undefined` for the server's default, which pg_dump does not name. */
  readonly tablespace: string | undefined;
}

/** Each list is in the order of the file. */
export interface ParsedGlobals {
  readonly roles: readonly RoleStatement[];
  readonly memberships: readonly Membership[];
  readonly tablespaces: readonly TablespaceStatement[];
  readonly roleSettings: readonly RoleSetting[];
  /** CREATE DATABASE first; its owner, settings, grants, comment, and ALTER ROLE … IN DATABASE. */
  readonly database: readonly DatabaseStatement[];
  /** `undefined` for an adopted dump, which has no globals. */
  readonly creation: DatabaseCreation | undefined;
}

/** The roles that the globals create. */
export function roleNames({ roles }: ParsedGlobals): Set<string> {
  return new Set(roles.flatMap(({ role, creates }) => (creates ? [role] : [])));
}

/** A statement about the database, for one with another name; unchanged for one of the same name. */
export function withDatabaseName({ text, nameStart, nameEnd }: DatabaseStatement, name: string): string {
  if (unquoteIdentifier(text.slice(nameStart, nameEnd)) === name) return text;
  return text.slice(0, nameStart) + quoteIdentifier(name) + text.slice(nameEnd);
}

const GRANTED_BY = new RegExp(` GRANTED BY ${IDENTIFIER};$`);

/**
 * The globals of one server, for another one. Before 16, a membership may have been granted by a role that could not do so
 * now, and newer servers refuse it: so pg_dumpall 16 and newer do not name the grantors of older servers either.
 */
export function globalsFor(globals: ParsedGlobals, from: { major: number }, to: { major: number }): ParsedGlobals {
  if (from.major >= 16 || to.major < 16) return globals;
  return {
    ...globals,
    memberships: globals.memberships.map((one) => ({ ...one, text: one.text.replace(GRANTED_BY, ';') })),
  };
}
