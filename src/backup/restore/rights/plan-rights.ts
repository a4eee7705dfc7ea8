/** Decides beforehand what a restore leaves out, and whether the target's role may do the rest. */
import type pg from 'pg';
import type { PreflightFinding } from '../../../core/error-details.js';
import { parseOwner } from '../../../dump/statement.js';
import { roleNames, type ParsedGlobals } from '../../../postgres/parsed-globals.js';
import { formatPlural } from '../../../core/amounts.js';
import { quoted } from '../../../core/quoted.js';
import { quoteIdentifier } from '../../../syntax/sql/identifiers.js';
import type { Manifest } from '../../../vault/formats/manifest.js';
import type { OutlineEntry } from '../selection/outline-entry.js';
import {
  decideLeftOut,
  describeSelected,
  isElsewhere,
  type LeftOutGroup,
  type LeaveOutRequest,
  type Placed,
} from './left-out.js';
import { planMemberships, type Membership } from './memberships.js';
import { findNeeded } from './needed.js';
import { judgeRights, requireRights } from './refusals.js';
import type { SkipKindName } from './skip-kinds.js';
import { readTargetRights } from './target-rights.js';

/** What a restore was asked to do with roles, grants and kinds of objects. */
export interface RightsRequest {
  readonly owners: boolean;
  /** @default true */
  readonly privileges?: boolean;
  /** Whether objects go into the tablespaces that they were in. @default true */
  readonly tablespaces?: boolean;
  /** The role that the restore acts as. @default who signs in */
  readonly role?: string | undefined;
  /** @default none */
  readonly skip?: readonly SkipKindName[];
  /** Whether extensions are made or taken as the target has them. @default 'create' */
  readonly extensions?: 'create' | 'existing';
  /** Whether missing roles are made first. */
  readonly globals: boolean;
  /** Whether the database is made first. */
  readonly create: boolean;
}

/** What the target's server says about roles, and what was asked for. */
export interface RightsGround extends LeaveOutRequest {
  /** The acting role. */
  readonly role: string;
  readonly isSignedIn: boolean;
  readonly create: boolean;
  /** Roles that the restore makes first. */
  readonly made: ReadonlySet<string>;
  /** Of the database that the restore makes. */
  readonly databaseOwner: string | undefined;
  /** What whoever signs in may not make, though it was asked for. */
  readonly mayNotMake: readonly PreflightFinding[];
  /** The extensions of the target. */
  readonly installed: ReadonlySet<string>;
}

export interface RightsPlan {
  readonly leftOut: readonly LeftOutGroup[];
  readonly omitted: ReadonlySet<OutlineEntry>;
  /** Of roles that the target does not have, and whose grants are left out. */
  readonly isMissing: (role: string) => boolean;
  /** Whether schemas may be there already: those that the target's extensions are in. */
  readonly existingSchemas: boolean;
  /** The roles that what is restored refers to. */
  readonly roles: readonly string[];
  /** The extensions that it makes. */
  readonly extensions: readonly { readonly name: string }[];
}

/** Under which rights all of it is restored. */
export interface RightsToLoad extends RightsPlan {
  /** Whether grants in the name of another role are made by acting as it, which takes no superuser. */
  readonly actsAsGrantors: boolean;
  readonly memberships: readonly Membership[];
  /**
   * Whether a role needs CREATE on a schema, by its name in the target, or on the database (null), to be given something
   * in it; undefined if none does.
   */
  readonly needsOpening: ((schema: string | null, role: string) => boolean) | undefined;
}

/** Whether anything but the whole of what is chosen is asked for. */
export function leavesOut(request: RightsRequest): boolean {
  const { owners, privileges = true, tablespaces = true, skip = [], extensions = 'create' } = request;
  return !owners || !privileges || !tablespaces || skip.length > 0 || extensions === 'existing';
}

/** Whether the target may have extensions of its own: none are made. */
export function takesExtensions({ skip = [], extensions }: RightsRequest): boolean {
  return extensions === 'existing' || skip.includes('extensions');
}

