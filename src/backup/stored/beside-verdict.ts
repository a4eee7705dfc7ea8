/** What stands beside a verdict and changes neither it nor an exit status: what a copy computes anew, and gaps. */
import { formatPlural } from '../../core/amounts.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { Proof } from '../../vault/formats/proof.js';
import type { StoredProof } from './proofs.js';

export type Gap = NonNullable<Proof['notCompared']>[number];

/** What a server of another major has made of a backup. */
export interface AcrossVerdict {
  readonly serverMajor: number;
  readonly verdict: Proof['verdict'];
}

/** Of a proof. */
export interface BesideVerdict {
  /** Where it was made on another major than the source's. */
  readonly across?: { readonly serverMajor: number } | undefined;
  /** What other proofs say of the same backup on other majors. */
  readonly elsewhere?: readonly AcrossVerdict[];
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

/** Of the proofs that count for other majors. */
export function acrossSummaries(proofs: readonly StoredProof[]) {
  return proofs.flatMap(({ key, proof: { across, verdict, verifiedAt } }) =>
    across ? [{ serverMajor: across.serverMajor, verdict, key, verifiedAt }] : [],
  );
}

/** `restores into 17, 18`, `differs in 18`. */
export function wordsElsewhere(verdicts: readonly AcrossVerdict[]): string[] {
  const majors = (wanted: (verdict: Proof['verdict']) => boolean) =>
    verdicts.filter(({ verdict }) => wanted(verdict)).map(({ serverMajor }) => serverMajor);
  const [good, bad] = [majors((verdict) => verdict === 'restores'), majors((verdict) => verdict !== 'restores')];
  return [
    ...(good.length > 0 ? [`restores into ${good.join(', ')}`] : []),
    ...(bad.length > 0 ? [`differs in ${bad.join(', ')}`] : []),
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
