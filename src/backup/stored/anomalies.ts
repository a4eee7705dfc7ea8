/** What is stored beside a backup, or written in it, that no honest run leaves there. */
import { CLOCK_TOLERANCE_MS } from '../../core/clock.js';
import { HOUR_MS, formatInstant } from '../../core/times.js';
import type { Backup } from '../../vault/catalog.js';
import type { Manifest } from '../../vault/formats/manifest.js';

export const ANOMALIES = [
  'backup-in-future',
  'dates-disagree',
  'newer-than-stored',
  'older-than-stored',
  'removal-mark',
  'stray-object',
  'foreign-proof',
  'proof-in-future',
] as const;

export interface Anomaly {
  readonly kind: (typeof ANOMALIES)[number];
  /** Of the object that it is about. */
  readonly key: string;
  /** A sentence. */
  readonly message: string;
}

/**
 * What is worth knowing and harmless by itself, as in a vault that was copied: it is shown, but is neither a warning
 * nor a reason to ask.
 */
export function isHarmless({ kind }: Anomaly): boolean {
  return kind === 'older-than-stored' || kind === 'foreign-proof';
}

/** Whether it speaks against a backup, as its date may be made up; one that is proven holds what it should all the same. */
export function isAgainst({ kind }: Anomaly, standing: string): boolean {
  if (kind === 'dates-disagree' || kind === 'newer-than-stored') return standing !== 'proven';
  return kind === 'backup-in-future';
}

/** How long after the end of its backup a manifest may have been stored, in milliseconds: it is written immediately. */
const STORED_WITHIN_MS = HOUR_MS;
/** How long after its beginning it may have been, whatever it says of its end, before its date is in doubt. */
const TAKEN_WITHIN_MS = 12 * HOUR_MS;

const DATES: ReadonlySet<Anomaly['kind']> = new Set(['dates-disagree', 'newer-than-stored', 'older-than-stored']);

/** Whether the store's clock, or the backup itself, contradicts its date. */
export function isDateDoubtful(anomalies: readonly Anomaly[]): boolean {
  return anomalies.some(({ kind }) => DATES.has(kind));
}

/** Whether a backup is dated in the future. */
export function isOfFuture(takenAt: Date, manifest: Manifest | undefined, now: Date): boolean {
  const latest = Math.max(takenAt.getTime(), manifest === undefined ? 0 : Date.parse(manifest.takenAt));
  return latest - now.getTime() > CLOCK_TOLERANCE_MS;
}

/** @param manifest if it could be read: without it, what belongs to the backup is unknown */
export function findAnomalies(backup: Backup, manifest: Manifest | undefined, now: Date): Anomaly[] {
  const found: Anomaly[] = [];
  const key = manifest?.key ?? backup.key ?? backup.baseKey;
  const add = (kind: Anomaly['kind'], message: string, of = key) => found.push({ kind, key: of, message });
  if (isOfFuture(backup.takenAt, manifest, now)) {
    add(
      'backup-in-future',
      `The backup ${key} is dated ${formatInstant(backup.takenAt)}, which is in the future: a clock is wrong, here or where it was taken, or the date was made up. It does not count until then, and prune keeps it that long; status reports it. Backups go on all the same. If the date is wrong, remove it by hand, with the rights to delete in the vault (the roles that take backups have none): all objects whose keys begin with ${backup.baseKey}.`,
    );
  }
  if (!manifest) return found;
  const said = new Date(manifest.takenAt);
  if (Math.abs(said.getTime() - backup.takenAt.getTime()) >= 1000) {
    add(
      'dates-disagree',
      `The manifest of ${key} says that it was taken at ${formatInstant(said)}, but its key says another time.`,
    );
  }
  const finishedAt = new Date(manifest.finishedAt);
  if (finishedAt.getTime() < Math.max(said.getTime(), backup.takenAt.getTime()) - CLOCK_TOLERANCE_MS) {
    add('dates-disagree', `The backup ${key} says that it began at ${formatInstant(said)} and ended before that, at ${formatInstant(finishedAt)}.`); // prettier-ignore
  }
  // What was adopted was stored when its dump was: that its date was made up shows by that alone.
  const adopted = manifest.origin === 'adopted' ? backup.objects.find((object) => object.key === key) : undefined;
  const storedAt = adopted?.lastModified ?? storedAtOf(backup);
  // Nobody knows how long it took.
  const within = adopted ? TAKEN_WITHIN_MS : STORED_WITHIN_MS;
  const why = manifest.origin === undefined ? 'the vault was copied,' : 'it was imported, the vault was copied,';
  if (storedAt) {
    // Each of its dates by itself: whoever makes one up makes the others fit.
    const latest = new Date(Math.max(finishedAt.getTime(), said.getTime(), backup.takenAt.getTime()));
    const earliest = new Date(Math.min(said.getTime(), backup.takenAt.getTime()));
    const moment = latest > finishedAt ? `began at ${formatInstant(latest)}` : `ended at ${formatInstant(latest)}`;
    // For one that is dated in the future, that has already been reported.
    if (latest.getTime() - storedAt.getTime() > CLOCK_TOLERANCE_MS && !isOfFuture(backup.takenAt, manifest, now)) {
      add('newer-than-stored', `The backup ${key} says that it ${moment}, but was stored before that, at ${formatInstant(storedAt)}: the clock where it was taken was wrong, or its date was made up.`); // prettier-ignore
    } else if (storedAt.getTime() - finishedAt.getTime() > within) {
      add('older-than-stored', `The backup ${key} says that it ended at ${formatInstant(finishedAt)}, but was stored long after that, at ${formatInstant(storedAt)}: ${why} the clock where it was taken was wrong, or its date was made up.`); // prettier-ignore
    } else if (storedAt.getTime() - earliest.getTime() > TAKEN_WITHIN_MS) {
      add('older-than-stored', `The backup ${key} says that it began at ${formatInstant(earliest)}, but was stored more than 12 hours after that, at ${formatInstant(storedAt)}: it took that long, the vault was copied, or its date was made up.`); // prettier-ignore
    }
  }
  const known = new Set([
    ...manifest.parts.map((part) => part.key),
    ...backup.proofKeys,
    backup.manifestKey,
    backup.prunedKey,
  ]);
  for (const object of backup.objects) {
    if (known.has(object.key)) continue;
    add(
      'stray-object',
      `The object ${object.key} is not part of the backup that it is stored beside: the manifest does not name it. Anyone who takes it for a part is deceived: find out who put it there, and remove it.`,
      object.key,
    );
  }
  return found;
}

/** When its manifest was stored, by the store's own clock: with it a backup is one. */
export function storedAtOf({ manifestKey, objects }: Backup): Date | undefined {
  return objects.find(({ key }) => key === manifestKey)?.lastModified;
}
