/** The SQL for a role that can dump one database and do nothing else. */
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import { quoteDollars, quoteIdentifier, quoteLiteral } from '../syntax/sql/identifiers.js';
import { DUMP_ROLE_MARK, MEMBERS_OF_DUMP_ROLE } from './dump-role-mark.js';
import { grantAllTables, grantLargeObjects, refuseForeignTriggers } from './grant-statements.js';

export interface DumpRoleOptions {
  /** Signing in with RDS IAM tokens. @default false */
  readonly iam?: boolean;
}

/** PostgreSQL truncates longer names. */
const MAX_NAME_BYTES = 63;

/**
 * SQL for psql, run in the database by an administrator, as many times as they like. It is one transaction, touches no
 * role that it did not create, and calls nothing that the database's owner could have planted. It sets no password:
 * `\password` does that without leaving a trace in logs and histories.
 *
 * @throws HoldfastError USAGE for names that PostgreSQL does not accept
 */
export function dumpRoleSql(role: string, database: string, options: DumpRoleOptions = {}): string {
  requireName('role', role);
  requireName('database', database);
  const shown = inComment(quoteIdentifier(role));
  return `-- Creates the role ${shown}, which can read the database ${inComment(quoteIdentifier(database))} for a dump and has no
-- write privileges of its own; if this script created it earlier, brings it up to date.
--
-- In one transaction: creates the role with the comment '${DUMP_ROLE_MARK}'; grants it CONNECT on the database,
-- pg_read_all_data (before PostgreSQL 14: USAGE and SELECT on all schemas, tables and sequences) and SELECT on every
-- large object; makes its sessions start read-only, a guard against accidents that it can turn off.
--
-- Nothing is changed if a role with this name already exists and does not have that comment, or has more than this script
-- gives: an attribute such as SUPERUSER, CREATEROLE or BYPASSRLS, a membership, a member, an object; nor in another
-- database. Run it again after large objects (before 14: schemas or tables) were added.
--
-- The comment guards against mistakes, not against attackers. Anyone with CREATEROLE can write it on a role whose password
-- they know: if you did not create the role yourself, set a new password after running this. Before PostgreSQL 16, anyone
-- with CREATEROLE can also set its password, or grant it to others, at any time.
--
-- For psql, as an administrator, in that database. ${options.iam ? 'It signs in with IAM tokens.' : `Then set its password: \\password ${shown}`}
-- Where tables have row security, pg_dump refuses rather than dump less: ALTER ROLE ${shown} BYPASSRLS;
-- Take that away (NOBYPASSRLS) before you run this again, and give it again afterwards.
\\set ON_ERROR_STOP on
BEGIN READ WRITE;
SET LOCAL search_path = '';
SET LOCAL standard_conforming_strings = on;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL client_min_messages = notice;
DO ${quoteDollars(block(role, database, options))};
COMMIT;
`;
}

function block(role: string, database: string, { iam = false }: DumpRoleOptions): string {
  return `
DECLARE
  wanted CONSTANT pg_catalog.text := ${quoteLiteral(role)};
  mark CONSTANT pg_catalog.text := ${quoteLiteral(DUMP_ROLE_MARK)};
  there pg_catalog.pg_roles%ROWTYPE;
  reason pg_catalog.text;
  member pg_catalog.text;
  o pg_catalog.text;
BEGIN
  IF pg_catalog.current_database() <> ${quoteLiteral(database)} THEN
    RAISE EXCEPTION 'This is the database "%", and the script is for "%".', pg_catalog.current_database(), ${quoteLiteral(database)}
      USING HINT = 'Nothing was changed. Connect psql to that database.';
  END IF;

  SELECT * INTO there FROM pg_catalog.pg_roles WHERE rolname = wanted;
  IF there.oid IS NULL THEN
    EXECUTE pg_catalog.format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', wanted);
    EXECUTE pg_catalog.format('COMMENT ON ROLE %I IS %L', wanted, mark);
    RAISE NOTICE 'The role "%" was created.', wanted;
  ELSE
    reason := CASE
      WHEN there.rolsuper THEN 'is a superuser'
      WHEN pg_catalog.split_part(pg_catalog.shobj_description(there.oid, 'pg_authid'), E'\\n', 1) IS DISTINCT FROM mark THEN 'was not created by this script'
      WHEN there.rolcreaterole OR there.rolcreatedb OR there.rolreplication THEN 'may create roles or databases, or replicate'
      WHEN there.rolbypassrls THEN 'has BYPASSRLS, which this script does not give'
      WHEN EXISTS (SELECT FROM pg_catalog.pg_shdepend
                    WHERE refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND refobjid = there.oid AND deptype = 'o')
        THEN 'owns databases or objects'
    END;
    IF reason IS NULL THEN
      SELECT ${MEMBERS_OF_DUMP_ROLE} INTO member;
      IF member IS NOT NULL THEN
        reason := pg_catalog.format('is granted to %s, who would read all that it may', member);
      END IF;
    END IF;
    IF reason IS NULL THEN
      SELECT pg_catalog.string_agg(pg_catalog.quote_ident(r.rolname), ', ' ORDER BY r.rolname) INTO member
        FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.roleid
       WHERE m.member = there.oid AND (m.admin_option OR r.rolname NOT IN ('pg_read_all_data', 'rds_iam'));
      IF member IS NOT NULL THEN
        reason := pg_catalog.format('is a member of %s, which this script does not give', member);
      END IF;
    END IF;
    IF reason IS NOT NULL THEN
      RAISE EXCEPTION 'The role "%" already exists and %.', wanted, reason
        USING HINT = 'Nothing was changed. Print the script with another name: holdfast policy database --role NAME; or, if the role is yours, revoke what this script does not give.';
    END IF;
    RAISE NOTICE 'The role "%" already exists, with the comment of this script. If you did not create it, set a new password.', wanted;
  END IF;

  EXECUTE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO %I', pg_catalog.current_database(), wanted);
  EXECUTE pg_catalog.format('ALTER ROLE %I SET default_transaction_read_only = on', wanted);${
    iam ? `\n  EXECUTE pg_catalog.format('GRANT rds_iam TO %I', wanted);` : ''
  }
  IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'pg_read_all_data') THEN
    EXECUTE pg_catalog.format('GRANT pg_read_all_data TO %I', wanted);
  ELSE
    ${refuseForeignTriggers('    ')}
    ${grantAllTables('wanted', '    ')}
  END IF;
  IF EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata) THEN
    ${refuseForeignTriggers('    ')}
    BEGIN
      ${grantLargeObjects('wanted', '      ')}
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE WARNING 'You may not grant SELECT on all large objects, so none was granted: %.', SQLERRM
        USING HINT = 'Have their owners or a superuser run this script again.';
    END;
  END IF;
  RAISE NOTICE 'The role "%" can dump the database "%".', wanted, pg_catalog.current_database();${
    iam
      ? ''
      : `
  IF there.oid IS NULL THEN
    RAISE NOTICE 'It has no password yet. Set one in psql: \\password %', pg_catalog.quote_ident(wanted);
  END IF;`
  }
END
`;
}

function requireName(kind: string, name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes > 0 && bytes <= MAX_NAME_BYTES && !name.includes('\0')) return;
  throw new HoldfastError(
    'USAGE',
    `Printing SQL for the ${kind} ${quoted(name)}: PostgreSQL's names have 1 to ${MAX_NAME_BYTES} bytes; this one has ${bytes}.`,
    { hint: 'Shorten it, or choose another with --role.' },
  );
}

/** A comment ends with its line. */
function inComment(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}
