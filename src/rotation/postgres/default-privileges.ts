/** `ALTER DEFAULT PRIVILEGES`: what is granted on objects to come, by the role and to the role. */
import type pg from 'pg';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import { grantee, type Entitlement } from './entitlement.js';
import type { RoleFacts } from './role-facts.js';

/** By pg_default_acl's letter: the keyword, and the letter of `acldefault`. */
const KINDS = [
  ['r', 'TABLES', 'r'],
  ['S', 'SEQUENCES', 's'],
  ['f', 'ROUTINES', 'f'],
  ['T', 'TYPES', 'T'],
  ['n', 'SCHEMAS', 'n'],
] as const;
const LARGE_OBJECTS = ['L', 'LARGE OBJECTS', 'L'] as const;
const LARGE_OBJECTS_SINCE = 180_000;

interface DefaultPrivilege {
  readonly creator: string;
  readonly schema: string | null;
  readonly kind: string;
  readonly grantee: string;
  readonly privilege: string;
  readonly grantable: boolean;
}

/**
 * A role without an entry of its own has the built-in defaults, and an entry may have less than those (functions that
 * PUBLIC may not execute): what is compared is what is in effect. In schemas, entries only add.
 *
 * @param pair the two users: what one grants the other is not copied
 */
export async function readDefaultPrivileges(
  client: pg.Client,
  role: RoleFacts,
  version: number,
  pair: readonly string[],
): Promise<Entitlement[]> {
  const kinds = version >= LARGE_OBJECTS_SINCE ? [...KINDS, LARGE_OBJECTS] : KINDS;
  const values = kinds.map(
    ([letter, word, builtIn]) => `('${letter}'::pg_catalog."char", '${word}', '${builtIn}'::pg_catalog."char")`,
  );
  const { rows } = await client.query<DefaultPrivilege>(
    `WITH kinds(letter, word, built_in) AS (VALUES ${values.join(', ')}),
     entries(creator, schema, word, acl) AS (
       SELECT $1::pg_catalog.oid, NULL::pg_catalog.text, k.word, COALESCE(d.defaclacl, pg_catalog.acldefault(k.built_in, $1::pg_catalog.oid))
         FROM kinds k LEFT JOIN pg_catalog.pg_default_acl d
           ON d.defaclrole = $1 AND d.defaclnamespace = 0 AND d.defaclobjtype = k.letter
       UNION ALL
       SELECT d.defaclrole, n.nspname::pg_catalog.text, k.word, d.defaclacl
         FROM pg_catalog.pg_default_acl d JOIN kinds k ON k.letter = d.defaclobjtype
         LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
        WHERE NOT (d.defaclrole = $1 AND d.defaclnamespace = 0))
     SELECT pg_catalog.pg_get_userbyid(e.creator)::pg_catalog.text AS creator, e.schema, e.word AS kind,
            CASE a.grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text END AS grantee,
            a.privilege_type AS privilege, pg_catalog.bool_or(a.is_grantable) AS grantable
       FROM entries e CROSS JOIN LATERAL pg_catalog.aclexplode(e.acl) a
      WHERE e.creator = $1 OR a.grantee = $1
      GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`,
    [role.oid],
  );
  const other = pair.filter((name) => name !== role.name);
  return rows
    .filter((row) => !other.includes(row.creator) && !other.includes(row.grantee))
    .map((row) => toEntitlement(row, role.name));
}

function toEntitlement(row: DefaultPrivilege, self: string): Entitlement {
  const own = row.creator === self;
  const toSelf = row.grantee === self;
  const schema = row.schema === null ? '' : ` IN SCHEMA ${quoteIdentifier(row.schema)}`;
  const what = `${row.privilege} ON ${row.kind}`;
  const alter = (role: string) =>
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdentifier(own ? role : row.creator)}${schema}`;
  const to = (role: string) => grantee(toSelf ? role : row.grantee);
  const option = row.grantable ? ' WITH GRANT OPTION' : '';
  return {
    key: `default ${what}${schema} by ${own ? 'itself' : row.creator} to ${toSelf ? 'itself' : row.grantee}${option}`,
    grant: (role) => `${alter(role)} GRANT ${what} TO ${to(role)}${option}`,
    revoke: (role) => `${alter(role)} REVOKE ${what} FROM ${to(role)}`,
    // The statement needs the rights of the role that will create the objects.
    owner: (role) => (own ? role : row.creator),
  };
}
