/** Rates as people write them: `20MB`, `512KiB`; in a second. */
import { parseByteSize } from './byte-size.js';

/** Below it, a page of a table takes a second. */
const LEAST = 8_192;

/** Bytes in a second, or `undefined` when the text is not a rate. */
export function parseByteRate(text: string): number | undefined {
  return parseByteSize(text.replace(/\/s$/, ''));
}

/** What is wrong with a rate, as a sentence that says what to write; `undefined` if it is valid. */
export function byteRateProblem(text: string): string | undefined {
  const bytes = parseByteRate(text);
  if (bytes === undefined)
    return 'Give bytes in a second with their unit: kB, MB, GB, KiB, MiB or GiB, for example 20MB.';
  if (bytes < LEAST) return `Give at least ${LEAST}B, or leave the option out.`;
  return undefined;
}
