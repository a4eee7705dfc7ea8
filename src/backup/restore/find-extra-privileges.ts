/** What the target lets roles do and the backup does not: found after the load, and said with the SQL that ends it. */
import type pg from 'pg';
import type { DatabaseAccess } from '../../postgres/connection.js';
import type { ParsedGlobals } from '../../postgres/parsed-globals.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import type { Comparison } from '../copy/compare-entries.js';
import { Grants, type ExtraPrivilege, type GrantedObject } from '../copy/extra-privileges.js';
import { readGrants } from '../copy/fingerprint-copy.js';
import { describeNotCompared, roleOpenings, type RoleOpening } from '../copy/role-openings.js';
import { addLargeObjectGrants, databaseRemedies } from '../copy/server-privileges.js';
import type { BackupContext } from '../operation/context.js';
import type { StoredBackup } from '../stored/stored-backup.js';
import type { RestorePlan } from './plan-restore.js';
import type { RestoreRequest } from './restore-request.js';
import type { SelectionPlan } from './selection/plan-selection.js';
import { choosesAll, keyOf } from './selection/selection.js';

/**
 * Reads the copy's grants again if the target has anything that could have added to them.
 *
 * @returns what the backup does not give, and SQL that revokes it
 */
export async function findExtraPrivileges(
  request: RestoreRequest,
  stored: StoredBackup,
  { part, grants, programs, globals }: RestorePlan & { readonly grants: Grants; readonly globals: ParsedGlobals },
  context: BackupContext,
): Promise<FoundPrivileges> {
  const { signal } = context;
  if (request.selection?.part === 'data') return { sql: [], extras: [], openings: [], notes: [] };
  const all = !part || !request.selection || choosesAll(request.selection);
  const copy = new Grants();
  const { ofDatabase, ofItsOwn, ...ofServer } = await readTarget(request.target, signal, async (client) => ({
    ofDatabase: all ? await databaseRemedies(client, globals, request.target.target.database) : [],
    ofItsOwn: await hasPrivilegesOfItsOwn(client, all),
    openings: await roleOpenings(client, globals, stored.manifest.roles),
    notes: all && request.check ? await describeNotCompared(client) : [],
    largeObjects: all ? await addLargeObjectGrants(client, copy) : undefined,
  }));
  const { openings, notes } = ofServer;
  if (!ofItsOwn) return { sql: ofDatabase, extras: [], openings, notes };
  const { session, encoding, selection } = stored.manifest;
  const own = new Set(
    part?.outcome.entries.flatMap(({ schema, type, name }) => schema ?? (type === 'SCHEMA' ? name : [])),
  );
  await readGrants(
    {
      ...{ access: request.target, programs, session, encoding, signal },
      schemas: all ? selection.schemas : [...own].map(quoteIdentifier),
    },
    (text, owner) => copy.add(text, owner),
  );
  const extras = grants.extras(copy, all ? () => true : restoredBy(part));
  return { sql: [...ofDatabase, ...extras.map(({ sql }) => sql)], extras, openings, notes };
}

export interface FoundPrivileges {
  readonly sql: readonly string[];
  readonly extras: readonly ExtraPrivilege[];
  readonly openings: readonly RoleOpening[];
  readonly notes: readonly string[];
}

/** Names as the statements have them: those of a header have no quotes, and spaces for line breaks. */
function restoredBy(part: SelectionPlan): (object: GrantedObject) => boolean {
  const made = part.entries.flatMap(({ defines }) => defines.map((name) => keyOf(part.renamer.name(name))));
  const objects = new Set(made);
  const schemas = new Set(part.outcome.entries.flatMap(({ type, name }) => (type === 'SCHEMA' ? [name] : [])));
  return ({ kind, schema, name }) => {
    if (kind === 'SCHEMA') return schemas.has(name.replace(/[\r\n]/g, ' '));
    return schema !== null && objects.has(keyOf({ schema, name }));
  };
}

/** Says of each ACL that differs who has what, and adds what no entry shows. */
export function withPrivileges(comparison: Comparison, { extras, openings }: FoundPrivileges): Comparison {
  const words = new Map<string, string[]>();
  for (const { object, words: own } of extras) {
    const key = `${object.schema ?? ''}\0${object.tag}`;
    words.set(key, [...(words.get(key) ?? []), own]);
  }
  const differences = comparison.differences.map((difference) => {
    const { type, schema, name, reason } = difference;
    const found = type === 'ACL' ? words.get(`${schema ?? ''}\0${name}`) : undefined;
    return found
      ? { ...difference, reason: `${reason}: ${found.join('; ')}, which the backup does not give` }
      : difference;
  });
  return { ...comparison, differences: [...differences, ...openings.map(({ difference }) => difference)] };
}

async function readTarget<T>(
  target: DatabaseAccess,
  signal: AbortSignal | undefined,
  read: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await target.connect({ signal });
  try {
    return await read(client);
  } finally {
    await client.end();
  }
}

/** @param all whether the schema `public`, which every database has, takes its grants from the backup */
async function hasPrivilegesOfItsOwn(client: pg.Client, all: boolean): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_catalog.pg_default_acl) OR EXISTS (SELECT FROM pg_catalog.pg_event_trigger)
            OR ($1 AND EXISTS (
                 SELECT FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
                  WHERE n.nspname = 'public' AND a.grantee <> n.nspowner)) AS found`,
    [all],
  );
  return rows[0]?.found ?? true;
}

export function describeExtras(count: number): string {
  const what = count === 1 ? 'a privilege' : `privileges on ${count} objects or to ${count} roles`;
  return `The target gave ${what} that the backup does not give, through its default privileges, event triggers or its own grants on the database. This SQL revokes them:`;
}
