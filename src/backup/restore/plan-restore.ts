/** What a restore needs to know about its target, and about the chosen part, before it changes anything. */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.js';
import type { PostgresPrograms } from '../../postgres/client-programs.js';
import { requireNoCodeOfOthers } from '../../postgres/code-of-others.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { requireOwnEventTriggers } from '../../postgres/event-triggers.js';
import type { ParsedGlobals } from '../../postgres/parsed-globals.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import { readServerFacts, type ServerFacts } from '../../postgres/server-facts.js';
import type { BackupContext } from '../operation/context.js';
import type { PartialDump } from '../stored/partial-dump.js';
import type { StoredBackup } from '../stored/stored-backup.js';
import { requireTablespaces } from '../load/require-tablespaces.js';
import { chooseRestoreClient } from '../load/restore-client.js';
import type { RestoreRequest } from './restore-request.js';
import {
  leavesOut,
  planLeftOut,
  planRights,
  readRightsGround,
  takesExtensions,
  type RightsGround,
  type RightsToLoad,
} from './rights/plan-rights.js';
import { searchPathOf } from './selection/find-tables.js';
import { placed, planSelection, type SelectionPlan } from './selection/plan-selection.js';
import { readOutline } from './selection/read-outline.js';
import { choosesAll, type Selection } from './selection/selection.js';
import {
  compareFacts,
  requireEmpty,
  requireExtensions,
  requireNoDatabase,
  requireRoles,
} from '../load/target-checks.js';

/** What is known about the target before anything is changed. */
interface InspectedTarget {
  readonly ground: RightsGround;
  readonly facts: ServerFacts;
  readonly programs: PostgresPrograms;
  /** Whether their psql knows `\restrict`. */
  readonly restricted: boolean;
  /**
   * Where roles and databases are created: the target itself, or `postgres` on its server while the target does not
   * exist.
   */
  readonly maintenance: DatabaseAccess;
  readonly notes: readonly string[];
}

export interface RestorePlan extends InspectedTarget {
  /** What is left out, and how the statements are changed; undefined if nothing is. */
  readonly rights: RightsToLoad | undefined;
  /** Where a part of the backup is restored. */
  readonly part: SelectionPlan | undefined;
  /** How the dump is read without the large tables that are not in the part, where that can be. */
  readonly partial: PartialDump | undefined;
}

/**
 * Inspects the target, and reads the dump where only a part of it is restored: nothing is changed yet.
 *
 * @throws HoldfastError SESSION_UNSAFE, TARGET_UNSAFE, TARGET_NOT_EMPTY, PREFLIGHT_FAILED …; those of
 *   {@link planSelection}
 */
export async function planRestore(
  request: RestoreRequest,
  stored: StoredBackup,
  globals: ParsedGlobals,
  context: BackupContext,
): Promise<RestorePlan> {
  const target = await inspectTarget(request, { stored, globals }, context);
  const known = { stored, globals, target };
  if (!request.selection) {
    const isPlain = target.ground.isSuperuser && target.ground.isSignedIn && !leavesOut(request);
    if (isPlain) await requireTablespaces(target.maintenance, stored, globals, context);
    const rights = isPlain ? undefined : await planWhole(request, known, context);
    return { ...target, rights, part: undefined, partial: undefined };
  }
  const { part, ...plan } = await planPart(request, request.selection, known, context);
  return { ...target, ...plan, part, notes: [...target.notes, ...part.notes] };
}

interface Known {
  readonly stored: StoredBackup;
  readonly globals: ParsedGlobals;
  readonly target: InspectedTarget;
}

/**
 * Reads the dump first where anything of it is left out or may be refused: which entries those are is said before anything
 * is changed.
 */
async function planWhole(
  request: RestoreRequest,
  { stored, target: { ground } }: Known,
  context: BackupContext,
): Promise<RightsToLoad> {
  const { extensions } = stored.manifest;
  const { entries } = await readOutline(stored, context);
  const client = await connectActing(request, context);
  try {
    const rights = await planRights(client, entries, ground, {
      describeTarget: request.target.describe(),
      extensions,
    });
    await requireRoles(
      client,
      request.target,
      rights.roles.filter((role) => !ground.hasRole(role)),
    );
    await requireExtensions(client, request.target, rights.extensions);
    return rights;
  } finally {
    await client.end();
  }
}

/** The target as the role that the restore acts as. */
export function actingAccess({ target, role }: Pick<RestoreRequest, 'target' | 'role'>): DatabaseAccess {
  return role === undefined ? target : target.withRole(role);
}

