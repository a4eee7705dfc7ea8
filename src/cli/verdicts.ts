/** Verdicts, as people see them. */
import { describeDifference } from '../backup/stored/describe-bad.js';
import type { Difference } from '../backup/copy/compare-entries.js';
import type { Verdict } from '../backup/verify/verify-backup.js';
import { EXIT_BAD_VERDICT, EXIT_DONE, EXIT_INCOMPLETE } from './exit-code.js';
import { printableLine } from '../core/printable.js';
import type { Style } from './text/style.js';
import { wrapText } from './text/wrap.js';

/** How many differences are shown; all of them are in the JSON document and in the proof. */
const SHOWN_DIFFERENCES = 50;

export function paintVerdict(verdict: Verdict | 'intact' | 'damaged', { colors }: Style): (text: string) => string {
  switch (verdict) {
    case 'proven':
    case 'restores':
    case 'intact':
      return colors.green;
    case 'differs':
    case 'unreadable':
    case 'damaged':
      return colors.red;
    case 'incomplete':
      return colors.yellow;
  }
}

export function exitCodeOf(verdict: Verdict | 'intact' | 'damaged'): number {
  if (verdict === 'proven' || verdict === 'restores' || verdict === 'intact') return EXIT_DONE;
  return verdict === 'incomplete' ? EXIT_INCOMPLETE : EXIT_BAD_VERDICT;
}

/** `TABLE DATA shop.orders: rows differ in content (900 rows in both)`, one a line, indented. */
export function formatDifferences(differences: readonly Difference[], style: Style, shown = SHOWN_DIFFERENCES): string {
  const lines = differences.slice(0, shown).map((difference) => {
    // A server's message has several lines; a name that has some does not make any here.
    const [first = '', ...rest] = difference.reason.split('\n');
    const texts = [`  ${printableLine(describeDifference({ ...difference, reason: first }))}`];
    texts.push(...rest.map((line) => `    ${printableLine(line)}`));
    return texts.map((text) => wrapText(text, style.width, 4)).join('\n');
  });
  const more = differences.length - shown;
  if (more > 0) lines.push(`  … and ${more} more: --json shows all.`);
  return lines.join('\n');
}
