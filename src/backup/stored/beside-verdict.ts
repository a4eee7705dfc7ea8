/** What stands beside a verdict and changes neither it nor an exit status: what a copy computes anew, and gaps. */
import { formatPlural } from '../../core/amounts.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { Proof } from '../../vault/formats/proof.js';

export type Gap = NonNullable<Proof['notCompared']>[number];

/** Of a proof. */
export interface BesideVerdict {
  readonly derived?: Proof['derived'];
  /** The gaps, or how many kinds of them there are. */
  readonly notCompared?: readonly Gap[] | number | undefined;
}

/** Of every backup, and of the server rather than the database: it is recorded, and not said with each verdict. */
const OF_EVERY_BACKUP: ReadonlySet<string> = new Set(['role-passwords']);

/** How many kinds of objects a verdict does not speak of. */
export function countGaps(gaps: readonly Gap[] | undefined): number {
  return saidWithVerdict(gaps).length;
}

/** Those that are said with a verdict. */
export function saidWithVerdict(gaps: readonly Gap[] = []): Gap[] {
  return gaps.filter(({ kind }) => !OF_EVERY_BACKUP.has(kind));
}

/** `derived differs`, `2 kinds not compared`. */
export function wordsBeside({ derived, notCompared = 0 }: BesideVerdict): string[] {
  const gaps = typeof notCompared === 'number' ? notCompared : countGaps(notCompared);
  return [
    ...(derived === undefined ? [] : [`derived ${derived.replace('-', ' ')}`]),
    ...(gaps === 0 ? [] : [`${formatPlural(gaps, 'kind')} not compared`]),
  ];
}

/** How many objects of each kind a proof names; the manifest names more. */
export const MOST_NAMED = 100;

/** What a backup does not hold of its database, so that no copy of it can be compared in that. */
export function gapsOf({ omissions, selection }: Pick<Manifest, 'omissions' | 'selection'>): Gap[] {
  const gaps: Gap[] = omissions.map(({ kind, detail, objects = [], total }) => ({
    kind,
    objects: objects.slice(0, MOST_NAMED),
    ...(total !== undefined && { total }),
    reason: detail,
  }));
  const { schemas, excludeTableData } = selection;
  if (schemas.length > 0)
    gaps.push({
      kind: 'other-schemas',
      objects: [],
      reason: `Only these schemas are in the backup: ${schemas.join(', ')}. It holds nothing else of the database.`,
    });
  if (excludeTableData.length > 0)
    gaps.push({
      kind: 'excluded-rows',
      objects: [...excludeTableData],
      total: excludeTableData.length,
      reason: `The rows of the tables that fit these patterns were left out, as was asked: ${excludeTableData.join(', ')}.`,
    });
  return gaps;
}

/** `extension-members (3): ALTER …`, for one line of a report. */
export function describeGap({ kind, total, reason }: Gap): string {
  return `${kind}${total === undefined ? '' : ` (${total})`}: ${reason}`;
}
