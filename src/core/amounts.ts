/** Sizes and counts: their units, and how people read them. */

export const KIB = 2 ** 10;
export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

/** `818 MB`, `1.2 GB`: decimal units, as storage is sold and networks are rated. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  // 999.95 would be shown as 1000.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${unit === 0 && bytes === 1 ? 'byte' : units[unit]}`;
}

/** `512 MiB`, a whole number: memory and disks whose limits are set in binary units. */
export function formatMebibytes(bytes: number, round: (mebibytes: number) => number = Math.floor): string {
  return `${round(bytes / MIB)} MiB`;
}

/** `1,234,567`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `3 rows`, `1 row`. */
export function formatPlural(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** How many times smaller: `4.2 ×`; nothing to say of nothing. */
export function formatRatio(raw: number, stored: number): string {
  return stored === 0 ? '' : `${(raw / stored).toFixed(1)} ×`;
}
