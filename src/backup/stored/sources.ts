/**
 * Which source the backups of a database come from, and which one they should come from. A source is a database on a
 * cluster: its name there, and the cluster's system identifier. Backups of another source under the same name are
 * usually a mistake and sometimes a move; only a person can tell (`holdfast accept`).
 *
 * The source that counts is the one that was accepted last or, if none ever was, that of the backup that was proven
 * first or, while none is proven, that of the backup that the store took first. A date that a writer chose decides
 * nothing.
 */
import { CLOCK_TOLERANCE_MS } from '../../core/clock.js';
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { SYSTEM_IDENTIFIER } from '../../core/system-identifier.js';
import { MINUTE_MS, formatInstant } from '../../core/times.js';
import type { Backup, CompleteBackup } from '../../vault/catalog.js';
import { readAcceptances, type Acceptance, type ReadAcceptance } from '../../vault/formats/acceptance.js';
import { readManifest, type Manifest } from '../../vault/formats/manifest.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { isOfFuture, storedAtOf } from './anomalies.js';
import { judgeProofs, readProofs } from './proofs.js';

export interface SourceIdentity {
  readonly dbName: string;
  /** Absent where it is not known: it then neither equals another nor differs from it. */
  readonly systemIdentifier: string | undefined;
  /** Whether nothing is known, as of a dump that others made. @default false */
  readonly untold?: boolean;
}

/**
 * present: of the source that counts, as far as is known. former: of one that counted when the backup was taken;
 * another has been accepted since. foreign: of one that has not been accepted.
 */
export const SOURCE_RELATIONS = ['present', 'former', 'foreign'] as const;

export interface SourceStanding extends SourceIdentity {
  readonly relation: (typeof SOURCE_RELATIONS)[number];
  /** Whether both system identifiers are known. */
  readonly certain: boolean;
}

/** How many backups with proofs are asked, at most, whether one is proven: usually the first is. */
const ASKED = 20;
/** How many are read at once. */
const READERS = 16;
/** How many of the newest backups are checked for whether their servers reveal a system identifier at all. */
const NEWEST = 10;

/** What is known about a database's sources. */
export interface Sources {
  /** The one that counts; absent where there is neither a backup that can be read nor an acceptance. */
  readonly counting: SourceIdentity | undefined;
  /** The acceptance that says so. */
  readonly acceptance: Acceptance | undefined;
  /** All of them, whatever they say: a new acceptance replaces them. */
  readonly acceptances: readonly ReadAcceptance[];
  /** Whether they could be listed; if not, it is unknown whether there are any. */
  readonly listed: boolean;
  /** What could not be read of them, or does not count: sentences. */
  readonly faults: readonly string[];
  readonly standingOf: (manifest: Manifest) => SourceStanding;
  /** Whether someone has accepted what a backup holds. */
  readonly acceptsVolume: (manifest: Pick<Manifest, 'key'>, manifestSha256: string) => boolean;
}