/** @param client signed in to the target; in another database of its server if it is yet to be made */
export async function readRightsGround(
  client: pg.Client,
  request: RightsRequest,
  globals: ParsedGlobals,
): Promise<RightsGround> {
  const { rows } = await client.query<RoleFacts>(
    `SELECT rolname::pg_catalog.text AS name, rolsuper AS superuser, rolname = CURRENT_USER AS "signedIn",
            rolsuper OR rolcreatedb AS "createsDatabases", rolsuper OR rolcreaterole AS "createsRoles"
       FROM pg_catalog.pg_roles`,
  );
  const { rows: extensions } = await client.query<{ name: string }>(
    'SELECT extname::pg_catalog.text AS name FROM pg_catalog.pg_extension',
  );
  const signedIn = rows.find((row) => row.signedIn)?.name ?? '';
  const role = request.role ?? signedIn;
  const there = new Set(rows.map(({ name }) => name));
  const ofGlobals = request.globals ? roleNames(globals) : new Set<string>();
  const made = new Set([...ofGlobals].filter((name) => !there.has(name)));
  const [databaseOwner] = globals.database.flatMap(({ text }) => parseOwner(text) ?? []);
  return {
    role,
    isSignedIn: role === signedIn,
    create: request.create,
    made,
    mayNotMake: mayNotMake(
      rows.find((row) => row.signedIn),
      { ...request, made },
    ),
    databaseOwner: request.create && request.owners ? databaseOwner : undefined,
    installed: new Set(request.create ? [] : extensions.map(({ name }) => name)),
    owners: request.owners,
    privileges: request.privileges ?? true,
    tablespaces: request.tablespaces ?? true,
    skip: request.skip ?? [],
    existingExtensions: request.extensions === 'existing',
    isSuperuser: rows.some(({ name, superuser }) => superuser && name === role),
    hasRole: (name) => there.has(name) || made.has(name),
  };
}

interface RoleFacts {
  readonly name: string;
  readonly superuser: boolean;
  readonly signedIn: boolean;
  readonly createsDatabases: boolean;
  readonly createsRoles: boolean;
}

function mayNotMake(
  signedIn: RoleFacts | undefined,
  { create, made }: { readonly create: boolean; readonly made: ReadonlySet<string> },
): PreflightFinding[] {
  if (!signedIn) return [];
  const { name, createsDatabases, createsRoles } = signedIn;
  const finding = (kind: string, message: string, attribute: string, objects: readonly string[]) => ({
    ...{ kind, message, objects, total: objects.length, option: null },
    remedy: `ALTER ROLE ${quoteIdentifier(name)} ${attribute};`,
  });
  const roles = [...made].sort();
  return [
    ...(create && !createsDatabases
      ? [finding('create-database', `--create: ${quoted(name)} may not create databases.`, 'CREATEDB', [])]
      : []),
    ...(roles.length > 0 && !createsRoles
      ? [
          finding(
            'create-roles',
            `--globals: ${quoted(name)} may not create roles (${roles.join(', ')}).`,
            'CREATEROLE',
            roles,
          ),
        ]
      : []),
  ];
}

/**
 * What is left out, without a look at the rest.
 *
 * @param entries those that would be restored
 * @param placed what an entry is called in the target
 * @throws HoldfastError PREFLIGHT_FAILED
 */
export function planLeftOut(entries: readonly OutlineEntry[], ground: RightsGround, placed?: Placed): RightsPlan {
  const { groups, omitted } = decideLeftOut(entries, ground, placed);
  const kept = entries.filter((entry) => !omitted.has(entry));
  const isMissing = (role: string) => !ground.owners && !ground.hasRole(role);
  const extensions = kept.flatMap(({ asks: { requirement } }) =>
    requirement?.of === 'extension' ? [{ name: requirement.extension }] : [],
  );
  const existingSchemas = ground.existingExtensions || ground.skip.includes('extensions');
  const roles = rolesOf(kept, ground.owners, isMissing);
  return { leftOut: groups, omitted, isMissing, existingSchemas, roles, extensions };
}

/**
 * What is left out, and whether the acting role may do the rest.
 *
 * @param client acts as the role, in the target; in another database of its server if that is yet to be made
 * @throws HoldfastError PREFLIGHT_FAILED with everything that the target would refuse
 */
export async function planRights(
  client: pg.Client,
  entries: readonly OutlineEntry[],
  ground: RightsGround,
  {
    placed = ({ header }) => header,
    describeTarget,
    extensions,
  }: { readonly placed?: Placed; readonly describeTarget: string; readonly extensions: Manifest['extensions'] },
): Promise<RightsToLoad> {
  const plan = planLeftOut(entries, ground, placed);
  const needed = { ...ground, omitted: plan.omitted, groups: plan.leftOut, extensions, placed };
  const findings = [
    ...ground.mayNotMake,
    ...missingExtensions(plan, ground, entries),
    ...(await findNeeded(client, entries, needed)),
    ...(ground.tablespaces ? await missingTablespaces(client, entries, { ...plan, placed }) : []),
  ];
  const actsAsGrantors = !ground.isSuperuser || !ground.isSignedIn;
  if (ground.isSuperuser) {
    requireRights(findings, describeTarget);
    return { ...plan, actsAsGrantors, memberships: [], needsOpening: undefined };
  }
  const kept = entries.filter((entry) => !plan.omitted.has(entry));
  const roles = new Set(kept.flatMap(({ asks }) => [...(ground.owners ? asks.owners : []), ...asks.grantors]));
  if (ground.databaseOwner !== undefined) roles.add(ground.databaseOwner);
  const rights = await readTargetRights(client, {
    ...ground,
    roles: [...roles],
    requirements: kept.flatMap(({ asks: { requirement } }) => requirement ?? []),
  });
  const judgment = judgeRights(kept, rights, { owners: ground.owners, placed });
  const missing = plan.roles.filter((role) => !ground.hasRole(role));
  const others = judgment.findings.filter(({ roles = [] }) => !roles.some((role) => missing.includes(role)));
  if (others.length > 0) requireRights([...missingRoles(missing), ...findings, ...others], describeTarget);
  requireRights(findings, describeTarget);
  const { databaseOwner } = ground;
  const ofDatabase =
    databaseOwner !== undefined && rights.standing(databaseOwner) === 'grantable' ? [databaseOwner] : [];
  const joined = [...new Set([...judgment.memberships, ...ofDatabase])].sort();
  const memberships = await planMemberships(client, joined, rights.versionNum);
  return { ...plan, actsAsGrantors, memberships, needsOpening: ground.owners ? judgment.needsOpening : undefined };
}

