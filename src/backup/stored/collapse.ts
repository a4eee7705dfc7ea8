/**
 * Which backups of a database hold far less than earlier ones: a database that was emptied backs up and restores
 * without an error.
 */
import { formatCount } from '../../core/amounts.js';
import { formatInstant } from '../../core/times.js';
import type { VolumeConfig } from '../../config/sections/volume.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import { hasDropped } from './volume.js';
import { isDateDoubtful } from './anomalies.js';
import type { BackupPart, Collapse, JudgedBackup } from './judged-backup.js';
import { covers, describeSelection, nameSelection, type BackupSelection } from './selections.js';
import { differs } from './sources.js';

/** Whether a proven backup has collapsed compared with one that is not proven and may have been made up. */
export function isContested({ standing, collapse }: Pick<JudgedBackup, 'standing' | 'collapse'>): boolean {
  return standing === 'proven' && collapse !== undefined && collapse.against.standing !== 'proven';
}

/** Whether a backup holds nothing whose loss would matter. */
export function isEmpty({ rows, largeObjects }: Pick<Manifest['totals'], 'rows' | 'largeObjects'>): boolean {
  return rows === 0 && largeObjects === 0;
}

/** Whether the store confirms any date. In a vault that was just copied it confirms none, and a doubt means nothing. */
export function areDatesKnown(judged: readonly JudgedBackup[]): boolean {
  return judged.some((one) => isComparable(one) && !isDateDoubtful(one.anomalies));
}

/** The newest good backups with one selection. */
interface Reference {
  readonly selection: BackupSelection;
  readonly any?: JudgedBackup;
  readonly proven?: JudgedBackup;
}

/**
 * Each backup is compared with the newest one before it that had not collapsed itself, so that the second backup of an
 * emptied database is reported like the first. A proven one is preferred as the reference: otherwise anyone who can
 * write a manifest could make all true backups look collapsed. Where none is proven yet, see {@link isContested}. An
 * unverified backup whose date is in doubt is never the reference.
 *
 * A reference is any earlier backup that was asked for the same, or for less.
 *
 * @param judged newest first
 * @param isAccepted whether someone has accepted what a backup holds: comparisons start again from there
 */
export function findCollapses(
  judged: readonly JudgedBackup[],
  limits: Pick<VolumeConfig, 'maxRowDrop' | 'maxByteDrop'>,
  isAccepted: (one: JudgedBackup) => boolean = () => false,
): Map<JudgedBackup, Collapse> {
  const found = new Map<JudgedBackup, Collapse>();
  /** By what was selected for the dump. */
  const references = new Map<string, Reference>();
  const known = areDatesKnown(judged);
  for (const one of judged.toReversed()) {
    if (!isComparable(one)) continue;
    const { selection } = one.stored.manifest;
    const name = nameSelection(selection);
    if (isAccepted(one)) {
      references.clear();
      references.set(name, { selection, any: one, proven: one });
      continue;
    }
    const collapse = [...references.values()]
      .filter((reference) => covers(selection, reference.selection))
      .flatMap(({ proven, any }) => {
        const against = proven ?? any;
        const message = against && describeCollapse(against, one, limits);
        return against && message !== undefined ? [{ against, message }] : [];
      })
      .sort((a, b) => b.against.takenAt.getTime() - a.against.takenAt.getTime())[0];
    if (collapse) found.set(one, collapse);
    else if (one.standing === 'proven') references.set(name, { selection, any: one, proven: one });
    else if (one.standing === 'unverified' && !(known && isDateDoubtful(one.anomalies))) {
      references.set(name, { ...references.get(name), selection, any: one });
    }
  }
  return found;
}

/**
 * Which backups hold only a part, and whether another one holds more. Backups from before an accepted one do not count.
 *
 * @param judged newest first
 */
export function findParts(
  judged: readonly JudgedBackup[],
  isAccepted: (one: JudgedBackup) => boolean = () => false,
): Map<JudgedBackup, BackupPart> {
  const found = new Map<JudgedBackup, BackupPart>();
  const since = judged.findIndex(isAccepted);
  const known = areDatesKnown(judged);
  const current = (since < 0 ? judged : judged.slice(0, since + 1)).filter(isComparable);
  const candidates = current.filter(
    ({ standing, anomalies }) =>
      standing === 'proven' || (standing === 'unverified' && !(known && isDateDoubtful(anomalies))),
  );
  const newestOf = new Map<string, JudgedBackup & Comparable>();
  for (const one of candidates) {
    const name = nameSelection(one.stored.manifest.selection);
    if (!newestOf.has(name)) newestOf.set(name, one);
  }
  for (const one of judged) {
    if (!one.stored) continue;
    const { selection } = one.stored.manifest;
    const what = describeSelection(selection);
    if (what === undefined) continue;
    const name = nameSelection(selection);
    const of = current.some((other) => other === one)
      ? [...newestOf].find(([other, { stored }]) => other !== name && covers(stored.manifest.selection, selection))?.[1]
      : undefined;
    const more = of ? ` The backup of ${formatInstant(of.takenAt)} (${of.standing}) holds more.` : '';
    found.set(one, { message: `It holds ${what}, by its options.${more}`, of });
  }
  return found;
}

type Comparable = { readonly stored: NonNullable<JudgedBackup['stored']> };

function isComparable(one: JudgedBackup): one is JudgedBackup & Comparable {
  return one.stored !== undefined && one.state === 'complete' && !one.future && one.foreignSource === undefined;
}

function describeCollapse(
  against: JudgedBackup,
  { stored, source }: JudgedBackup,
  limits: Pick<VolumeConfig, 'maxRowDrop' | 'maxByteDrop'>,
): string | undefined {
  if (!against.stored || !stored) return undefined;
  const message = describeDrop(against.stored.manifest, stored.manifest, limits);
  if (message === undefined) return undefined;
  const unproven = against.standing === 'proven' ? '' : ' That one is not verified.';
  const other = source && against.source && differs(source, against.source);
  return `${message}${unproven}${other ? ' That one is of another source.' : ''}`;
}

function describeDrop(
  before: Manifest,
  after: Manifest,
  limits: Pick<VolumeConfig, 'maxRowDrop' | 'maxByteDrop'>,
): string | undefined {
  const [old, now] = [before.totals, after.totals];
  const drops = [
    hasDropped(old.rows, now.rows, limits.maxRowDrop) &&
      `${formatCount(old.rows)} rows before, ${formatCount(now.rows)} now`,
    hasDropped(old.rawBytes, now.rawBytes, limits.maxByteDrop) &&
      `${formatCount(old.rawBytes)} bytes of SQL before, ${formatCount(now.rawBytes)} now`,
  ].filter((drop) => drop !== false);
  if (drops.length === 0) return undefined;
  return `It holds far less than the backup taken at ${formatInstant(before.takenAt)}: ${drops.join('; ')}.`;
}
