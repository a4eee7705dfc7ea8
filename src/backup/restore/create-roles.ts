/** The backup's roles on the target's server. */
import type pg from 'pg';
import type { DatabaseAccess } from '../../postgres/connection.js';
import type { ParsedGlobals } from '../../postgres/parse-globals.js';
import type { BackupContext } from '../context.js';
import { applyStatements, describeFailure } from './apply-globals.js';

/** Makes the roles of a backup that the server lacks. @returns notes on what could not be applied */
export async function createRoles(
  access: DatabaseAccess,
  globals: ParsedGlobals,
  context: BackupContext,
): Promise<string[]> {
  const client = await access.connect({ signal: context.signal });
  try {
    const { roles, memberships, roleSettings } = globals;
    const existing = await readRoles(client);
    const failures = await applyStatements(client, [
      ...newRolesOnly(existing, roles),
      ...memberships,
      ...newRolesOnly(existing, roleSettings),
    ]);
    return failures.map((failure) => `Not applied: ${describeFailure(failure)}`);
  } finally {
    await client.end();
  }
}

async function readRoles(client: pg.Client): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>('SELECT rolname::text AS name FROM pg_catalog.pg_roles');
  return new Set(rows.map(({ name }) => name));
}

/** A role that exists stays as it is: its attributes and settings are the target's business. */
function newRolesOnly(existing: ReadonlySet<string>, statements: readonly string[]): string[] {
  return statements.filter((statement) => {
    const name = /^(?:CREATE|ALTER|COMMENT ON) ROLE ("(?:[^"]|"")*"|[^\s;]+)/.exec(statement)?.[1];
    if (name === undefined) return true;
    return !existing.has(name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name);
  });
}
