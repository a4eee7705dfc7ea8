/**
 * Which proof of a backup counts. Times do not decide it: whoever verifies chooses them, and a clock may be wrong. A
 * proof names the proofs that existed and were read before its verification began, and supersedes those; what has not
 * been superseded stands, and of what stands a bad verdict counts.
 */
import { CLOCK_TOLERANCE_MS } from '../../core/clock.js';
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { formatInstant } from '../../core/times.js';
import type { Backup } from '../../vault/catalog.js';
import { isOfNewerVersion, readDocumentBytes } from '../../vault/formats/document.js';
import { parseSealedProof, proofFormat, type Proof } from '../../vault/formats/proof.js';
import type { ObjectStore } from '../../vault/object-store.js';
import type { Anomaly } from './anomalies.js';
import { largestToHold, notHeld } from './documents-to-hold.js';

/** A proof as stored in the vault. */
export interface StoredProof {
  readonly key: string;
  readonly proof: Proof;
}

/** What could be read of a proof. */
export interface ReadProof {
  readonly key: string;
  /** When it was stored, by the store's own clock. */
  readonly storedAt: Date;
  /** Of its bytes; absent where they could not be read. */
  readonly sha256?: string;
  readonly proof?: Proof;
  /** Why there is none: a sentence. */
  readonly fault?: string;
  /** Whether a newer Holdfast wrote it, so that this one cannot know what it says. */
  readonly newer?: boolean;
}

/** @throws the signal's error; what cannot be read, or would not fit into memory, is in the answer */
export async function readProofs(
  store: ObjectStore,
  { proofKeys, objects }: Pick<Backup, 'proofKeys' | 'objects'>,
  signal: AbortSignal | undefined,
): Promise<ReadProof[]> {
  const infos = new Map(objects.map((object) => [object.key, object]));
  const sizes = proofKeys.map((key) => infos.get(key)?.size ?? 0);
  const most = largestToHold(sizes);
  const read: ReadProof[] = [];
  for (const [index, key] of proofKeys.entries()) {
    const storedAt = infos.get(key)?.lastModified ?? new Date(0);
    const fault = (sizes[index] as number) > most ? notHeld('proof', key) : undefined;
    read.push(fault === undefined ? await readOne(store, key, storedAt, signal) : { key, storedAt, fault });
  }
  return read;
}

async function readOne(
  store: ObjectStore,
  key: string,
  storedAt: Date,
  signal: AbortSignal | undefined,
): Promise<ReadProof> {
  let found: { readonly sha256: string; readonly newer: boolean } | undefined;
  try {
    const { bytes, sha256 } = await readDocumentBytes(store, key, signal);
    found = { sha256, newer: isOfNewerVersion(proofFormat, bytes) };
    return { key, storedAt, sha256, proof: parseSealedProof(key, bytes) };
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof HoldfastError)) throw error;
    return { key, storedAt, ...found, fault: error.message };
  }
}

/** What a proof must be about. */
export interface ProvenManifest {
  /** The key of the dump. */
  readonly key: string;
  /** Of the stored manifest. */
  readonly sha256: string;
}

export interface ProofJudgment {
  /** `unverified`: nothing reached a verdict that counts. */
  readonly standing: 'proven' | 'differs' | 'unreadable' | 'unverified';
  /**
   * The proof that says so; for `unverified` the newest one that a server of another major has passed, otherwise the newest
   * one without a verdict, if there is one.
   */
  readonly proof: StoredProof | undefined;
  /** For each other major that it was restored into, the proof that counts. */
  readonly across: readonly StoredProof[];
  /** When it was made, or stored, whichever was earlier; absent without a proof. */
  readonly provenAt: Date | undefined;
  /** Why it is this one: a sentence. */
  readonly why: string;
  /** About proofs that cannot be read and have not been superseded: each may be the one that says `differs`. */
  readonly faults: readonly string[];
  readonly anomalies: readonly Anomaly[];
}

type Legible = ReadProof & { readonly proof: Proof };

