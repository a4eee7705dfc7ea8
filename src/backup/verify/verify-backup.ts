/**
 * The restore drill: a backup is restored into an empty server, fingerprinted there, and compared entry by entry.
 * The result is stored beside the backup as its proof.
 */
import { randomBytes } from 'node:crypto';
import { abortError, anySignal, throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { CompleteBackup } from '../../vault/catalog.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import { writeProof, type Proof } from '../../vault/formats/proof.js';
import { parseKey } from '../../vault/keys.js';
import type { ObjectInfo, StoredObject } from '../../vault/object-store.js';
import { codeFailures } from '../operation/coded-failures.js';
import type { BackupContext } from '../operation/context.js';
import { openCheckedDump } from '../stored/checked-dump.js';
import { DAMAGE } from '../stored/damage.js';
import { gapsOf } from '../stored/beside-verdict.js';
import { isEmpty } from '../stored/collapse.js';
import { readProofs, supersededBy, type ProvenManifest, type ReadProof } from '../stored/proofs.js';
import { CHANGED_TABLES } from '../../postgres/omissions.js';
import type { Measure } from '../../postgres/throwaway/confinement/measures.js';
import { formatLimit } from '../../syntax/duration.js';
import { defaultRestoreLimitMs, withTimeLimit } from '../operation/time-limit.js';
import { openBackup, type StoredBackup } from '../stored/stored-backup.js';
import { tool } from '../../core/tool.js';
import type { Comparison, Difference } from '../copy/compare-entries.js';
import { acrossOf, compareWithCopy, type Drill, type DrillStarter } from './drill.js';
import type { MissingExtension } from './missing-extensions.js';
import { describeCompared } from '../stored/describe-volume.js';
import { lackOfMachine } from './missing-parts.js';
import { throwawayDrill } from './throwaway-drill.js';

export type Verdict = Proof['verdict'];

/** The result of one verification. */
export interface VerifyResult {
  readonly database: string;
  /** Of the dump. */
  readonly key: string;
  readonly verdict: Verdict;
  /** That it was restored into; `undefined` where it was not begun. */
  readonly server?: Proof['server'] | undefined;
  readonly entries: number;
  /** How many tables and rows the backup holds; `undefined` where its manifest cannot be read. */
  readonly held: { readonly tables: number; readonly rows: number } | undefined;
  readonly matched: number;
  readonly reprinted: number;
  readonly differences: readonly Difference[];
  readonly missingExtensions: Proof['missingExtensions'];
  /** Where the server was of another major than the source. */
  readonly across?: Proof['across'];
  /** What the verdict does not speak of; absent where the manifest cannot be read. */
  readonly notCompared?: Proof['notCompared'];
  /** What a copy computes anew, where the backup has any of it. */
  readonly derived?: Proof['derived'];
  readonly derivedDifferences?: Proof['derivedDifferences'];
  readonly notes: readonly string[];
  readonly durationMs: number;
  /** What confined the restored code; `undefined` where nothing was restored, or the server was not ours. */
  readonly confinement: readonly Measure[] | undefined;
  /**
   * Of the stored proof; `undefined` where there is none, as when the manifest, which a proof names, cannot be read.
   */
  readonly proofKey: string | undefined;
  /** Why the proof could not be stored. The verdict stands all the same. */
  readonly notStored: HoldfastError | undefined;
}

export interface VerifyOptions {
  /** @default a throwaway server, confined */
  readonly startDrill?: DrillStarter | undefined;
  /** Milliseconds, from the start of the drill's server to its end. @default by size: {@link defaultRestoreLimitMs} */
  readonly maxDurationMs?: number | undefined;
}

/**
 * Proves that a backup restores: restores it into an empty server, compares entry by entry, and stores the proof beside
 * the backup.
 *
 * @returns the verdict (`proven`, or `restores` on a server of another major; `differs`, `unreadable` or `incomplete`), each difference, and the key of the proof
 * @throws HoldfastError THROWAWAY_FAILED, CONFINEMENT_MISSING, PROGRAM_MISSING when no server is available to restore
 *   into; DRILL_TIMEOUT; THROWAWAY_DISK_FULL; VAULT_UNREADABLE; the signal's error before there is a verdict. Whatever
 *   is wrong with the backup itself is a verdict, not an error, and a verdict that cannot be stored is not lost: the
 *   result contains it and the reason.
 */
export async function verifyBackup(
  backup: CompleteBackup,
  context: BackupContext,
  { startDrill = throwawayDrill(), maxDurationMs }: VerifyOptions = {},
): Promise<VerifyResult> {
  const startedAt = context.clock.now();
  let stored: StoredBackup;
  try {
    stored = await openBackup(context.store, backup, context.signal);
  } catch (error) {
    const outcome = unreadable(error, [backup.manifestKey]);
    const durationMs = context.clock.now().getTime() - startedAt.getTime();
    const unstored = { confinement: undefined, held: undefined, proofKey: undefined, notStored: undefined };
    return { database: backup.database, key: backup.key, ...outcome, durationMs, ...unstored };
  }
  const earlier = await readEarlierProofs(stored, context);
  const limitMs = maxDurationMs ?? defaultRestoreLimitMs(stored.manifest.totals);
  const { confinement, ...outcome } = await withTimeLimit(
    limitMs,
    () => timeoutError(backup.key, limitMs),
    context.signal,
    (signal) =>
      codeFailures(`Verifying ${backup.key}`, signal, () => runDrill(stored, { ...context, signal }, startDrill)),
  );
  const held = stored.manifest.totals;
  const verifiedAt = context.clock.now();
  const proof: Proof = {
    format: 'holdfast.proof',
    version: 2,
    database: backup.database,
    key: stored.manifest.key,
    manifestSha256: stored.manifestSha256,
    verifiedAt: verifiedAt.toISOString(),
    durationMs: Math.max(0, verifiedAt.getTime() - startedAt.getTime()),
    tool,
    ...outcome,
    ...(confinement && { confinement: { method: confinement.join(', ') || 'none' } }),
    notes: [...outcome.notes, ...emptyNote(outcome, held), ...changedNotes(stored.manifest)],
    notCompared: outcome.notCompared ?? gapsOf(stored.manifest),
    empty: isEmpty(stored.manifest.totals),
    // A drill without a verdict supersedes no proof.
    supersedes: outcome.verdict === 'incomplete' ? [] : supersededBy(earlier, provenManifest(stored), outcome.across),
  };
  try {
    // The verdict has been reached: an interruption loses the proof but not the verdict.
    throwIfAborted(context.signal);
    const { key } = await storeProof(withFewerDifferences(proof), context);
    return { ...proof, confinement, held, proofKey: key, notStored: undefined };
  } catch (error) {
    const reason = context.signal?.aborted ? abortError(context.signal) : error;
    return { ...proof, confinement, held, proofKey: undefined, notStored: notStored(proof, reason) };
  }
}

/** What else is left out is the same in every backup; here the next one may be whole. */
function changedNotes({ omissions }: Manifest): string[] {
  return omissions
    .filter(({ kind }) => kind === CHANGED_TABLES)
    .map(({ detail }) => `Not compared with the source, and nobody knows whether the dump has their rows: ${detail}`);
}

/** That the definitions came back does not mean that any data did. */
function emptyNote(
  { verdict, entries }: Pick<Outcome, 'verdict' | 'entries'>,
  { tables, rows }: { tables: number; rows: number },
): string[] {
  if ((verdict !== 'proven' && verdict !== 'restores') || rows > 0) return [];
  return [`${verdict}: ${describeCompared({ entries, tables, rows })}. There was no data to prove.`];
}

/** The failure, and that the verdict stands. */
function notStored({ key, verdict }: Proof, error: unknown): HoldfastError {
  const code = error instanceof HoldfastError ? error.code : 'INTERNAL';
  const hint =
    code === 'INTERRUPTED'
      ? 'Verify it again to get a proof: the verdict is printed here but stored nowhere.'
      : error instanceof HoldfastError
        ? error.hint
        : undefined;
  const message = `The verdict on ${key} is "${verdict}" but could not be stored as a proof: ${messageOf(error)}`;
  return new HoldfastError(code, message, { cause: error, ...(hint !== undefined && { hint }) });
}

/**
 * The proofs that exist before the drill begins. Those that others write in the meantime are not among them: neither
 * verification knew of the other, and a bad verdict of either counts.
 */
async function readEarlierProofs({ backup }: StoredBackup, { store, signal }: BackupContext): Promise<ReadProof[]> {
  const objects: ObjectInfo[] = [];
  for await (const info of store.list(`${backup.baseKey}.proof-`, signal)) objects.push(info);
  const proofKeys = objects.map(({ key }) => key).filter((key) => parseKey(key)?.object.role === 'proof');
  return readProofs(store, { proofKeys, objects }, signal);
}

function provenManifest({ manifest, manifestSha256 }: StoredBackup): ProvenManifest {
  return { key: manifest.key, sha256: manifestSha256 };
}

/** A proof with more could not be read again. The result of the verification says how many there are. */
const MOST_NAMED = 10_000;

function withFewerDifferences(proof: Proof): Proof {
  const { differences, notes } = proof;
  const more = differences.length - MOST_NAMED;
  if (more <= 0) return proof;
  return {
    ...proof,
    differences: differences.slice(0, MOST_NAMED),
    notes: [...notes, `There were ${more} more differences than are listed here.`],
  };
}

/** How many keys are tried. Keys with a nonce are free, unless somebody knows the nonce before we do. */
const KEYS_TRIED = 5;

/**
 * The key of a proof holds the second in which it was made. Another proof of that second, from a verification at the
 * same time or under a clock that was set back, is neither replaced nor a reason to lose this one.
 */
async function storeProof(proof: Proof, { store, signal }: BackupContext): Promise<StoredObject> {
  for (let tried = 1, nonce: string | undefined; ; tried++, nonce = randomBytes(4).toString('hex')) {
    try {
      return await writeProof(store, proof, { signal }, nonce);
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'OBJECT_EXISTS' || tried === KEYS_TRIED) throw error;
    }
  }
}

