/**
 * Fingerprints, at the source, what a copy will compute anew: in the snapshot of the dump, and before pg_dump is started,
 * so that all locks for it are gone by then. It never waits for anybody, and it stops reading a relation that somebody
 * waits for.
 *
 * A REFRESH, like a TRUNCATE, gives its relation another file, in which an older snapshot sees the new rows. So the file
 * that was read, which nobody can replace while we hold a lock on it, is compared with that of the snapshot.
 */
import pg from 'pg';
import { formatPlural } from '../../core/amounts.js';
import { sleep } from '../../core/cancellation.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import { MINUTE_MS } from '../../core/times.js';
import { isFull } from '../../postgres/full-server.js';
import type { GuestSession } from '../../postgres/guest/guest-session.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import type { Omission } from '../../postgres/omissions.js';
import type { DumpSelection } from '../../postgres/preflight.js';
import type { ServerFacts } from '../../postgres/server-facts.js';
import { qualifiedName, quoteLiteral } from '../../syntax/sql/identifiers.js';
import { fingerprintDerived, listDerived, type DerivedFingerprint, type ListedRelation } from '../copy/derived.js';
import { localSettings, readingSettings } from '../copy/value-settings.js';

export interface DerivedRequest extends DumpSelection {
  readonly access: DatabaseAccess;
  readonly facts: Pick<ServerFacts, 'settings' | 'encoding'>;
  /** Called with the server's process, which others may wait for. */
  readonly onBackend: (pid: number) => void;
  /** Sees who waits for that. */
  readonly guest: Pick<GuestSession, 'waiters' | 'cancel'>;
  readonly signal: AbortSignal;
}

export interface SourceDerived {
  readonly fingerprints: readonly DerivedFingerprint[];
  /** What was not fingerprinted, by reason. */
  readonly omissions: readonly Omission[];
}

/** How long all of it may take, in milliseconds: until then the dump has not begun. */
const LIMIT_MS = 5 * MINUTE_MS;
/** How long a lock is waited for, in milliseconds: the shortest that is not forever. */
const LOCK_WAIT_MS = 1;
const LOCK_NOT_AVAILABLE = '55P03';
const QUERY_CANCELED = '57014';
/** How many fingerprints a manifest holds. */
const MOST = 10_000;

/**
 * @param snapshot the exported one; or why there is none, so that nothing is read
 * @throws HoldfastError CONNECT_FAILED …; the signal's error
 */
export async function readDerived(
  request: DerivedRequest,
  snapshot: { readonly id: string } | { readonly missing: string },
): Promise<SourceDerived> {
  const { access, facts, signal } = request;
  const client = await access.connect({ readOnly: true, signal }).catch((error: unknown) => {
    // pg_dump, which is still to come, has better means against that.
    if (error instanceof HoldfastError && isFull(error.message)) return undefined;
    throw error;
  });
  if (client === undefined) return notKnown('the server had no connection left for that');
  const pid = (client as unknown as { processID: number }).processID;
  try {
    request.onBackend(pid);
    const relations = await listDerived(client, request).catch((error: unknown) => {
      // VACUUM FULL of a catalog.
      if (error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE) return undefined;
      throw error;
    });
    if (relations === undefined) return notKnown('somebody had the catalog locked');
    const unread = new Map<string, string[]>();
    const skip = ({ label }: ListedRelation, reason: string) =>
      unread.set(reason, [...(unread.get(reason) ?? []), label]);
    const fingerprints: DerivedFingerprint[] = [];
    if ('missing' in snapshot) {
      for (const relation of relations) skip(relation, snapshot.missing);
      return { fingerprints, omissions: toOmissions(unread) };
    }
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(`SET TRANSACTION SNAPSHOT ${quoteLiteral(snapshot.id)}`);
    await client.query(
      `SET LOCAL lock_timeout = ${LOCK_WAIT_MS}; ${localSettings(readingSettings(facts.settings, 'UTF8'))}`,
    );
    const end = performance.now() + LIMIT_MS;
    for (const [index, relation] of relations.entries()) {
      const left = Math.floor(end - performance.now());
      if (left < 1) skip(relation, `there was no time for them in ${LIMIT_MS / MINUTE_MS} minutes`);
      else if (index >= MOST) skip(relation, `more than ${MOST} are not fingerprinted`);
      else {
        const result = await readOne(client, relation, facts.encoding, { pid, limitMs: left, guest: request.guest });
        if (typeof result === 'string') skip(relation, result);
        else fingerprints.push(result);
      }
    }
    return { fingerprints, omissions: toOmissions(unread) };
  } finally {
    await client.end();
  }
}

