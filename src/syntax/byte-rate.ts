/** Rates as people write them: `20MB`, `512KiB`; in a second. */

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

const RATE = /^(\d+(?:\.\d+)?)(B|kB|KB|MB|GB|KiB|MiB|GiB)(?:\/s)?$/;

/** Below it, a page of a table takes a second. */
const LEAST = 8_192;

/** Bytes in a second, or `undefined` when the text is not a rate. */
export function parseByteRate(text: string): number | undefined {
  const [, count = '', unit = ''] = RATE.exec(text) ?? [];
  const bytes = Math.floor(Number(count) * (UNITS[unit] ?? NaN));
  return count !== '' && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** What is wrong with a rate, as a sentence that says what to write; `undefined` if it is valid. */
export function byteRateProblem(text: string): string | undefined {
  const bytes = parseByteRate(text);
  if (bytes === undefined)
    return 'Give bytes in a second with their unit: kB, MB, GB, KiB, MiB or GiB, for example 20MB.';
  if (bytes < LEAST) return `Give at least ${LEAST}B, or leave the option out.`;
  return undefined;
}