/** What a proof says about one drill. */
type Outcome = Pick<
  Proof,
  | 'server'
  | 'verdict'
  | 'entries'
  | 'matched'
  | 'reprinted'
  | 'differences'
  | 'missingExtensions'
  | 'derived'
  | 'derivedDifferences'
  | 'notCompared'
  | 'notes'
  | 'materializedViewsRefreshed'
  | 'across'
> &
  Pick<VerifyResult, 'confinement'>;

/** Where nothing was restored. */
const NO_SERVER: Proof['server'] = { version: 'none', throwaway: true };

async function runDrill(stored: StoredBackup, context: BackupContext, startDrill: DrillStarter): Promise<Outcome> {
  let drill: Drill;
  try {
    drill = await startDrill(stored, context);
  } catch (error) {
    // The drill is set up from the globals, which may be damaged.
    throwIfAborted(context.signal);
    return {
      ...nothingCompared(stored),
      server: NO_SERVER,
      confinement: undefined,
      ...unreadable(error, keysOf(stored)),
    };
  }
  const { server, confinement } = drill;
  const majors = acrossOf(stored, drill.versionNum);
  const across = majors && { across: { ...majors, writtenDifferently: [] } };
  const signal = anySignal(context.signal, drill.outOfRoom);
  try {
    const missing = await drill.missingExtensions(signal);
    if (missing.length > 0)
      return { ...nothingCompared(stored), server, confinement, ...across, ...incomplete(missing) };
    const compared = await compareWithCopy(stored, drill, { ...context, signal });
    const good = compared.across === undefined ? 'proven' : 'restores';
    const verdict = compared.differences.length === 0 ? good : 'differs';
    return { ...compared, server, confinement, verdict, missingExtensions: [], notes: drill.notes };
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof HoldfastError && error.code === 'RESTORE_FAILED') {
      const damage = await damageOfDump(stored, { ...context, signal });
      if (damage) return { ...nothingCompared(stored), server, confinement, ...unreadable(damage, keysOf(stored)) };
      const lack = lackOfMachine(error.message);
      if (lack !== undefined) {
        const notes = [lack, ...drill.notes];
        return { ...nothingCompared(stored), server, confinement, ...across, verdict: 'incomplete', notes };
      }
      const difference = { type: 'RESTORE', schema: null, name: stored.dump.key, reason: error.message };
      return {
        ...nothingCompared(stored),
        ...{ server, confinement, ...across },
        verdict: 'differs',
        differences: [difference],
        notes: drill.notes,
      };
    }
    return { ...nothingCompared(stored), server, confinement, ...unreadable(error, keysOf(stored)) };
  } finally {
    await drill.stop();
  }
}

