/** A moment in a sentence: `2026-11-22T03:00:00Z`, as it also names a backup on the command line. */
export function formatInstant(moment: Date | string): string {
  return new Date(moment).toISOString().replace('.000Z', 'Z');
}