export interface ReadSourcesOptions {
  readonly now: Date;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @param backups all of the database, newest first
 * @throws the signal's error; what cannot be read is in the answer
 */
export async function readSources(
  store: ObjectStore,
  database: string,
  backups: readonly Backup[],
  { now, signal }: ReadSourcesOptions,
): Promise<Sources> {
  const { acceptances: read, fault } = await tryReadAcceptances(store, database, signal);
  const acceptances = read.filter(({ acceptance }) => acceptance?.volume === undefined);
  const volumes = read.filter(({ acceptance }) => acceptance?.volume !== undefined);
  const accepted = new Set(
    volumes.flatMap(({ acceptance }) =>
      acceptance?.volume && Date.parse(acceptance.acceptedAt) - now.getTime() <= CLOCK_TOLERANCE_MS
        ? [nameVolume(acceptance.volume)]
        : [],
    ),
  );
  const { counting: acceptance, before, faults } = chooseAcceptance(acceptances, now);
  const taken = backups.filter(
    (backup): backup is CompleteBackup => backup.state === 'complete' && !isOfFuture(backup.takenAt, undefined, now),
  );
  const since = acceptance ? Date.parse(acceptance.acceptedAt) : undefined;
  const counting = await completeIdentity(
    store,
    acceptance && toIdentity(acceptance.source),
    since === undefined ? taken : taken.filter(({ takenAt }) => takenAt.getTime() > since - CLOCK_TOLERANCE_MS),
    { now, signal },
  );
  const formerly = [...before, ...(acceptance ? [acceptance] : [])].flatMap(({ former, source }) => [
    ...(former ? [toIdentity(former)] : []),
    toIdentity(source),
  ]);
  return {
    counting,
    acceptance,
    acceptances,
    listed: fault === undefined,
    faults: [...(fault === undefined ? [] : [fault]), ...faults, ...chooseAcceptance(volumes, now).faults],
    acceptsVolume: ({ key }, manifestSha256) => accepted.has(nameVolume({ key, manifestSha256 })),
    standingOf: (manifest) => {
      const identity = identityOf(manifest);
      if (counting === undefined || identity.untold) return { ...identity, relation: 'present', certain: false };
      const certain = identity.systemIdentifier !== undefined && counting.systemIdentifier !== undefined;
      if (!differs(identity, counting)) return { ...identity, relation: 'present', certain };
      const earlier = since !== undefined && Date.parse(manifest.takenAt) <= since + CLOCK_TOLERANCE_MS;
      const known = earlier && formerly.some((one) => !differs(identity, one));
      return { ...identity, relation: known ? 'former' : 'foreign', certain };
    },
  };
}

/**
 * A value that no server gives, such as letters for an identifier, says nothing: a manifest is only its writer's word.
 */
export function identityOf({ dbName, server, origin }: Pick<Manifest, 'dbName' | 'server' | 'origin'>): SourceIdentity {
  // Its key or its file names a database, and nobody has seen which one it was.
  if (origin !== undefined) return { dbName, systemIdentifier: undefined, untold: true };
  const { systemIdentifier } = server;
  const told = systemIdentifier !== undefined && SYSTEM_IDENTIFIER.test(systemIdentifier);
  return { dbName, systemIdentifier: told ? systemIdentifier : undefined };
}

/** Whether two sources are known to be different. */
export function differs(a: SourceIdentity, b: SourceIdentity): boolean {
  if (a.untold || b.untold) return false;
  if (a.dbName !== b.dbName) return true;
  const [one, other] = [a.systemIdentifier, b.systemIdentifier];
  return one !== undefined && other !== undefined && one !== other;
}

/** How a warning begins that a manifest holds because of its source, in all versions: whether it was accepted came later. */
export const OTHER_SOURCE = 'It is of another source: ';

/** `database "orders" on the cluster 7301…`. */
export function describeSource({ dbName, systemIdentifier }: SourceIdentity): string {
  const cluster = systemIdentifier === undefined ? 'an unknown cluster' : `the cluster ${systemIdentifier}`;
  return `database ${quoted(dbName)} on ${cluster}`;
}

function nameVolume({ key, manifestSha256 }: NonNullable<Acceptance['volume']>): string {
  return `${manifestSha256} ${key}`;
}

function toIdentity({ dbName, systemIdentifier }: Acceptance['source']): SourceIdentity {
  return { dbName, systemIdentifier: systemIdentifier ?? undefined };
}

async function tryReadAcceptances(
  store: ObjectStore,
  database: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly acceptances: readonly ReadAcceptance[]; readonly fault?: string }> {
  try {
    return { acceptances: await readAcceptances(store, database, signal) };
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof HoldfastError)) throw error;
    return { acceptances: [], fault: `It cannot be read whether another source was accepted: ${error.message}` };
  }
}

/**
 * As with proofs, times alone decide nothing: an acceptance names those that existed before it, and replaces them. If
 * several have not been replaced, the newest counts. One that is damaged or dated in the future does not count.
 */
export function chooseAcceptance(
  read: readonly ReadAcceptance[],
  now: Date,
): { readonly counting: Acceptance | undefined; readonly before: readonly Acceptance[]; readonly faults: string[] } {
  const isAhead = ({ acceptedAt }: Acceptance) => Date.parse(acceptedAt) - now.getTime() > CLOCK_TOLERANCE_MS;
  const valid = read.flatMap(({ key, sha256, acceptance }) =>
    acceptance && !isAhead(acceptance) ? [{ key, sha256, acceptance }] : [],
  );
  const named = valid.flatMap(({ key, acceptance }) => acceptance.supersedes.map((other) => ({ by: key, ...other })));
  const isReplaced = (one: Pick<ReadAcceptance, 'key' | 'sha256'>) =>
    named.some(({ by, key, sha256 }) => by !== one.key && key === one.key && sha256 === one.sha256);
  const open = valid.filter((one) => !isReplaced(one));
  open.sort(
    (a, b) => Date.parse(b.acceptance.acceptedAt) - Date.parse(a.acceptance.acceptedAt) || (a.key < b.key ? 1 : -1),
  );
  const counting = open[0]?.acceptance;
  return {
    counting,
    before: valid.flatMap(({ acceptance }) => (acceptance === counting ? [] : [acceptance])),
    faults: read.flatMap((one) => {
      if (isReplaced(one)) return [];
      if (one.fault !== undefined) return [`An acceptance does not count. ${one.fault}`];
      if (!one.acceptance || !isAhead(one.acceptance)) return [];
      return [
        `The acceptance ${one.key} is dated ${formatInstant(one.acceptance.acceptedAt)}, which is in the future: a clock was wrong, or the date was made up. It does not count until then; \`holdfast accept ${one.acceptance.database}\` replaces it.`,
      ];
    }),
  };
}

