/** The SQL of a role that can dump one database, and do nothing else. */
import { quoteIdentifier } from './identifiers.js';
import { grantBeforeReadAllData, grantLargeObjects } from './preflight-remedies.js';

export interface DumpRoleOptions {
  /** The server's version, such as 150018. @default 14 or newer */
  readonly versionNum?: number;
  /** Signing in with RDS IAM tokens. @default false */
  readonly iam?: boolean;
}

/**
 * SQL for psql, run in the database by an administrator. It sets no password: `\password` does, without a trace in
 * logs and histories.
 */
export function dumpRoleSql(role: string, database: string, options: DumpRoleOptions = {}): string {
  const name = quoteIdentifier(role);
  const readsAll = (options.versionNum ?? 140_000) >= 140_000;
  const lines = [
    `-- The least that pg_dump needs. Run it in database ${quoteIdentifier(database).replaceAll(/[\r\n]/g, ' ')} as an administrator.`,
    `CREATE ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;`,
    options.iam
      ? `GRANT rds_iam TO ${name};`
      : `-- Then set its password with psql's \\password ${name.replaceAll(/[\r\n]/g, ' ')}`,
    `GRANT CONNECT ON DATABASE ${quoteIdentifier(database)} TO ${name};`,
    readsAll ? `GRANT pg_read_all_data TO ${name};` : grantBeforeReadAllData(name),
    ...(readsAll ? [] : ['-- Run the block above again after schemas or tables were added.']),
    '-- A guard against accidents: its sessions begin read-only, and it can set that off. What it may write is what PUBLIC may.',
    `ALTER ROLE ${name} SET default_transaction_read_only = on;`,
    '-- Only where tables have row security: without it, pg_dump refuses rather than dump less.',
    `-- ALTER ROLE ${name.replaceAll(/[\r\n]/g, ' ')} BYPASSRLS;`,
    '-- Only where there are large objects; again whenever some were added. pg_read_all_data does not cover them.',
    grantLargeObjects(name),
  ];
  return `${lines.join('\n')}\n`;
}