/** To the target, or to another database of its server while it does not exist. */
function connectActing(request: RestoreRequest, { signal }: BackupContext): Promise<pg.Client> {
  const access = actingAccess(request);
  return (request.create ? access.withDatabase('postgres') : access).connect({ signal });
}

async function inspectTarget(
  request: RestoreRequest,
  { stored, globals }: Pick<Known, 'stored' | 'globals'>,
  context: BackupContext,
): Promise<InspectedTarget> {
  const { manifest } = stored;
  const maintenance = request.create ? request.target.withDatabase('postgres') : request.target;
  const client = await maintenance.connect({ signal: context.signal }).catch((error: unknown) => {
    throw request.create ? error : nameCreate(error);
  });
  try {
    const facts = await readServerFacts(client);
    const { programs, restricted, notes } = await chooseRestoreClient(context.installed, facts.versionNum, {
      allowUnpatched: request.allowUnpatchedPsql ?? false,
      signal: context.signal,
    });
    const ground = await readRightsGround(client, request, globals);
    const { selection } = request;
    const doing = `Restoring into ${request.target.describe()}`;
    const guarded = !request.create && !request.trustTarget;
    if (guarded) {
      await requireOwnEventTriggers(
        client,
        doing,
        'If you trust their owners with all of your rights: --trust-target.',
      );
    }
    if (request.create) await requireNoDatabase(client, request.target);
    else if (!selection || (choosesAll(selection) && selection.part !== 'data'))
      await requireEmpty(client, request.target, { extensions: !takesExtensions(request) });
    // The tables that rows alone go into are known when the dump has been read.
    if (guarded && selection?.part !== 'data') await requireNoCodeOfOthers(client, undefined, doing);
    // What is left out in part says itself which roles it needs, and a chosen part what it needs from an extension.
    if (!selection && ground.isSuperuser && !leavesOut(request)) {
      if (!request.globals) await requireRoles(client, request.target, manifest.roles);
      await requireExtensions(client, request.target, manifest.extensions);
    }
    return {
      ground,
      facts,
      programs,
      restricted,
      maintenance,
      notes: [...notes, ...compareFacts(facts, manifest, request.create)],
    };
  } finally {
    await client.end();
  }
}

/** A user who restores into a database that does not exist usually wants it created. */
function nameCreate(error: unknown): unknown {
  if (!(error instanceof HoldfastError) || error.code !== 'DATABASE_MISSING') return error;
  return new HoldfastError('DATABASE_MISSING', error.message, {
    cause: error.cause,
    hint: 'Give --create to create it, or check its name: `psql -l` lists the existing databases.',
  });
}

/** Reads the dump first, which may take a while, and then looks at the target again. */
async function planPart(
  request: RestoreRequest,
  selection: Selection,
  known: Known,
  context: BackupContext,
): Promise<Pick<RestorePlan, 'partial' | 'rights'> & { readonly part: SelectionPlan }> {
  const { stored, globals } = known;
  const { ground } = known.target;
  const { entries, partial } = await readOutline(stored, context);
  const client = await known.target.maintenance.connect({ signal: context.signal });
  try {
    const part = await planSelection(stored, entries, {
      selection,
      searchPath: searchPathOf(globals),
      client: request.create ? undefined : client,
      describeTarget: request.target.describe(),
      quote: (name) => quoteAsServer(client, name),
      omitted: planLeftOut(entries, ground).omitted,
      owners: request.owners,
      trustTarget: request.trustTarget ?? false,
    });
    const considered = [...part.entries, ...part.omitted].sort((a, b) => a.ordinal - b.ordinal);
    // Rows need no right that the restoring role would not be refused at once.
    if (selection.part === 'data') return { part, partial, rights: undefined };
    const acting = await connectActing(request, context);
    try {
      const rights = await planRights(acting, considered, ground, {
        describeTarget: request.target.describe(),
        extensions: stored.manifest.extensions,
        placed: (entry) => placed(part.renamer, entry),
      });
      const lacking = rights.roles.filter((role) => !ground.hasRole(role));
      await requireRoles(client, request.target, lacking);
      return { part, partial, rights };
    } finally {
      await acting.end();
    }
  } finally {
    await client.end();
  }
}

async function quoteAsServer(client: pg.Client, name: string): Promise<string> {
  const { rows } = await client.query<{ quoted: string }>('SELECT pg_catalog.quote_ident($1) AS quoted', [name]);
  return rows[0]?.quoted ?? quoteIdentifier(name);
}