/** @returns why it was not read */
async function readOne(
  client: pg.Client,
  relation: ListedRelation,
  encoding: string,
  { limitMs, ...own }: { readonly limitMs: number; readonly pid: number; readonly guest: DerivedRequest['guest'] },
): Promise<DerivedFingerprint | string> {
  await client.query(`SAVEPOINT holdfast_derived; SET LOCAL statement_timeout = ${limitMs}`);
  const watch = cancelIfAwaited(own);
  try {
    const fingerprint = await fingerprintDerived(client, relation, encoding);
    await watch.stop();
    const { rows } = await client.query<{ same: boolean }>(SAME_FILE, [
      relation.oid,
      qualifiedName(relation.schema, relation.name),
    ]);
    return rows[0]?.same ? fingerprint : 'they were refreshed, rewritten or renamed as the dump began';
  } catch (error) {
    await watch.stop();
    const cause = error instanceof HoldfastError ? error.cause : error;
    if (!(cause instanceof pg.DatabaseError)) throw error;
    if (cause.code === LOCK_NOT_AVAILABLE) return 'somebody had them locked';
    if (cause.code === QUERY_CANCELED)
      return watch.awaited()
        ? 'somebody waited for them'
        : `there was no time for them in ${LIMIT_MS / MINUTE_MS} minutes`;
    return messageOf(cause);
  } finally {
    await client.query('ROLLBACK TO SAVEPOINT holdfast_derived; RELEASE SAVEPOINT holdfast_derived');
  }
}

/** How often to look who waits, in milliseconds; and at most for a twentieth of the time. */
const WATCH_MS = 200;
const WATCH_SHARE = 20;

/** pg_dump alone would not have read the relation, so that whoever wants to change it waits because of us. */
function cancelIfAwaited({ pid, guest }: { readonly pid: number; readonly guest: DerivedRequest['guest'] }) {
  const stopped = new AbortController();
  let awaited = false;
  const watching = (async () => {
    for (;;) {
      const began = performance.now();
      if (((await guest.waiters([pid])) ?? []).length > 0) {
        awaited = true;
        // One that comes between two statements ends nothing, so the next look may be followed by another.
        if (!stopped.signal.aborted) await guest.cancel(pid);
      }
      const took = performance.now() - began;
      await sleep(Math.max(WATCH_MS, WATCH_SHARE * took), stopped.signal);
    }
  })().catch(() => {
    // Stopped; or the guest session is lost, and its next use says so.
  });
  return {
    awaited: () => awaited,
    /** Returns when nothing will be canceled any more. */
    stop: async () => {
      stopped.abort();
      await watching;
    },
  };
}

/** Whether what the name stands for now is the relation of the snapshot, in the same files. Of a partitioned one, all. */
const SAME_FILE = `
  WITH RECURSIVE tree (oid) AS (
    SELECT $1::pg_catalog.oid
    UNION SELECT i.inhrelid FROM tree t JOIN pg_catalog.pg_class p ON p.oid = t.oid AND p.relkind = 'p'
            JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
  )
  SELECT pg_catalog.to_regclass($2)::pg_catalog.oid = $1::pg_catalog.oid
         AND (SELECT pg_catalog.bool_and(c.relkind = 'p' OR c.relfilenode IS NOT DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid))
                FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid)
         AND ((SELECT pg_catalog.count(*) FROM tree) = 1
              OR (SELECT pg_catalog.count(*) FROM tree) = (SELECT pg_catalog.count(*) FROM pg_catalog.pg_partition_tree($1::pg_catalog.oid::pg_catalog.regclass))) AS same`;

const OMITTED = 'Stored generated columns and materialized views that have no fingerprint in this backup';

function toOmissions(unread: ReadonlyMap<string, readonly string[]>): Omission[] {
  return [...unread].map(([reason, names]) => ({
    kind: 'derived',
    objects: names.toSorted().slice(0, 1000),
    total: names.length,
    message: `${OMITTED}, so that a copy of ${formatPlural(names.length, 'relation')} is not compared in them; ${reason}:`,
  }));
}

function notKnown(reason: string): SourceDerived {
  const message = `Stored generated columns and materialized views were not fingerprinted, so that no copy is compared in them: ${reason}.`;
  return { fingerprints: [], omissions: [{ kind: 'derived', objects: [], total: 0, message }] };
}

export const NOTHING_DERIVED: SourceDerived = { fingerprints: [], omissions: [] };

/** What the manifest says of a backup that was asked for without. */
export const WITHOUT_DERIVED: SourceDerived = notKnown('that was asked for (--no-derived)');