export function judgeProofs(proofs: readonly ReadProof[], of: ProvenManifest, now: Date): ProofJudgment {
  const legible = proofs.filter((read): read is Legible => read.proof !== undefined);
  const own = legible.filter((read) => isOf(read.proof, of));
  const takenBack = findSuperseded(proofs, own, now);
  const open = own.filter((read) => !takenBack.has(read)).sort(newestFirst);
  const isOutdated = (read: Legible) => open.some((other) => outdates(other, read, now));
  const bad = open.filter((read) => isBad(read.proof) && !isOutdated(read));
  const good = open.filter(({ proof }) => isGood(proof) && !isAhead(proof, now));
  const across = countingAcross(bad, good);
  const ofSource = { bad: bad.filter(isOfSource), good: good.filter(isOfSource) };
  // What another major makes of a backup decides only where its own has not been asked.
  const judged = ofSource.bad.length + ofSource.good.length > 0 ? ofSource : { bad, good };
  const [counting] =
    judged.bad.length > 0
      ? judged.bad
      : judged.good.length > 0
        ? judged.good
        : open.filter(({ proof }) => isOpenEnded(proof));
  return {
    standing: standingOf(counting?.proof),
    proof: counting && { key: counting.key, proof: counting.proof },
    across: across.map(({ key, proof }) => ({ key, proof })),
    provenAt: counting && earlier(new Date(counting.proof.verifiedAt), counting.storedAt),
    why: explainStanding(judged.bad, judged.good, open),
    faults: proofs.flatMap((read) => (read.fault === undefined || takenBack.has(read) ? [] : [read.fault])),
    anomalies: [
      ...legible.filter((read) => !own.includes(read)).map(foreign),
      ...open.filter(({ proof }) => isAhead(proof, now)).map(ahead),
    ],
  };
}

/**
 * What a verification supersedes once it has reached a verdict: the proofs that could be read when it began.
 *
 * @param across of the new proof
 */
export function supersededBy(
  proofs: readonly ReadProof[],
  of: ProvenManifest,
  across: Proof['across'],
): NonNullable<Proof['supersedes']> {
  return proofs.flatMap(({ key, sha256, proof, newer = false }) => {
    if (sha256 === undefined || newer || !answers({ across }, proof)) return [];
    return proof === undefined || isOf(proof, of) ? [{ key, sha256 }] : [];
  });
}

/**
 * Whether a proof is about what an earlier one is about. What a server of another major makes of a backup is a question of its
 * own for each; that an object could not be read is no question of majors. A damaged proof no longer has a verdict: one on a
 * server of the source's major, which may have been its own, takes its place.
 */
function answers({ across }: Pick<Proof, 'across'>, earlier: Proof | undefined): boolean {
  if (earlier === undefined) return across === undefined;
  return earlier.verdict === 'unreadable' || across?.serverMajor === earlier.across?.serverMajor;
}

/** For each other major, a bad one if there is one, otherwise the newest good one. */
function countingAcross(bad: readonly Legible[], good: readonly Legible[]): Legible[] {
  const counting = new Map<number, Legible>();
  for (const read of [...bad, ...good]) {
    const major = read.proof.across?.serverMajor;
    if (major !== undefined && !counting.has(major)) counting.set(major, read);
  }
  return [...counting].sort(([a], [b]) => a - b).map(([, read]) => read);
}

function isOfSource({ proof }: Legible): boolean {
  return proof.across === undefined;
}

/**
 * A proof supersedes another by naming its key and the SHA-256 of its bytes. So it was written later, nobody supersedes
 * what they have not read, and no cycle is possible. It supersedes only proofs of its own backup. One that reached no
 * verdict supersedes nothing, and neither does a good one that is dated in the future: its clock was wrong, or it was
 * made up.
 */
