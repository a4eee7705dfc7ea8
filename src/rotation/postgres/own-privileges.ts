/**
 * What the other one of a pair was granted by itself. It needs none of it, since it acts as the owner; but what the owner
 * loses must be lost with it, also after SET ROLE NONE.
 */
import type pg from 'pg';
import { quoted } from '../../core/quoted.js';
import { requireOwnEventTriggers } from '../../postgres/event-triggers.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import { MEMBERSHIPS_BY_GRANTOR_SINCE, type AdministratorWork } from './administrator.js';
import type { RoleFacts } from './role-facts.js';

interface OwnPrivilege {
  /** Reads well in a message. */
  readonly what: string;
  readonly revoke: string;
  /** Whose rights the statement needs, besides the administrator's. */
  readonly owner: string | undefined;
  /** Who granted it, where that is somebody else than the owner: only they can take it back. */
  readonly grantor: string | undefined;
}

/** How many are taken away in one rotation from each database: others can grant without end. */
const AT_MOST = 500;

/**
 * @returns what could not be taken away, as messages: a grant that somebody else made is no reason to stay with an old
 *   password
 */
export async function takeOwnPrivileges(
  work: AdministratorWork,
  other: RoleFacts,
  owner: RoleFacts,
): Promise<string[]> {
  const problems: string[] = [];
  const found = await readOwnPrivileges(work, other, owner);
  if (found.length === 0) return problems;
  const keeps = `${quoted(other.name)} acts as ${quoted(owner.name)}, and needs no grants of its own, but keeps`;
  const unsafe = await work.attempt(() =>
    requireOwnEventTriggers(work.client, `Taking grants away in the database ${quoted(work.facts.database)}`),
  );
  if (unsafe) return [`${keeps} some: ${unsafe.message}`];
  if (found.length > AT_MOST)
    problems.push(`${keeps} ${found.length - AT_MOST}, which later rotations will take away.`);
  for (const { what, revoke, owner: holder, grantor } of found.slice(0, AT_MOST)) {
    const error = await work.attempt(async () => {
      const actsFor = grantor ?? holder;
      if (actsFor !== undefined) await work.borrow(actsFor);
      const statements =
        grantor === undefined
          ? [revoke]
          : [`SET LOCAL ROLE ${quoteIdentifier(grantor)}`, revoke, 'SET LOCAL ROLE none'];
      await work.run(`taking ${what} from ${quoted(other.name)}`, statements);
    });
    if (error) problems.push(`${keeps} one: ${error.message}`);
  }
  return problems;
}

async function readOwnPrivileges(
  { client, facts }: AdministratorWork,
  other: RoleFacts,
  owner: RoleFacts,
): Promise<OwnPrivilege[]> {
  return [
    ...(await readMemberships(client, other, owner, facts.version >= MEMBERSHIPS_BY_GRANTOR_SINCE)),
    ...(await readObjectPrivileges(client, other)),
    ...(await readDefaultPrivileges(client, other)),
    ...(await readPolicies(client, other)),
  ];
}

async function readMemberships(
  client: pg.Client,
  other: RoleFacts,
  owner: RoleFacts,
  byGrantor: boolean,
): Promise<OwnPrivilege[]> {
  const { rows } = await client.query<{ role: string; grantor: string | null }>(
    `SELECT DISTINCT r.rolname::pg_catalog.text AS role,
            CASE WHEN $3 THEN pg_catalog.pg_get_userbyid(m.grantor)::pg_catalog.text END AS grantor
       FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.roleid
      WHERE m.member = $1 AND m.roleid <> $2 ORDER BY 1`,
    [other.oid, owner.oid, byGrantor],
  );
  return rows.map(({ role, grantor }) => ({
    what: `membership in ${quoted(role)}`,
    revoke: `REVOKE ${quoteIdentifier(role)} FROM ${quoteIdentifier(other.name)}${grantor === null ? '' : ` GRANTED BY ${quoteIdentifier(grantor)}`}`,
    owner: undefined,
    grantor: undefined,
  }));
}

/**
 * One row for each object that has an access list: the keyword and the name that GRANT takes. Sessions of ours have an
 * empty search_path, so names come out qualified. Temporary objects go with their session.
 */
