/** What the application's user is declared to be, for its creation and against drift. */
import * as z from 'zod';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../syntax/sql/identifiers.js';

const name = z.string().min(1).max(63);
const privileges = z
  .array(z.string().regex(/^[A-Za-z][A-Za-z ]*$/, { error: 'Write a privilege as in GRANT, for example SELECT.' }))
  .min(1);

/** One grant; `createdBy` extends it to objects that a role will make. */
const grantSchema = z.discriminatedUnion('on', [
  z.strictObject({ on: z.literal('database'), privileges }),
  z.strictObject({ on: z.literal('schema'), schema: name, privileges }),
  z.strictObject({
    on: z.enum(['tables', 'sequences', 'routines']),
    schema: name,
    /** @default all of the schema */
    names: z.array(name).min(1).optional(),
    privileges,
    createdBy: z.array(name).optional(),
  }),
]);

export const declaredRoleSchema = z.strictObject({
  /** Roles to be a member of. */
  memberOf: z.array(name).default([]),
  grants: z.array(grantSchema).default([]),
  /** Settings of its sessions; a list gives several names (`search_path`). */
  settings: z
    .record(z.string().regex(/^[A-Za-z_][\w.]*$/), z.union([z.string(), z.array(z.string()).min(1)]))
    .default({}),
  /** Absent: unchanged; no limit for a new user. */
  connectionLimit: z.int().min(-1).optional(),
});

export type DeclaredRole = z.output<typeof declaredRoleSchema>;
export type DeclaredRoleInput = z.input<typeof declaredRoleSchema>;
type DeclaredGrant = DeclaredRole['grants'][number];

/** Statements that grant a role what is declared; what it has already changes nothing. */
export function grantsOf(role: string, declared: DeclaredRole, database: string): string[] {
  const to = quoteIdentifier(role);
  return [
    ...declared.memberOf.map((group) => `GRANT ${quoteIdentifier(group)} TO ${to}`),
    ...declared.grants.flatMap((grant) => grantStatements(to, grant, database)),
  ];
}

/** Statements for what a session takes from the role that signs in. */
export function sessionSettingsOf(role: string, declared: DeclaredRole): string[] {
  const to = quoteIdentifier(role);
  return [
    ...(declared.connectionLimit === undefined
      ? []
      : [`ALTER ROLE ${to} CONNECTION LIMIT ${declared.connectionLimit}`]),
    ...Object.entries(declared.settings).map(
      ([setting, value]) =>
        `ALTER ROLE ${to} SET ${setting.split('.').map(quoteIdentifier).join('.')} TO ${[value].flat().map(quoteLiteral).join(', ')}`,
    ),
  ];
}

/** Whose rights the statements need: of default privileges, the roles that will create the objects. */
export function declaredCreators(declared: DeclaredRole): string[] {
  return [...new Set(declared.grants.flatMap((grant) => ('createdBy' in grant ? (grant.createdBy ?? []) : [])))];
}

function grantStatements(to: string, grant: DeclaredGrant, database: string): string[] {
  const list = grant.privileges.map((privilege) => privilege.toUpperCase()).join(', ');
  switch (grant.on) {
    case 'database':
      return [`GRANT ${list} ON DATABASE ${quoteIdentifier(database)} TO ${to}`];
    case 'schema':
      return [`GRANT ${list} ON SCHEMA ${quoteIdentifier(grant.schema)} TO ${to}`];
    case 'tables':
    case 'sequences':
    case 'routines': {
      const kind = grant.on.toUpperCase();
      const schema = quoteIdentifier(grant.schema);
      const objects = grant.names
        ? `${kind.slice(0, -1)} ${grant.names.map((one) => qualifiedName(grant.schema, one)).join(', ')}`
        : `ALL ${kind} IN SCHEMA ${schema}`;
      return [
        `GRANT ${list} ON ${objects} TO ${to}`,
        ...(grant.createdBy ?? []).map(
          (creator) =>
            `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdentifier(creator)} IN SCHEMA ${schema} GRANT ${list} ON ${kind} TO ${to}`,
        ),
      ];
    }
  }
}
