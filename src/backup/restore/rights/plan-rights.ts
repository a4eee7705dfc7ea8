/** Decides beforehand what a restore leaves out, and whether the target's role may do the rest. */
import type pg from 'pg';
import { roleNames, type ParsedGlobals } from '../../../postgres/parsed-globals.js';
import type { OutlineEntry } from '../selection/outline-entry.js';
import { decideLeftOut, type LeftOutGroup, type LeaveOutRequest, type Placed } from './left-out.js';
import type { SkipKindName } from './skip-kinds.js';

/** What a restore was asked to do with roles, grants and kinds of objects. */
export interface RightsRequest {
  readonly owners: boolean;
  /** @default true */
  readonly privileges?: boolean;
  /** The role that the restore acts as. @default who signs in */
  readonly role?: string | undefined;
  /** @default none */
  readonly skip?: readonly SkipKindName[];
  /** Whether extensions are made or taken as the target has them. @default 'create' */
  readonly extensions?: 'create' | 'existing';
  /** Whether missing roles are made first. */
  readonly globals: boolean;
}

/** What the target says about roles, and what was asked for. */
export type RightsGround = LeaveOutRequest;

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

/** Whether anything but the whole of what is chosen is asked for, so that each entry has to be looked at. */
export function leavesOut({ owners, privileges = true, skip = [], extensions = 'create' }: RightsRequest): boolean {
  return !owners || !privileges || skip.length > 0 || extensions === 'existing';
}

/** Whether the target may have extensions of its own: none are made. */
export function takesExtensions({ skip = [], extensions }: RightsRequest): boolean {
  return extensions === 'existing' || skip.includes('extensions');
}

/** @param client connected to the target's server */
export async function readRightsGround(
  client: pg.Client,
  request: RightsRequest,
  globals: ParsedGlobals,
): Promise<RightsGround> {
  const { rows } = await client.query<{ name: string; superuser: boolean; acting: boolean }>(
    `SELECT rolname::pg_catalog.text AS name, rolsuper AS superuser,
            rolname::pg_catalog.text = COALESCE($1, CURRENT_USER::pg_catalog.text) AS acting FROM pg_catalog.pg_roles`,
    [request.role ?? null],
  );
  const there = new Set(rows.map(({ name }) => name));
  const made = request.globals ? roleNames(globals) : new Set<string>();
  return {
    owners: request.owners,
    privileges: request.privileges ?? true,
    skip: request.skip ?? [],
    existingExtensions: request.extensions === 'existing',
    isSuperuser: rows.some(({ superuser, acting }) => superuser && acting),
    hasRole: (role) => there.has(role) || made.has(role),
  };
}

/**
 * @param entries those that would be restored
 * @param placed what an entry is called in the target
 * @throws HoldfastError PREFLIGHT_FAILED
 */
export function planRights(entries: readonly OutlineEntry[], ground: RightsGround, placed?: Placed): RightsPlan {
  const { groups, omitted } = decideLeftOut(entries, ground, placed);
  const kept = entries.filter((entry) => !omitted.has(entry));
  const isMissing = (role: string) => !ground.owners && !ground.hasRole(role);
  const extensions = kept.flatMap(({ asks: { requirement } }) =>
    requirement?.of === 'extension' ? [{ name: requirement.extension }] : [],
  );
  const existingSchemas = ground.existingExtensions || ground.skip.includes('extensions');
  return {
    leftOut: groups,
    omitted,
    isMissing,
    existingSchemas,
    roles: rolesOf(kept, ground.owners, isMissing),
    extensions,
  };
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
