/** Reads a globals file back, sorted by the purpose of its statements. */
import { shapeOf, splitStatements } from './globals-lexer.js';
import { unquoteIdentifier } from './identifiers.js';

/** Comment lines that open the two parts of a globals file. */
export const ROLES_MARKER = '-- holdfast: roles';
export const DATABASE_MARKER = '-- holdfast: database';

/** Statements with their semicolons, each list in the order of the file. */
export interface ParsedGlobals {
  /** CREATE ROLE, ALTER ROLE … WITH, comments and security labels on roles. */
  readonly roles: readonly string[];
  /** GRANT role TO role. */
  readonly memberships: readonly string[];
  readonly tablespaces: readonly string[];
  /** ALTER ROLE … SET, and grants on parameters. */
  readonly roleSettings: readonly string[];
  /** CREATE DATABASE first; its owner, settings, grants, comment, and ALTER ROLE … IN DATABASE. */
  readonly database: readonly string[];
  /** What a newer PostgreSQL may have added. Session settings (SET …) are left out. */
  readonly other: readonly string[];
}

type Part = keyof ParsedGlobals;

/** By shape: the statement without the text in its quotes. The first that matches counts. */
const KINDS: readonly (readonly [RegExp, Part])[] = [
  [/^ALTER ROLE (?:\S+|"") IN DATABASE /, 'database'],
  [/^(?:CREATE|ALTER|COMMENT ON|SECURITY LABEL .*\bON) DATABASE /s, 'database'],
  [/^(?:GRANT|REVOKE) .* ON DATABASE /s, 'database'],
  [/^ALTER ROLE (?:\S+|"") (?:SET|RESET) /, 'roleSettings'],
  [/^(?:GRANT|REVOKE) .* ON PARAMETER /s, 'roleSettings'],
  [/^(?:CREATE|ALTER|COMMENT ON|SECURITY LABEL .*\bON) TABLESPACE /s, 'tablespaces'],
  [/^(?:GRANT|REVOKE) .* ON TABLESPACE /s, 'tablespaces'],
  [/^(?:CREATE|ALTER|COMMENT ON|SECURITY LABEL .*\bON) ROLE /s, 'roles'],
  [/^(?:GRANT|REVOKE) (?!.* ON ).* (?:TO|FROM) /s, 'memberships'],
];

/** Reads what {@link dumpGlobals} wrote, or plain output of `pg_dumpall --globals-only`. */
export function parseGlobals(text: string): ParsedGlobals {
  const parsed: Record<Part, string[]> = {
    roles: [],
    memberships: [],
    tablespaces: [],
    roleSettings: [],
    database: [],
    other: [],
  };
  for (const statement of splitStatements(text)) {
    const part = partOf(statement);
    if (part) parsed[part].push(statement);
  }
  return parsed;
}

/** The roles that the globals create. */
export function roleNames({ roles }: ParsedGlobals): Set<string> {
  return new Set(
    roles.flatMap((statement) => {
      const name = /^CREATE ROLE ("(?:[^"]|"")*"|[^\s;]+)/.exec(statement)?.[1];
      return name === undefined ? [] : [unquoteIdentifier(name)];
    }),
  );
}

/** Whether a statement is about a database as a whole. */
export function isDatabaseStatement(statement: string): boolean {
  return partOf(statement) === 'database';
}

function partOf(statement: string): Part | undefined {
  const shape = shapeOf(statement);
  if (/^SET |^SELECT pg_catalog\.set_config\(/.test(shape)) return undefined;
  return KINDS.find(([pattern]) => pattern.test(shape))?.[1] ?? 'other';
}