const OBJECTS = `
  SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
         pg_catalog.format('%I.%I', n.nspname, c.relname) AS object, NULL AS part, c.relowner AS owner, c.relacl AS acl
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
  UNION ALL SELECT 'TABLE', pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.quote_ident(t.attname), c.relowner,
         t.attacl
    FROM pg_catalog.pg_attribute t JOIN pg_catalog.pg_class c ON c.oid = t.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE t.attacl IS NOT NULL AND c.relpersistence <> 't' AND NOT t.attisdropped
  UNION ALL SELECT 'SCHEMA', pg_catalog.quote_ident(nspname), NULL, nspowner, nspacl FROM pg_catalog.pg_namespace
  UNION ALL SELECT 'ROUTINE', oid::pg_catalog.regprocedure::pg_catalog.text, NULL, proowner, proacl FROM pg_catalog.pg_proc
  UNION ALL SELECT 'TYPE', oid::pg_catalog.regtype::pg_catalog.text, NULL, typowner, typacl FROM pg_catalog.pg_type
  UNION ALL SELECT 'LANGUAGE', pg_catalog.quote_ident(lanname), NULL, lanowner, lanacl FROM pg_catalog.pg_language
  UNION ALL SELECT 'FOREIGN DATA WRAPPER', pg_catalog.quote_ident(fdwname), NULL, fdwowner, fdwacl
    FROM pg_catalog.pg_foreign_data_wrapper
  UNION ALL SELECT 'FOREIGN SERVER', pg_catalog.quote_ident(srvname), NULL, srvowner, srvacl
    FROM pg_catalog.pg_foreign_server
  UNION ALL SELECT 'LARGE OBJECT', oid::pg_catalog.text, NULL, lomowner, lomacl FROM pg_catalog.pg_largeobject_metadata
  UNION ALL SELECT 'DATABASE', pg_catalog.quote_ident(datname), NULL, datdba, datacl FROM pg_catalog.pg_database
  UNION ALL SELECT 'TABLESPACE', pg_catalog.quote_ident(spcname), NULL, spcowner, spcacl FROM pg_catalog.pg_tablespace`;

async function readObjectPrivileges(client: pg.Client, other: RoleFacts): Promise<OwnPrivilege[]> {
  const { rows } = await client.query<{
    kind: string;
    object: string;
    part: string | null;
    privilege: string;
    owner: string;
    grantor: string;
  }>(
    `SELECT o.kind, o.object, o.part, a.privilege_type AS privilege,
            pg_catalog.pg_get_userbyid(o.owner)::pg_catalog.text AS owner,
            pg_catalog.pg_get_userbyid(a.grantor)::pg_catalog.text AS grantor
       FROM (${OBJECTS}) o CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) a
      WHERE a.grantee = $1 AND o.owner <> $1 ORDER BY 1, 2, 3, 4, 6`,
    [other.oid],
  );
  return rows.map(({ kind, object, part, privilege, owner, grantor }) => {
    const what = `${privilege}${part === null ? '' : ` (${part})`} ON ${kind} ${object}`;
    return {
      what,
      revoke: `REVOKE ${what} FROM ${quoteIdentifier(other.name)} CASCADE`,
      owner,
      grantor: grantor === owner ? undefined : grantor,
    };
  });
}

const DEFAULTS_OF: Readonly<Record<string, string>> = {
  r: 'TABLES',
  S: 'SEQUENCES',
  f: 'ROUTINES',
  T: 'TYPES',
  n: 'SCHEMAS',
  L: 'LARGE OBJECTS',
};

async function readDefaultPrivileges(client: pg.Client, other: RoleFacts): Promise<OwnPrivilege[]> {
  const { rows } = await client.query<{ creator: string; schema: string | null; kind: string; privilege: string }>(
    `SELECT DISTINCT pg_catalog.pg_get_userbyid(d.defaclrole)::pg_catalog.text AS creator,
            n.nspname::pg_catalog.text AS schema, d.defaclobjtype::pg_catalog.text AS kind, a.privilege_type AS privilege
       FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
      CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) a
      WHERE a.grantee = $1 AND d.defaclrole <> $1 ORDER BY 1, 2, 3, 4`,
    [other.oid],
  );
  return rows.map(({ creator, schema, kind, privilege }) => {
    const where = schema === null ? '' : ` IN SCHEMA ${quoteIdentifier(schema)}`;
    const what = `${privilege} ON ${DEFAULTS_OF[kind] ?? kind}`;
    return {
      what: `default ${what}${where} by ${quoted(creator)}`,
      revoke: `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdentifier(creator)}${where} REVOKE ${what} FROM ${quoteIdentifier(other.name)}`,
      owner: creator,
      grantor: undefined,
    };
  });
}

/** Row security policies that name it beside others; one that is for it alone lets nobody else see more. */
async function readPolicies(client: pg.Client, other: RoleFacts): Promise<OwnPrivilege[]> {
  const { rows } = await client.query<{ policy: string; object: string; owner: string; others: string[] }>(
    `SELECT p.polname::pg_catalog.text AS policy, pg_catalog.format('%I.%I', n.nspname, c.relname) AS object,
            pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text AS owner,
            ARRAY(SELECT CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)) END
                    FROM pg_catalog.unnest(p.polroles) r WHERE r <> $1 ORDER BY 1) AS others
       FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE $1 = ANY (p.polroles) AND pg_catalog.cardinality(p.polroles) > 1 ORDER BY 1, 2`,
    [other.oid],
  );
  return rows.map(({ policy, object, owner, others }) => ({
    what: `the policy ${quoted(policy)} ON ${object}`,
    revoke: `ALTER POLICY ${quoteIdentifier(policy)} ON ${object} TO ${others.join(', ')}`,
    owner,
    grantor: undefined,
  }));
}
