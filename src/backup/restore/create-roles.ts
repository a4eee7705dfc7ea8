/** The backup's roles on the target's server. */
import type pg from 'pg';
import type { DatabaseAccess } from '../../postgres/connection.js';
import type { ParsedGlobals } from '../../postgres/parse-globals.js';
import type { BackupContext } from '../context.js';
import { applyStatements, describeFailure } from './apply-globals.js';

/**
 * Creates the roles of a backup that do not exist on the server. A role that exists stays as it is: its attributes,
 * settings, memberships and privileges are up to the target.
 *
 * @returns notes on what could not be applied, and on the memberships and privileges that were kept from such roles
 */
export async function createRoles(
  access: DatabaseAccess,
  globals: ParsedGlobals,
  context: BackupContext,
): Promise<string[]> {
  const client = await access.connect({ signal: context.signal });
  try {
    const { roles, memberships, roleSettings } = globals;
    const existing = await readNames(client, 'SELECT rolname::pg_catalog.text AS name FROM pg_catalog.pg_roles');
    // PUBLIC stands for all roles, those that exist among them.
    existing.add('public');
    const concernsNew = (statement: string) => {
      const role = concernedRole(statement);
      return role === undefined || !existing.has(role);
    };
    const kept = await grantsToReport(
      client,
      [...memberships, ...roleSettings].filter((each) => !concernsNew(each)),
    );
    const failures = await applyStatements(client, [...roles, ...memberships, ...roleSettings].filter(concernsNew));
    return [
      ...kept.map((statement) => `Not applied, because the role already existed: ${statement}`),
      ...failures.map((failure) => `Not applied: ${describeFailure(failure)}`),
    ];
  } finally {
    await client.end();
  }
}

async function readNames(client: pg.Client, sql: string): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(sql);
  return new Set(rows.map(({ name }) => name));
}

const NAME = String.raw`("(?:[^"]|"")*"|[^\s;"]+)`;
const OF_ROLE = new RegExp(`^(?:CREATE|ALTER|COMMENT ON|SECURITY LABEL FOR ${NAME} ON) ROLE ${NAME}`);
const MEMBERSHIP = new RegExp(`^(?:GRANT|REVOKE) ${NAME} (?:TO|FROM) ${NAME}`);
const PARAMETER = new RegExp(`^(?:GRANT|REVOKE) .* ON PARAMETER ${NAME} (?:TO|FROM) ${NAME}`);

/** The role that a statement changes: the member, of a grant. `undefined` for a statement that is none of ours. */
function concernedRole(statement: string): string | undefined {
  const match = OF_ROLE.exec(statement) ?? PARAMETER.exec(statement) ?? MEMBERSHIP.exec(statement);
  const name = match?.[2];
  return name && unquote(name);
}

/** Grants that would change something: a membership that already exists is not worth a note. */
async function grantsToReport(client: pg.Client, statements: readonly string[]): Promise<string[]> {
  const there = await readNames(
    client,
    `SELECT pg_catalog.concat(pg_catalog.pg_get_userbyid(roleid), E'\n', pg_catalog.pg_get_userbyid(member)) AS name
       FROM pg_catalog.pg_auth_members`,
  );
  return statements.filter((statement) => {
    if (!/^(?:GRANT|REVOKE) /.test(statement)) return false;
    const membership = MEMBERSHIP.exec(statement);
    return (
      !membership ||
      !there.has(
        membership
          .slice(1, 3)
          .map((name) => unquote(name))
          .join('\n'),
      )
    );
  });
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
}
