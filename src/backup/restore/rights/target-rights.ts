/** What the role that restores may do at the target, from its catalog, and from what the server says to a trial. */
import pg from 'pg';
import { messageOf } from '../../../core/errors.js';
import { quoteIdentifier } from '../../../syntax/sql/identifiers.js';
import type { Requirement } from '../selection/asks.js';

/** How the acting role stands to another one. */
export type Standing =
  /** It may act as that role and has its rights. */
  | 'usable'
  /** It may make itself a member. */
  | 'grantable'
  | 'refused';

/** Of a schema that the target has. */
export interface SchemaRights {
  readonly owner: string;
  /** Whether the acting role may make objects in it. */
  readonly create: boolean;
  /** Roles that may not make objects in it. */
  readonly closedTo: ReadonlySet<string>;
}

export interface TargetRights {
  readonly role: string;
  readonly versionNum: number;
  readonly database: string;
  readonly standing: (role: string) => Standing;
  readonly schemas: ReadonlyMap<string, SchemaRights>;
  readonly databaseOwner: string;
  /** Whether the acting role may make schemas, trusted extensions and publications. */
  readonly create: boolean;
  /** Roles that may not do that. */
  readonly closedTo: ReadonlySet<string>;
  /** Why a requirement is not met; undefined if it is. */
  readonly refusal: (requirement: Requirement) => string | undefined;
}

export interface RightsQuestion {
  /** The acting role. */
  readonly role: string;
  /** Those that own something in the dump, or that grants are made in the name of. */
  readonly roles: readonly string[];
  /** Roles that the restore makes first; whoever signs in does that. */
  readonly made: ReadonlySet<string>;
  /** Whether the restore acts as who signs in. */
  readonly isSignedIn: boolean;
  /** Whether the database is yet to be made; it will be the acting role's. */
  readonly create: boolean;
  readonly requirements: readonly Requirement[];
}

/**
 * @param client acts as the role, in the target; in another database of the server if the target is yet to be made
 */
export async function readTargetRights(client: pg.Client, question: RightsQuestion): Promise<TargetRights> {
  const { role, create } = question;
  const { rows } = await client.query<{ version: number; database: string; owner: string; create: boolean }>(
    `SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version,
            datname::pg_catalog.text AS database, pg_catalog.pg_get_userbyid(datdba)::pg_catalog.text AS owner,
            pg_catalog.has_database_privilege(datname, 'CREATE') AS create
       FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()`,
  );
  const [facts] = rows;
  if (!facts) throw new Error('pg_database has no row for the current database');
  const standings = await readStandings(client, question, facts.version);
  const schemas = create ? freshSchemas(role, facts.version) : await readSchemas(client, question.roles);
  const refusals = await readRefusals(client, question, { mayCreate: create || facts.create, version: facts.version });
  return {
    role,
    versionNum: facts.version,
    database: facts.database,
    databaseOwner: create ? role : facts.owner,
    standing: (name) => (name === role ? 'usable' : (standings.get(name) ?? 'refused')),
    schemas,
    create: create || facts.create,
    closedTo: create
      ? new Set(question.roles.filter((name) => name !== role))
      : await closedRoles(client, question.roles),
    refusal: (requirement) => refusals.get(keyOfRequirement(requirement)),
  };
}

/** Membership gives the right to act as a role, and its rights, together before 16, and apart since then. */
async function readStandings(
  client: pg.Client,
  { role, roles, made, isSignedIn, create }: RightsQuestion,
  version: number,
): Promise<Map<string, Standing>> {
  const usable = version >= 160_000 ? `AND pg_catalog.pg_has_role(r.oid, 'SET')` : '';
  const { rows } = await client.query<{ name: string; usable: boolean; grantable: boolean }>(
    `SELECT r.rolname::pg_catalog.text AS name, pg_catalog.pg_has_role(r.oid, 'USAGE') ${usable} AS usable,
            NOT r.rolsuper AND r.rolname <> 'pg_database_owner' AND NOT pg_catalog.pg_has_role(r.oid, me.oid, 'MEMBER')
              AND (pg_catalog.pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION') OR ($2 AND me.rolcreaterole))
              AND ($3 OR me.rolinherit) AS grantable
       FROM pg_catalog.pg_roles r, pg_catalog.pg_roles me
      WHERE me.rolname = CURRENT_USER AND r.rolname = ANY ($1)`,
    [roles, version < 160_000, version >= 160_000],
  );
  const standings = new Map<string, Standing>(
    // Whoever makes a role may make themselves a member.
    isSignedIn ? [...made].map((name) => [name, 'grantable']) : [],
  );
  for (const row of rows) standings.set(row.name, row.usable ? 'usable' : row.grantable ? 'grantable' : 'refused');
  if (create) standings.set('pg_database_owner', 'usable').set(role, 'usable');
  return standings;
}

