/** How each preflight problem is reported, and the SQL that fixes it. */
import { formatPlural } from '../core/amounts.js';
import { DUMP_ROLE_MARK, MEMBERS_OF_DUMP_ROLE } from './dump-role-mark.js';
import { grantAllTables, grantLargeObjects, refuseForeignTriggers } from './grant-statements.js';
import { quoteDollars, quoteIdentifier, quoteLiteral } from '../syntax/sql/identifiers.js';

export type PreflightKind =
  | 'missing-schema'
  | 'schema-usage'
  | 'unreadable-table'
  | 'unreadable-sequence'
  | 'row-security'
  | 'unreadable-large-object'
  | 'locks'
  | 'connections';

export interface Finding {
  readonly kind: Exclude<PreflightKind, 'locks' | 'missing-schema' | 'connections'>;
  /** The first ten, ready for SQL. */
  readonly first: readonly string[];
  readonly total: number;
  readonly role: string;
  readonly versionNum: number;
}

/** pg_read_all_data came with 14. */
const READ_ALL_DATA = 140_000;

export function remedyFor(finding: Finding): { message: string; remedy: string } {
  const role = quoteIdentifier(finding.role);
  const named = `${finding.first.join(', ')}${finding.total > finding.first.length ? ` and ${finding.total - finding.first.length} more` : ''}`;
  const list = finding.first.join(', ');
  const complete = finding.total === finding.first.length;
  switch (finding.kind) {
    case 'schema-usage':
      return {
        message: `Role ${role} has no USAGE on ${formatPlural(finding.total, 'schema')}, so pg_dump cannot read what is in there: ${named}.`,
        remedy: complete ? `GRANT USAGE ON SCHEMA ${list} TO ${role};` : grantEverything(finding),
      };
    case 'unreadable-table':
      return {
        message: `Role ${role} may not SELECT from ${formatPlural(finding.total, 'table')}, so pg_dump would stop at the first: ${named}.`,
        remedy: complete ? `GRANT SELECT ON TABLE ${list} TO ${role};` : grantEverything(finding),
      };
    case 'unreadable-sequence':
      return {
        message: `Role ${role} may not SELECT from ${formatPlural(finding.total, 'sequence')}, so pg_dump would stop at the first: ${named}.`,
        remedy: complete ? `GRANT SELECT ON SEQUENCE ${list} TO ${role};` : grantEverything(finding),
      };
    case 'row-security':
      return {
        message: `Row security would hide rows from role ${role} in ${formatPlural(finding.total, 'table')}, so pg_dump refuses: ${named}.`,
        remedy: forDumpRole(finding.role, `EXECUTE pg_catalog.format('ALTER ROLE %I BYPASSRLS', wanted);`),
      };
    case 'unreadable-large-object':
      return {
        message:
          `Role ${role} may not read ${formatPlural(finding.total, 'large object')}, so pg_dump would stop at the first: ${named}.` +
          (finding.versionNum >= READ_ALL_DATA ? ' pg_read_all_data does not cover large objects.' : ''),
        remedy: complete
          ? `GRANT SELECT ON LARGE OBJECT ${list} TO ${role};`
          : inBlock(finding.role, [refuseForeignTriggers(''), grantLargeObjects('wanted', '')]),
      };
  }
}

/** For every table, sequence and schema, now and (from 14 on) later. */
function grantEverything(finding: Finding): string {
  if (finding.versionNum >= READ_ALL_DATA) {
    return forDumpRole(finding.role, `EXECUTE pg_catalog.format('GRANT pg_read_all_data TO %I', wanted);`);
  }
  return inBlock(finding.role, [refuseForeignTriggers(''), grantAllTables('wanted', '')]);
}

/**
 * Rights that a role that only dumps should have, but that an application's role must not get because somebody copied a
 * line: to the rows of all databases, or to those that row security hides from it.
 */
function forDumpRole(role: string, statement: string): string {
  const mark = quoteLiteral(DUMP_ROLE_MARK);
  return inBlock(role, [
    `IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted AND pg_catalog.shobj_description(oid, 'pg_authid') = ${mark}) THEN`,
    `  RAISE EXCEPTION 'The role "%" was not created by "holdfast policy database", and everybody else who signs in as it would see more as well.', wanted`,
    `    USING HINT = pg_catalog.format('Nothing was changed. Use a separate role for backups; or, if this one only dumps, run COMMENT ON ROLE %I IS %L; and then this again.', wanted, ${mark});`,
    'END IF;',
    `SELECT ${MEMBERS_OF_DUMP_ROLE} INTO o FROM pg_catalog.pg_roles there WHERE there.rolname = wanted;`,
    'IF o IS NOT NULL THEN',
    `  RAISE EXCEPTION 'The role "%" is granted to %, who would see more as well.', wanted, o`,
    `    USING HINT = 'Nothing was changed. Look at them, and REVOKE the role from them; then run this again.';`,
    'END IF;',
    statement,
  ]);
}

/**
 * One statement: an administrator who copies it is connected to a database whose owner may have chosen the search_path.
 */
function inBlock(role: string, lines: readonly string[]): string {
  const body = ["PERFORM pg_catalog.set_config('search_path', '', true);", ...lines]
    .join('\n')
    .replaceAll('\n', '\n  ');
  return `DO ${quoteDollars(`DECLARE wanted CONSTANT pg_catalog.text := ${quoteLiteral(role)}; o pg_catalog.text; BEGIN\n  ${body}\nEND`)};`;
}