/**
 * What the first backups add to a source that is not fully known: a system identifier that an old backup or a server
 * did not reveal must not make all later ones equal. Proven backups come before those that nobody has vouched for.
 *
 * @param backups newest first
 */
async function completeIdentity(
  store: ObjectStore,
  known: SourceIdentity | undefined,
  backups: readonly CompleteBackup[],
  { now, signal }: ReadSourcesOptions,
): Promise<SourceIdentity | undefined> {
  if (known?.systemIdentifier !== undefined) return known;
  let identity = known;
  let told: boolean | undefined;
  const first = await firstProven(store, backups, known, { now, signal });
  if (first?.systemIdentifier !== undefined) return first;
  identity ??= first;
  for await (const found of readIdentities(store, inOrderOfStore(backups), signal)) {
    identity ??= found;
    if (found.dbName !== identity.dbName) continue;
    if (found.systemIdentifier !== undefined) return { ...identity, systemIdentifier: found.systemIdentifier };
    // Where it can never be read, reading all of them would be pointless.
    told ??= await isTold(store, backups.slice(0, NEWEST), signal);
    if (!told) return identity;
  }
  return identity;
}

/** The first is usually enough; where there are thousands that others made, they are read several at a time. */
async function* readIdentities(
  store: ObjectStore,
  backups: readonly CompleteBackup[],
  signal: AbortSignal | undefined,
): AsyncGenerator<SourceIdentity> {
  for (let at = 0, count = 1; at < backups.length; at += count, count = READERS) {
    const batch = backups.slice(at, at + count);
    for (const found of await Promise.all(batch.map((backup) => readIdentity(store, backup, signal)))) {
      if (found && !found.untold) yield found;
    }
  }
}

/**
 * The source of the backup that was proven first, by the store's clock: whoever takes backups cannot write a proof. One
 * that tells its cluster goes before one that does not.
 *
 * @param known only of this database
 */
async function firstProven(
  store: ObjectStore,
  backups: readonly CompleteBackup[],
  known: SourceIdentity | undefined,
  { now, signal }: ReadSourcesOptions,
): Promise<SourceIdentity | undefined> {
  const firstProofOf = ({ proofKeys, objects }: CompleteBackup) =>
    Math.min(...objects.filter(({ key }) => proofKeys.includes(key)).map(({ lastModified }) => lastModified.getTime()));
  const verified = inOrderOfStore(backups)
    .filter(({ proofKeys }) => proofKeys.length > 0)
    .map((backup) => ({ backup, at: firstProofOf(backup) }))
    .sort((a, b) => a.at - b.at);
  let found: SourceIdentity | undefined;
  let asked = 0;
  for (const { backup } of verified) {
    const identity = await readIdentity(store, backup, signal, now);
    if (identity?.untold) continue;
    if (asked++ === ASKED) break;
    if (identity === undefined) continue;
    const wanted = found ?? known;
    if (wanted && identity.dbName !== wanted.dbName) continue;
    if (identity.systemIdentifier !== undefined) return identity;
    found ??= identity;
  }
  return found;
}

/** The first that the store took first. Of those that it took within a minute, as with a copy, that of the earliest date. */
function inOrderOfStore(backups: readonly CompleteBackup[]): CompleteBackup[] {
  const minute = (backup: CompleteBackup) => Math.floor((storedAtOf(backup)?.getTime() ?? 0) / MINUTE_MS);
  return [...backups].sort((a, b) => minute(a) - minute(b) || a.takenAt.getTime() - b.takenAt.getTime());
}

/** Whether the manifest of any of these has a system identifier. */
async function isTold(
  store: ObjectStore,
  backups: readonly CompleteBackup[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (const backup of backups) {
    if ((await readIdentity(store, backup, signal))?.systemIdentifier !== undefined) return true;
  }
  return false;
}

/** @param now only where the backup is proven by then */
async function readIdentity(
  store: ObjectStore,
  backup: CompleteBackup,
  signal: AbortSignal | undefined,
  now?: Date,
): Promise<SourceIdentity | undefined> {
  try {
    const { manifest, sha256 } = await readManifest(store, backup.manifestKey, signal);
    if (now !== undefined) {
      const { standing } = judgeProofs(await readProofs(store, backup, signal), { key: manifest.key, sha256 }, now);
      if (standing !== 'proven') return undefined;
    }
    return identityOf(manifest);
  } catch (error) {
    throwIfAborted(signal);
    // Judging the backup itself reports this.
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}
