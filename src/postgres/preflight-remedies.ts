/** What to tell of each preflight problem, and the SQL that removes it. */
import { quoteDollars, quoteIdentifier, quoteLiteral } from './identifiers.js';

export type PreflightKind =
  'schema-usage' | 'unreadable-table' | 'unreadable-sequence' | 'row-security' | 'unreadable-large-object' | 'locks';

export interface Finding {
  readonly kind: Exclude<PreflightKind, 'locks'>;
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
        message: `Role ${role} has no USAGE on ${count(finding, 'schema')}, so pg_dump cannot read what lies there: ${named}.`,
        remedy: complete ? `GRANT USAGE ON SCHEMA ${list} TO ${role};` : grantEverything(finding),
      };
    case 'unreadable-table':
      return {
        message: `Role ${role} may not SELECT from ${count(finding, 'table')}, and pg_dump would stop at the first: ${named}.`,
        remedy: complete ? `GRANT SELECT ON TABLE ${list} TO ${role};` : grantEverything(finding),
      };
    case 'unreadable-sequence':
      return {
        message: `Role ${role} may not SELECT from ${count(finding, 'sequence')}, and pg_dump would stop at the first: ${named}.`,
        remedy: complete ? `GRANT SELECT ON SEQUENCE ${list} TO ${role};` : grantEverything(finding),
      };
    case 'row-security':
      return {
        message: `Row security would hide rows from role ${role} in ${count(finding, 'table')}, so pg_dump refuses: ${named}.`,
        remedy: `ALTER ROLE ${role} BYPASSRLS;`,
      };
    case 'unreadable-large-object':
      return {
        message:
          `Role ${role} may not read ${count(finding, 'large object')}, and pg_dump would stop at the first: ${named}.` +
          (finding.versionNum >= READ_ALL_DATA ? ' pg_read_all_data does not cover large objects.' : ''),
        remedy: complete ? `GRANT SELECT ON LARGE OBJECT ${list} TO ${role};` : grantLargeObjects(role),
      };
  }
}

/** For every large object there is; new ones need it again, as there are no default privileges for them before 18. */
export function grantLargeObjects(quotedRole: string): string {
  return doBlock('o oid', 'SELECT oid FROM pg_catalog.pg_largeobject_metadata', [
    `GRANT SELECT ON LARGE OBJECT %s TO ${inFormat(quotedRole)}`,
  ]);
}

/** For every table, sequence and schema, now and (from 14 on) later. */
function grantEverything(finding: Finding): string {
  const role = quoteIdentifier(finding.role);
  if (finding.versionNum >= READ_ALL_DATA) return `GRANT pg_read_all_data TO ${role};`;
  return grantBeforeReadAllData(role);
}

/** The same for servers before 14, as one block: it must be run again when schemas or tables were added. */
export function grantBeforeReadAllData(quotedRole: string): string {
  const role = inFormat(quotedRole);
  return doBlock(
    'o name',
    `SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`,
    [
      `GRANT USAGE ON SCHEMA %I TO ${role}`,
      `GRANT SELECT ON ALL TABLES IN SCHEMA %I TO ${role}`,
      `GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO ${role}`,
    ],
  );
}

/** A statement that runs each of `formats` for every row of `query`. */
function doBlock(variable: string, query: string, formats: readonly string[]): string {
  const executes = formats.map((format) => `EXECUTE pg_catalog.format(${quoteLiteral(format)}, o);`);
  return `DO ${quoteDollars(`DECLARE ${variable}; BEGIN FOR o IN ${query} LOOP ${executes.join(' ')} END LOOP; END`)};`;
}

function inFormat(text: string): string {
  return text.replaceAll('%', '%%');
}

function count(finding: Finding, noun: string): string {
  return `${finding.total} ${noun}${finding.total === 1 ? '' : 's'}`;
}
