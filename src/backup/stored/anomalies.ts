/** What lies beside a backup, or stands in it, that no honest run leaves there. */
import { CLOCK_TOLERANCE_MS } from '../../core/clock.js';
import type { Backup } from '../../vault/catalog.js';
import type { Manifest } from '../../vault/formats/manifest.js';

export const ANOMALIES = [
  'backup-in-future',
  'dates-disagree',
  'newer-than-stored',
  'older-than-stored',
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
 * What is worth knowing and harmless by itself, as in a vault that was copied: it is shown, and neither a warning nor a
 * reason to ask.
 */
export function isHarmless({ kind }: Anomaly): boolean {
  return kind === 'older-than-stored' || kind === 'foreign-proof';
}

/** How long after its end a manifest may have been stored, in milliseconds: it is written at once. */
const STORED_WITHIN_MS = 3_600_000;

/** Whether a backup says that it was taken at a time that has not come. */
export function isOfFuture(takenAt: Date, manifest: Manifest | undefined, now: Date): boolean {
  const latest = Math.max(takenAt.getTime(), manifest === undefined ? 0 : Date.parse(manifest.takenAt));
  return latest - now.getTime() > CLOCK_TOLERANCE_MS;
}

/** @param manifest where it could be read: without one nobody knows what belongs to the backup */
export function findAnomalies(backup: Backup, manifest: Manifest | undefined, now: Date): Anomaly[] {
  const found: Anomaly[] = [];
  const key = manifest?.key ?? backup.key ?? backup.baseKey;
  const add = (kind: Anomaly['kind'], message: string, of = key) => found.push({ kind, key: of, message });
  if (isOfFuture(backup.takenAt, manifest, now)) {
    add(
      'backup-in-future',
      `The backup ${key} is dated ${iso(backup.takenAt)}, which is still to come: a clock is wrong, here or where it was taken, or somebody made it up. It counts for nothing until then.`,
    );
  }
  if (!manifest) return found;
  const said = new Date(manifest.takenAt);
  if (Math.abs(said.getTime() - backup.takenAt.getTime()) >= 1000) {
    add('dates-disagree', `The manifest of ${key} says that it was taken at ${iso(said)}, and its key another time.`);
  }
  const storedAt = backup.objects.find((object) => object.key === backup.manifestKey)?.lastModified;
  if (storedAt) {
    const lateMs = storedAt.getTime() - Date.parse(manifest.finishedAt);
    // Of one that is dated in the future that is said already.
    if (lateMs < -CLOCK_TOLERANCE_MS && !isOfFuture(backup.takenAt, manifest, now)) {
      add('newer-than-stored', `The backup ${key} says that it ended at ${manifest.finishedAt}, and was stored before that, at ${iso(storedAt)}: the clock where it was taken was wrong, or its date is made up.`); // prettier-ignore
    } else if (lateMs > STORED_WITHIN_MS) {
      add('older-than-stored', `The backup ${key} says that it ended at ${manifest.finishedAt}, and was stored long after that, at ${iso(storedAt)}: the vault was copied, the clock where it was taken was wrong, or its date is made up.`); // prettier-ignore
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
      `The object ${object.key} is no part of the backup beside which it lies: its manifest does not name it. Whoever takes it for a part of it is deceived: find out who put it there, and remove it.`,
      object.key,
    );
  }
  return found;
}

function iso(moment: Date): string {
  return moment.toISOString().replace('.000Z', 'Z');
}
