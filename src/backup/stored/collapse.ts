/**
 * Which backups of a database hold far less than earlier ones: a database that was emptied backs up and restores
 * without an error.
 */
import type { VolumeConfig } from '../../config/sections/volume.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import { hasDropped } from '../volume/compare-volume.js';
import type { Collapse, JudgedBackup } from './judged-backup.js';
import { differs } from './sources.js';

/** Whether a proven backup has collapsed compared with one that is not proven and may have been made up. */
export function isContested({ standing, collapse }: Pick<JudgedBackup, 'standing' | 'collapse'>): boolean {
  return standing === 'proven' && collapse !== undefined && collapse.against.standing !== 'proven';
}

/** Whether a backup holds nothing whose loss would matter. */
export function isEmpty({ rows, largeObjects }: Pick<Manifest['totals'], 'rows' | 'largeObjects'>): boolean {
  return rows === 0 && largeObjects === 0;
}

/**
 * Each backup is compared with the newest one before it that had not collapsed itself, so that the second backup of an
 * emptied database is reported like the first. A proven one is preferred as the reference: otherwise anyone who can
 * write a manifest could make all true backups look collapsed. Where none is proven yet, see {@link isContested}.
 *
 * @param judged newest first
 */
export function findCollapses(
  judged: readonly JudgedBackup[],
  limits: Pick<VolumeConfig, 'maxRowDrop' | 'maxByteDrop'>,
): Map<JudgedBackup, Collapse> {
  const found = new Map<JudgedBackup, Collapse>();
  /** By what was selected for the dump: other selections hold other things. */
  const references = new Map<string, { any?: JudgedBackup; proven?: JudgedBackup }>();
  for (const one of judged.toReversed()) {
    const manifest = one.stored?.manifest;
    if (!manifest || one.state !== 'complete' || one.future || one.foreignSource !== undefined) continue;
    const selection = selectionOf(manifest);
    const before = references.get(selection) ?? {};
    const against = before.proven ?? before.any;
    const message = against && describeCollapse(against, one, limits);
    if (against && message !== undefined) found.set(one, { against, message });
    else if (one.standing === 'proven') references.set(selection, { any: one, proven: one });
    else if (one.standing === 'unverified') references.set(selection, { ...before, any: one });
  }
  return found;
}

function selectionOf({ selection: { schemas, excludeTableData } }: Manifest): string {
  return JSON.stringify([[...schemas].sort(), [...excludeTableData].sort()]);
}

function describeCollapse(
  against: JudgedBackup,
  { stored, source }: JudgedBackup,
  limits: Pick<VolumeConfig, 'maxRowDrop' | 'maxByteDrop'>,
): string | undefined {
  if (!against.stored || !stored) return undefined;
  const message = describe(against.stored.manifest, stored.manifest, limits);
  const other = source && against.source && differs(source, against.source);
  return message !== undefined && other ? `${message} That one is of another source.` : message;
}

function describe(
  before: Manifest,
  after: Manifest,
  limits: Pick<VolumeConfig, 'maxRowDrop' | 'maxByteDrop'>,
): string | undefined {
  const [old, now] = [before.totals, after.totals];
  const drops = [
    hasDropped(old.rows, now.rows, limits.maxRowDrop) && `${count(old.rows)} rows before, ${count(now.rows)} now`,
    hasDropped(old.rawBytes, now.rawBytes, limits.maxByteDrop) &&
      `${count(old.rawBytes)} bytes of SQL before, ${count(now.rawBytes)} now`,
  ].filter((drop) => drop !== false);
  if (drops.length === 0) return undefined;
  return `It holds far less than the backup taken at ${before.takenAt}: ${drops.join('; ')}.`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
