/** Points in time as people read them; to the millisecond for programs. */

/** `2026-11-22 03:00 UTC` */
export function shortMoment(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The same as markup. */
export function momentOf(at: Date): string {
  return `<time datetime="${at.toISOString()}">${shortMoment(at)}</time>`;
}