async function missingTablespaces(
  client: pg.Client,
  entries: readonly OutlineEntry[],
  { omitted, placed }: { readonly omitted: ReadonlySet<OutlineEntry>; readonly placed: Placed },
): Promise<PreflightFinding[]> {
  const inside = new Map<string, OutlineEntry[]>();
  for (const entry of entries) {
    if (omitted.has(entry) || !isElsewhere(entry)) continue;
    const { tablespace } = entry.header;
    inside.set(tablespace ?? '', [...(inside.get(tablespace ?? '') ?? []), entry]);
  }
  if (inside.size === 0) return [];
  const { rows } = await client.query<{ name: string; usable: boolean }>(
    `SELECT spcname::pg_catalog.text AS name, pg_catalog.has_tablespace_privilege(oid, 'CREATE') AS usable
       FROM pg_catalog.pg_tablespace`,
  );
  const there = new Map(rows.map(({ name, usable }) => [name, usable]));
  return [...inside].flatMap(([tablespace, held]) => {
    if (there.get(tablespace)) return [];
    const objects = held.map((entry) => describeSelected({ ...placed(entry), type: entry.header.type }));
    const named = objects.slice(0, 5).join(', ');
    const why = there.has(tablespace)
      ? `the restoring role does not have CREATE on the tablespace ${quoted(tablespace)}`
      : `the server does not have the tablespace ${quoted(tablespace)}`;
    const message = `${formatPlural(objects.length, 'entry', 'entries')} (${named}${objects.length > 5 ? ' …' : ''}): ${why}. --no-tablespaces puts them where the rest of the database is.`;
    const remedy = there.has(tablespace)
      ? `GRANT CREATE ON TABLESPACE ${quoteIdentifier(tablespace)} TO CURRENT_USER;`
      : null;
    const kind = 'missing-tablespace';
    return [{ kind, objects, total: objects.length, message, remedy, option: '--no-tablespaces' }];
  });
}

function missingRoles(roles: readonly string[]): PreflightFinding[] {
  if (roles.length === 0) return [];
  const message = `The target does not have the roles ${roles.join(', ')}. --globals creates them (without passwords); --no-owner needs none of them.`;
  return [{ kind: 'missing-role', objects: roles, total: roles.length, message, remedy: null, option: '--no-owner' }];
}

/** Of those that the target should have, as none is made. */
function missingExtensions(
  { omitted }: RightsPlan,
  ground: RightsGround,
  entries: readonly OutlineEntry[],
): PreflightFinding[] {
  if (!ground.existingExtensions || ground.skip.includes('extensions')) return [];
  const names = entries.flatMap((entry) =>
    omitted.has(entry) && entry.header.type === 'EXTENSION' && !ground.installed.has(entry.header.name)
      ? [entry.header.name]
      : [],
  );
  if (names.length === 0) return [];
  const message = `The target does not have the extensions ${names.join(', ')}, which --extensions existing does not create. Create them first, or give --skip extensions if nothing else needs them.`;
  return [
    {
      kind: 'missing-extension',
      objects: names,
      total: names.length,
      message,
      remedy: null,
      option: '--skip extensions',
    },
  ];
}

function rolesOf(entries: readonly OutlineEntry[], owners: boolean, isMissing: (role: string) => boolean): string[] {
  const roles = new Set<string>();
  for (const { asks, header } of entries) {
    for (const role of [...asks.named, ...asks.grantors]) if (!isMissing(role)) roles.add(role);
    if (!owners) continue;
    if (header.owner !== null) roles.add(header.owner);
    for (const role of asks.owners) roles.add(role);
  }
  return [...roles].sort();
}
