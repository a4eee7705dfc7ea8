/** What a restore needs to know of its target, and of the part that was chosen, before it changes anything. */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.js';
import type { PostgresPrograms } from '../../postgres/client-programs.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { requireOwnEventTriggers } from '../../postgres/event-triggers.js';
import { quoteIdentifier } from '../../postgres/identifiers.js';
import { readServerFacts, type ServerFacts } from '../../postgres/server-facts.js';
import type { BackupContext } from '../context.js';
import type { StoredBackup } from '../stored-backup.js';
import { chooseRestoreClient } from './restore-client.js';
import type { RestoreRequest } from './restore-request.js';
import { planSelection, type SelectionPlan } from './selection/plan-selection.js';
import { readOutline } from './selection/read-outline.js';
import { choosesAll } from './selection/selection.js';
import { compareFacts, requireEmpty, requireExtensions, requireNoDatabase, requireRoles } from './target-checks.js';

/** What is known of the target before anything is changed. */
export interface RestorePlan {
  readonly facts: ServerFacts;
  readonly programs: PostgresPrograms;
  /** Whether their psql knows `\restrict`. */
  readonly restricted: boolean;
  /** Where roles and databases are made: the target itself, or `postgres` on its server while it does not exist. */
  readonly maintenance: DatabaseAccess;
  readonly notes: readonly string[];
  /** Where a part of the backup is restored. */
  readonly part: SelectionPlan | undefined;
}

/**
 * Looks at the target: nothing is changed yet.
 *
 * @throws HoldfastError SESSION_UNSAFE, TARGET_NOT_EMPTY, PREFLIGHT_FAILED …
 */
export async function inspectTarget(
  request: RestoreRequest,
  stored: StoredBackup,
  context: BackupContext,
): Promise<RestorePlan> {
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
    const { selection } = request;
    if (!request.create) await requireOwnEventTriggers(client, `Restoring into ${request.target.describe()}`);
    if (request.create) await requireNoDatabase(client, request.target);
    else if (!selection || (choosesAll(selection) && selection.part !== 'data'))
      await requireEmpty(client, request.target);
    if (!request.globals && !selection) await requireRoles(client, request.target, manifest.roles);
    // A choice says for itself what it needs of an extension.
    if (!selection) await requireExtensions(client, request.target, manifest.extensions);
    return {
      facts,
      programs,
      restricted,
      maintenance,
      notes: [...notes, ...compareFacts(facts, manifest, request.create)],
      part: undefined,
    };
  } finally {
    await client.end();
  }
}

/** Whoever restores into a database that is not there most often wants it made. */
function nameCreate(error: unknown): unknown {
  if (!(error instanceof HoldfastError) || error.code !== 'DATABASE_MISSING') return error;
  return new HoldfastError('DATABASE_MISSING', error.message, {
    cause: error.cause,
    hint: 'Give --create to have it made, or check its name: `psql -l` lists what is there.',
  });
}

/** Reads the dump first, which may take its time, and then looks at the target. */
export async function planPart(
  request: RestoreRequest,
  stored: StoredBackup,
  plan: RestorePlan,
  context: BackupContext,
): Promise<RestorePlan> {
  const { selection, target } = request;
  if (!selection) return plan;
  const outline = await readOutline(stored, context);
  const client = await plan.maintenance.connect({ signal: context.signal });
  try {
    const part = await planSelection(stored, outline, {
      selection,
      client: request.create ? undefined : client,
      describeTarget: target.describe(),
      quote: (name) => quoteAsServer(client, name),
      owners: request.owners,
    });
    if (!request.globals) await requireRoles(client, target, part.roles);
    return { ...plan, part, notes: [...plan.notes, ...part.notes] };
  } finally {
    await client.end();
  }
}

async function quoteAsServer(client: pg.Client, name: string): Promise<string> {
  const { rows } = await client.query<{ quoted: string }>('SELECT pg_catalog.quote_ident($1) AS quoted', [name]);
  return rows[0]?.quoted ?? quoteIdentifier(name);
}