/** What `template0` has: since 15 the schema `public` is that of the database's owner, and before everybody may use it. */
function freshSchemas(role: string, version: number): Map<string, SchemaRights> {
  const owner = version >= 150_000 ? role : '';
  return new Map([['public', { owner, create: true, closedTo: new Set<string>() }]]);
}

async function readSchemas(client: pg.Client, roles: readonly string[]): Promise<Map<string, SchemaRights>> {
  const { rows } = await client.query<{ name: string; owner: string; create: boolean; closed: string[] }>(
    `SELECT n.nspname::pg_catalog.text AS name, pg_catalog.pg_get_userbyid(n.nspowner)::pg_catalog.text AS owner,
            pg_catalog.has_schema_privilege(n.oid, 'CREATE') AS create,
            ARRAY(SELECT r.rolname::pg_catalog.text FROM pg_catalog.pg_roles r
                   WHERE r.rolname = ANY ($1) AND NOT pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE')) AS closed
       FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_(toast|temp)'`,
    [roles],
  );
  return new Map(rows.map(({ name, owner, create, closed }) => [name, { owner, create, closedTo: new Set(closed) }]));
}

async function closedRoles(client: pg.Client, roles: readonly string[]): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT rolname::pg_catalog.text AS name FROM pg_catalog.pg_roles
      WHERE rolname = ANY ($1) AND NOT pg_catalog.has_database_privilege(oid, pg_catalog.current_database(), 'CREATE')`,
    [roles],
  );
  return new Set(rows.map(({ name }) => name));
}

export function keyOfRequirement(requirement: Requirement): string {
  return Object.values(requirement).flat().join('\0');
}

async function readRefusals(
  client: pg.Client,
  { requirements, create }: RightsQuestion,
  { mayCreate, version }: { readonly mayCreate: boolean; readonly version: number },
): Promise<Map<string, string>> {
  const refusals = new Map<string, string>();
  const unique = new Map(requirements.map((requirement) => [keyOfRequirement(requirement), requirement]));
  if (unique.size === 0) return refusals;
  const server = await readServer(client, create, version);
  for (const [key, requirement] of unique) {
    const refusal = await refusalOf(requirement);
    if (refusal !== undefined) refusals.set(key, refusal);
  }
  return refusals;

  async function refusalOf(requirement: Requirement): Promise<string | undefined> {
    if (requirement.of === 'extension') {
      const found = server.extensions.get(requirement.extension);
      // One that the server does not offer is missing, which is another matter.
      if (!found || found.installed) return undefined;
      if (!mayCreate) return 'it needs CREATE on the database';
      return !found.superuser || found.trusted ? undefined : tryOut(requirement, server.mayTry);
    }
    if (requirement.of === 'function-language') {
      const language = server.languages.get(requirement.language);
      // Those that an extension of the dump brings are not there yet; an untrusted one ends in u by convention.
      const allowed = language ? language.trusted && language.usable : !requirement.language.endsWith('u');
      return allowed ? undefined : `only a superuser may make functions in the language ${requirement.language}`;
    }
    if (requirement.of === 'function-settings') {
      const closed = requirement.settings.filter((name) => server.closedSettings.has(name.toLowerCase()));
      return closed.length === 0 ? undefined : `only a superuser may set ${closed.join(', ')}`;
    }
    if (requirement.of === 'server') {
      const { wrapper } = requirement;
      return server.wrappers.has(wrapper) ? undefined : `it needs USAGE on the foreign data wrapper ${wrapper}`;
    }
    return tryOut(requirement, server.mayTry);
  }

  /** What PostgreSQL leaves to superusers a service may allow to others: it is asked, in a transaction that is undone. */
  async function tryOut(requirement: Requirement, mayTry: boolean): Promise<string | undefined> {
    const statements = trialOf(requirement);
    const rule = 'only a superuser may, by the rules of PostgreSQL';
    if (!mayTry || statements.length === 0) return rule;
    await client.query('BEGIN');
    try {
      await client.query(`SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '30s'`);
      for (const statement of statements) await client.query(statement);
      return undefined;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      return `the server says: ${messageOf(error)}`;
    } finally {
      await client.query('ROLLBACK');
    }
  }
}

/** By requirement; each is undone. The names are of no object that anybody has. */
const TRIALS: Partial<Readonly<Record<Requirement['of'], readonly string[]>>> = {
  'event-triggers': [
    `CREATE FUNCTION pg_temp.holdfast_trial() RETURNS pg_catalog.event_trigger LANGUAGE plpgsql AS 'BEGIN END'`,
    'CREATE EVENT TRIGGER holdfast_trial ON ddl_command_end EXECUTE FUNCTION pg_temp.holdfast_trial()',
  ],
  publications: ['CREATE PUBLICATION holdfast_trial FOR ALL TABLES'],
  subscriptions: [
    `CREATE SUBSCRIPTION holdfast_trial CONNECTION 'password=x' PUBLICATION x WITH (connect = false, slot_name = NONE)`,
  ],
  'foreign-data': ['CREATE FOREIGN DATA WRAPPER holdfast_trial'],
};

function trialOf(requirement: Requirement): readonly string[] {
  if (requirement.of === 'extension') return [`CREATE EXTENSION ${quoteIdentifier(requirement.extension)} CASCADE`];
  if (requirement.of === 'security-labels') {
    const label = `SECURITY LABEL FOR ${quoteIdentifier(requirement.provider)}`;
    return ['CREATE TEMPORARY TABLE holdfast_trial ()', `${label} ON TABLE pg_temp.holdfast_trial IS NULL`];
  }
  return TRIALS[requirement.of] ?? [];
}

async function readServer(client: pg.Client, create: boolean, version: number) {
  const { rows: extensions } = await client.query<{
    name: string;
    superuser: boolean;
    trusted: boolean;
    installed: boolean;
  }>(
    `SELECT name::pg_catalog.text, pg_catalog.bool_and(superuser) AS superuser, pg_catalog.bool_or(trusted) AS trusted,
            NOT $1 AND pg_catalog.bool_or(installed) AS installed
       FROM pg_catalog.pg_available_extension_versions GROUP BY name`,
    [create],
  );
  const { rows: languages } = await client.query<{ name: string; trusted: boolean; usable: boolean }>(
    `SELECT lanname::pg_catalog.text AS name, lanpltrusted AS trusted,
            NOT lanpltrusted OR pg_catalog.has_language_privilege(oid, 'USAGE') AS usable FROM pg_catalog.pg_language`,
  );
  const closed = version >= 150_000 ? `AND NOT pg_catalog.has_parameter_privilege(name, 'SET')` : '';
  const { rows: settings } = await client.query<{ name: string }>(
    `SELECT pg_catalog.lower(name) AS name FROM pg_catalog.pg_settings WHERE context LIKE 'superuser%' ${closed}`,
  );
  const { rows: wrappers } = await client.query<{ name: string }>(
    `SELECT fdwname::pg_catalog.text AS name FROM pg_catalog.pg_foreign_data_wrapper
      WHERE NOT $1 AND pg_catalog.has_foreign_data_wrapper_privilege(oid, 'USAGE')`,
    [create],
  );
  const { rows: triggers } = await client.query<{ any: boolean }>(
    'SELECT EXISTS (SELECT FROM pg_catalog.pg_event_trigger) AS any',
  );
  return {
    extensions: new Map(extensions.map((extension) => [extension.name, extension])),
    languages: new Map(languages.map((language) => [language.name, language])),
    closedSettings: new Set(settings.map(({ name }) => name)),
    wrappers: new Set(wrappers.map(({ name }) => name)),
    // In a database that is only passed through, event triggers of others would run.
    mayTry: !create || triggers[0]?.any === false,
  };
}
