/** Sizes as people write them: `500GB`, `1TiB`. */

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

const SIZE = /^(\d+(?:\.\d+)?)(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/;

/** Bytes, or `undefined` when the text is not a size. */
export function parseByteSize(text: string): number | undefined {
  const [, count = '', unit = ''] = SIZE.exec(text) ?? [];
  const bytes = Math.floor(Number(count) * (UNITS[unit] ?? NaN));
  return count !== '' && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** What is wrong with a size, as a sentence that says what to write; `undefined` if it is valid. */
export function byteSizeProblem(text: string): string | undefined {
  return parseByteSize(text) === undefined
    ? 'Give bytes with their unit: kB, MB, GB, TB, KiB, MiB, GiB or TiB, for example 500GB.'
    : undefined;
}