/**
 * Reads the dump to its end: the server may have refused what is damaged before the reading came to where that shows.
 *
 * @returns OBJECT_CORRUPT …, `undefined` where every byte is as it was stored
 */
async function damageOfDump(stored: StoredBackup, context: BackupContext): Promise<HoldfastError | undefined> {
  try {
    const { content } = await openCheckedDump(stored, context);
    for await (const chunk of content) void chunk;
    return undefined;
  } catch (error) {
    throwIfAborted(context.signal);
    if (error instanceof HoldfastError && DAMAGE.has(error.code)) return error;
    throw error;
  }
}

function timeoutError(key: string, limitMs: number): HoldfastError {
  return new HoldfastError(
    'DRILL_TIMEOUT',
    `The drill of ${key} took longer than its limit of ${formatLimit(limitMs)} and was ended; its server was removed.`,
  );
}

function nothingCompared(stored: StoredBackup) {
  const { entries } = stored.manifest.totals;
  const none: Comparison = { entries, matched: 0, reprinted: 0, differences: [] };
  return { ...none, missingExtensions: [], materializedViewsRefreshed: 0, notes: [] as readonly string[] };
}

function incomplete(missing: readonly MissingExtension[]) {
  const lacking = missing.filter(({ reason }) => reason === undefined).map(({ name }) => name);
  const notes = missing.flatMap(({ name, reason }) =>
    reason === undefined
      ? []
      : [`Nothing was restored: the server of this drill cannot create the extension ${name}: ${reason}.`],
  );
  if (lacking.length > 0) {
    const names = lacking.join(', ');
    notes.unshift(
      `Nothing was restored: the server of this drill does not have the extensions ${names}. Install them there.`,
    );
  }
  return {
    verdict: 'incomplete' as const,
    missingExtensions: missing.map(({ name, dependents }) => ({ name, dependents })),
    notes,
  };
}

/** The dump first: a fault in the content rather than in an object is a fault in the dump. */
function keysOf({ dump, globals, entries, segments }: StoredBackup): [string, ...string[]] {
  return [dump.key, globals.key, entries.key, ...(segments ? [segments.key] : [])];
}

/**
 * The verdict on a backup whose objects are damaged; any other error is thrown again.
 *
 * @param keys of the objects that the error can be about: the one that the message names, otherwise the first
 */
function unreadable(error: unknown, keys: readonly [string, ...string[]]) {
  if (!(error instanceof HoldfastError) || !DAMAGE.has(error.code)) throw error;
  const key = keys.find((candidate) => error.message.includes(candidate)) ?? keys[0];
  return {
    verdict: 'unreadable' as const,
    entries: 0,
    matched: 0,
    reprinted: 0,
    differences: [{ type: 'OBJECT', schema: null, name: key, reason: error.message }],
    missingExtensions: [],
    notes: [error.hint],
    materializedViewsRefreshed: 0,
  };
}
