/** `ALTER ROLE … [IN DATABASE …] SET`: the settings that a role's sessions begin with. */
import type pg from 'pg';
import { quoteIdentifier, quoteLiteral, splitNames } from '../../syntax/sql/identifiers.js';
import type { RoleFacts } from './role-facts.js';

export interface RoleSetting {
  /** Equal for two roles that have the same; reads well in a message. */
  readonly key: string;
  /** The statement that gives it to a role. */
  readonly grant: (role: string) => string;
  /** The statement that takes it away. */
  readonly revoke: (role: string) => string;
}

/** Settings that are lists of names: as one literal they would be one name (pg_dump's list, GUC_LIST_QUOTE). */
const NAME_LISTS = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/** The setting that makes a role's sessions act as another one is not among them, see `actingRoles`. */
export async function readRoleSettings(client: pg.Client, role: RoleFacts): Promise<RoleSetting[]> {
  const rows = await storedSettings(client, role);
  return rows.flatMap(({ database, name, value }) => {
    if (name === ROLE) return [];
    const where = inDatabase(database);
    // Extensions name settings with a dot, each part an identifier.
    const setting = name.split('.').map(quoteIdentifier).join('.');
    return {
      key: `setting ${name} = ${value}${database === null ? '' : ` in database ${database}`}`,
      grant: (to) => `ALTER ROLE ${quoteIdentifier(to)}${where} SET ${setting} TO ${valueList(name, value)}`,
      revoke: (from) => `ALTER ROLE ${quoteIdentifier(from)}${where} RESET ${setting}`,
    };
  });
}

/** Whom a role's sessions act as from their start, by database; `null` stands for all others. */
export async function actingRoles(client: pg.Client, role: RoleFacts): Promise<ReadonlyMap<string | null, string>> {
  const rows = await storedSettings(client, role);
  return new Map(rows.filter(({ name }) => name === ROLE).map(({ database, value }) => [database, value]));
}

/** The statement that has a role's sessions act as another one, or as itself again. */
export function actStatement(role: string, database: string | null, as: string | undefined): string {
  const of = `ALTER ROLE ${quoteIdentifier(role)}${inDatabase(database)}`;
  return as === undefined ? `${of} RESET role` : `${of} SET role TO ${quoteLiteral(as)}`;
}

const ROLE = 'role';

function inDatabase(database: string | null): string {
  return database === null ? '' : ` IN DATABASE ${quoteIdentifier(database)}`;
}

async function storedSettings(client: pg.Client, role: RoleFacts) {
  const { rows } = await client.query<{ database: string | null; setting: string }>(
    `SELECT d.datname::pg_catalog.text AS database, setting
       FROM pg_catalog.pg_db_role_setting s
       LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
      CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS setting
      WHERE s.setrole = $1 ORDER BY 1, 2`,
    [role.oid],
  );
  return rows.map(({ database, setting }) => {
    const at = setting.indexOf('=');
    return { database, name: setting.slice(0, at), value: setting.slice(at + 1) };
  });
}

function valueList(name: string, value: string): string {
  if (!NAME_LISTS.has(name.toLowerCase())) return quoteLiteral(value);
  const names = splitNames(value);
  return names.length === 0 ? "''" : names.map(quoteLiteral).join(', ');
}

/** What `source` has and `target` does not, and the other way around. */
export function compareRoleSettings(
  source: readonly RoleSetting[],
  target: readonly RoleSetting[],
): { readonly missing: readonly RoleSetting[]; readonly surplus: readonly RoleSetting[] } {
  const wanted = new Set(source.map(({ key }) => key));
  const had = new Set(target.map(({ key }) => key));
  return {
    missing: source.filter(({ key }) => !had.has(key)),
    surplus: target.filter(({ key }) => !wanted.has(key)),
  };
}