function findSuperseded(proofs: readonly ReadProof[], own: readonly Legible[], now: Date): Set<ReadProof> {
  const found = new Set<ReadProof>();
  for (const by of own) {
    if (isOpenEnded(by.proof) || (!isBad(by.proof) && isAhead(by.proof, now))) continue;
    for (const { key, sha256 } of by.proof.supersedes ?? []) {
      const target = proofs.find((read) => read.key === key && read.sha256 === sha256);
      if (!target || target === by || target.newer === true || !answers(by.proof, target.proof)) continue;
      if (target.proof === undefined || own.includes(target as Legible)) found.add(target);
    }
  }
  return found;
}

/**
 * Proofs of version 1 name none. Between two of those, a good one supersedes a bad one if it was made later by more
 * than clocks may differ and the store does not say the opposite. In doubt the bad one counts.
 */
function outdates(good: Legible, bad: Legible, now: Date): boolean {
  if (good.proof.version !== 1 || bad.proof.version !== 1 || good.proof.verdict !== 'proven') return false;
  const madeLater = Date.parse(good.proof.verifiedAt) - Date.parse(bad.proof.verifiedAt) > CLOCK_TOLERANCE_MS;
  const storedEarlier = bad.storedAt.getTime() - good.storedAt.getTime() > CLOCK_TOLERANCE_MS;
  return madeLater && !storedEarlier && !isAhead(good.proof, now);
}

function isOf(proof: Proof, { key, sha256 }: ProvenManifest): boolean {
  return proof.manifestSha256 === sha256 && proof.key === key;
}

function isBad({ verdict }: Proof): boolean {
  return verdict === 'differs' || verdict === 'unreadable';
}

function isGood({ verdict }: Proof): boolean {
  return verdict === 'proven' || verdict === 'restores';
}

/** Without a verdict. */
function isOpenEnded({ verdict }: Proof): boolean {
  return verdict === 'incomplete';
}

function isAhead({ verifiedAt }: Proof, now: Date): boolean {
  return Date.parse(verifiedAt) - now.getTime() > CLOCK_TOLERANCE_MS;
}

function standingOf(proof: Proof | undefined): ProofJudgment['standing'] {
  if (proof === undefined || proof.verdict === 'incomplete' || proof.verdict === 'restores') return 'unverified';
  return proof.verdict;
}

function explainStanding(bad: readonly Legible[], good: readonly Legible[], open: readonly Legible[]): string {
  const [first] = bad;
  if (first) {
    const others = good.length > 0 ? ' There are good ones, but none of them names it as superseded.' : '';
    return `The proof ${first.key} says ${first.proof.verdict}, and no later verification supersedes it.${others}`;
  }
  if (good[0]?.proof.across) {
    const { sourceMajor, serverMajor } = good[0].proof.across;
    return `The proof ${good[0].key} says that it restores into PostgreSQL ${serverMajor}; on a server of its own major, ${sourceMajor}, no verification has reached a verdict.`;
  }
  if (good[0]) return `The proof ${good[0].key} says proven, and nothing contradicts it.`;
  if (open.some(({ proof }) => isOpenEnded(proof))) return 'No verification has reached a verdict.';
  return open.length > 0 ? 'The only proof is dated in the future.' : 'It has never been verified.';
}

function foreign({ key, proof }: Legible): Anomaly {
  return {
    kind: 'foreign-proof',
    key,
    message: `The proof ${key} is about a different manifest than the one beside it (it names ${proof.key}), so it does not count.`,
  };
}

function ahead({ key, proof }: Legible): Anomaly {
  return {
    kind: 'proof-in-future',
    key,
    message: `The proof ${key} is dated ${formatInstant(proof.verifiedAt)}, which is in the future: a clock is wrong, here or where it was made, or the date was made up. A good verdict does not count until then: verify again.`,
  };
}

function newestFirst(a: Legible, b: Legible): number {
  return Date.parse(b.proof.verifiedAt) - Date.parse(a.proof.verifiedAt) || (a.proof.verdict === 'unreadable' ? -1 : 1);
}

/** A clock may have run ahead, or the vault may have been copied: the longer possible age of a proof counts. */
function earlier(made: Date, stored: Date): Date {
  return stored.getTime() < made.getTime() - CLOCK_TOLERANCE_MS ? stored : made;
}
